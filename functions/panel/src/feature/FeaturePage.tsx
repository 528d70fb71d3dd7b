import { useEffect, useMemo } from "preact/hooks";
import { ActionButton } from "../actions/ActionButton";
import { proposeForFeature, verbOf } from "../actions/perform";
import { type FeatureAction, featureRefusal } from "../actions/refusals";
import type { Feature, Row } from "../api/types";
import { GraphView, NodeWords } from "../graph/GraphView";
import { now } from "../live/clock";
import { phaseAddress } from "../route/route";
import { Status, StatusShape } from "../words/Icon";
import { Moment } from "../words/Moment";
import { isOutside, sinceOf } from "../words/reason";
import { countsOf, featureLook, featureWords, holdsSlot, phaseWords } from "../words/status";
import { ordinal } from "../words/text";
import { duration } from "../words/time";
import { numbersOf } from "./attempts";
import { EventLog } from "./EventLog";
import { PhaseDetails } from "./PhaseDetails";
import { watch } from "./state";
import { TimelineView } from "./TimelineView";
import { isSpent, spendWords, tokenWords } from "./usage";

/** One feature: its graph, its time, its phases and all that happened. */
export function FeaturePage({ id, phase }: { id: number; phase: number | null }) {
  const watched = useMemo(() => watch(id), [id]);
  useEffect(() => watched.stop, [watched]);
  const feature = watched.feature.value;
  if (!feature) {
    return watched.fault.value ? (
      <p class="page-note" role="alert">
        {watched.fault.value} <a href="#/">Go home</a>.
      </p>
    ) : (
      <p class="page-note">Feature {id} is loading…</p>
    );
  }

  const row = feature.phases.find((one) => one.phase_number === phase);
  return (
    <div class="feature-page">
      <FeatureHead feature={feature} />
      {watched.fault.value && (
        <p class="fault" role="alert">
          What is shown may be old: {watched.fault.value}
        </p>
      )}
      <div class="left">
        <section class="panel" aria-labelledby="graph-title">
          <header class="panel-head">
            <h2 id="graph-title">Graph</h2>
            <span class="sub">{countsOf(feature.phases.map((one) => one.status))}</span>
          </header>
          {feature.phases.length === 0 ? (
            <p class="empty">It has no phases yet.</p>
          ) : (
            <GraphView
              label={`Graph of ${feature.phases.length} phases`}
              nodes={feature.phases}
              selected={phase}
              addressOf={(one) => phaseAddress(id, one.phase_number)}
              nameOf={nameOf}
              lookOf={(one) => `is-${one.status}`}
              lineOf={(one, room) => <NodeLine row={one} room={room} />}
            />
          )}
        </section>
        <section class="panel panel-time" aria-labelledby="timeline-title">
          <h2 id="timeline-title">Timeline</h2>
          <TimelineView rows={feature.phases} attempts={feature.attempts ?? []} changes={watched.changes.value} selected={phase} />
        </section>
      </div>
      <div class="right">
        {row ? (
          <PhaseDetails feature={feature} row={row} changes={watched.changes.value} />
        ) : phase !== null ? (
          <p class="panel">There is no phase {phase} in this feature.</p>
        ) : (
          <About feature={feature} />
        )}
        <EventLog changes={watched.changes.value} phase={row?.queue_id ?? null} numbers={numbersOf(feature.attempts ?? [])} />
      </div>
    </div>
  );
}

const nameOf = (row: Row) => `Phase ${row.phase_number}, ${row.title}: ${phaseWords[row.status]}`;

function NodeLine({ row, room }: { row: Row; room: number }) {
  const place = row.position === null ? "" : `, ${ordinal(row.position)} in line`;
  const since = sinceOf(row);
  const time = holdsSlot(row) && since ? ` ${duration(now.value - Date.parse(since))}` : "";
  return (
    <>
      <g transform="scale(.85)">
        <StatusShape status={row.status} />
      </g>
      <NodeWords x={17} room={room} text={isOutside(row) ? "running outside" : phaseWords[row.status]} more={place || time} />
    </>
  );
}

const headActions: FeatureAction[] = ["execute", "suspend", "resume", "retry", "cancel"];

function FeatureHead({ feature }: { feature: Feature }) {
  const actions = feature.phases.length === 0 ? (["generate", ...headActions] as FeatureAction[]) : headActions;
  return (
    <div class="feature-head">
      <nav aria-label="Where you are">
        <a href="#/">Home</a> / feature {feature.id}
      </nav>
      <h1 tabIndex={-1}>
        <span class="number">{feature.id}</span> <bdi>{feature.title}</bdi>
      </h1>
      <p class="sub">
        <Status status={featureLook[feature.status]} word={feature.cancelling ? "being cancelled" : featureWords[feature.status]} /> ·{" "}
        {feature.phases_completed} of {feature.total_phases} phases completed
        {feature.repository && (
          <>
            {" "}
            · <bdi>{feature.repository}</bdi>
          </>
        )}{" "}
        · priority {feature.priority} · submitted <Moment at={feature.created_at} />
        {feature.usage && ` · ${tokenWords(feature.usage)}`}
        <Spend feature={feature} />
      </p>
      <progress value={feature.progress} max={100} aria-label={`${feature.progress} % of the phases completed`} />
      <div class="buttons">
        {actions.map((action) => (
          <ActionButton
            key={action}
            label={verbOf(action)}
            about="this feature"
            isPrimary={action === "generate" || (action === "execute" && feature.phases.length > 0 && feature.status === "planned")}
            isDestructive={action === "cancel"}
            refusal={featureRefusal(action, feature)}
            propose={() => proposeForFeature(action, feature)}
          />
        ))}
      </div>
    </div>
  );
}

function Spend({ feature }: { feature: Feature }) {
  const words = spendWords(feature);
  return words ? (
    <>
      {" · "}
      <span class={isSpent(feature) ? "fault" : ""}>
        spent {words}
        {isSpent(feature) && ": what follows asks for approval"}
      </span>
    </>
  ) : null;
}

function About({ feature }: { feature: Feature }) {
  return (
    <section class="panel" aria-labelledby="about-title">
      <h2 id="about-title">About</h2>
      {feature.description ? <p class="description">{feature.description}</p> : <p class="empty">It has no description.</p>}
      <p class="sub">Choose a phase in the graph to see its attempts and output.</p>
    </section>
  );
}
