import { ActionButton } from "../actions/ActionButton";
import { proposeForPhase, verbOf } from "../actions/perform";
import { openQuestion, type PhaseAction, phaseRefusal } from "../actions/refusals";
import type { Row } from "../api/types";
import { findFeature, needsSince, needsYou, suspended } from "../live/home";
import { phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { Moment, Since } from "../words/Moment";
import { reasonOf } from "../words/reason";
import { cut, firstLine, holds } from "../words/text";
import { Empty, Panel, Rows } from "./Panel";

/** Who waits for a person: what is asked, since when, and until when. */
export function NeedsYou({ search }: { search: string }) {
  const rows = needsYou.value.filter((row) => holds(search, row.title, row.feature_title, row.feature_id, row.question?.text));
  return (
    <Panel id="needs" title="Needs you" count={rows.length ? String(rows.length) : undefined} isUrgent={rows.length > 0}>
      {rows.length === 0 ? (
        <Empty>{needsYou.value.length ? "Nothing that waits for you matches the search." : "Nobody waits for you."}</Empty>
      ) : (
        <Rows label="Phases that wait for you">
          {rows.map((row) => (
            <Asks key={row.queue_id} row={row} />
          ))}
        </Rows>
      )}
    </Panel>
  );
}

function Asks({ row }: { row: Row }) {
  const question = openQuestion(row);
  const actions: [PhaseAction, ...PhaseAction[]] = question ? ["answer"] : ["approve", "deny"];
  return (
    <li class="row" data-row={row.queue_id}>
      <span class={`lead is-${row.status}`}>
        <StatusIcon status={row.status} />
      </span>
      <div class="what">
        <a class="name" href={phaseAddress(row.feature_id, row.phase_number)}>
          {verbOf(actions[0])} phase {row.phase_number}: <bdi>{row.title}</bdi>
        </a>
        {question && <bdi>{cut(firstLine(question.text), 140)}</bdi>}
        <span class="sub">
          {row.workflow_type} · {row.feature_id} <bdi>{cut(row.feature_title, 60)}</bdi> ·{" "}
          {!question && `${reasonOf(row, suspended.value.has(row.feature_id)) || "waits for you"} · `}for <Since from={needsSince(row)} />
          {row.timeout_at && (
            <>
              {" "}
              · times out <Moment at={row.timeout_at} />
            </>
          )}
        </span>
      </div>
      <span class="buttons">
        {actions.map((action) => (
          <ActionButton
            key={action}
            label={verbOf(action)}
            about={`phase ${row.phase_number}, ${row.title}`}
            isPrimary={action !== "deny"}
            refusal={phaseRefusal(action, row)}
            propose={async () => proposeForPhase(action, row, await findFeature(row.feature_id))}
          />
        ))}
      </span>
    </li>
  );
}
