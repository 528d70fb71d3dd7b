import type { Attempt, Change, Row } from "../api/types";
import { now } from "../live/clock";
import { slots } from "../live/home";
import { phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { phaseWords } from "../words/status";
import { exact, fine } from "../words/time";
import { keyOf, numbersOf } from "./attempts";
import { type Bar, type Lane, type Timeline, timelineOf } from "./timeline";

interface Props {
  rows: Row[];
  attempts: Attempt[];
  changes: Change[];
  selected: number | null;
}

/** When each phase waited for a slot or for a person and when it worked, and how many of the slots that took. */
export function TimelineView({ rows, attempts, changes, selected }: Props) {
  const isOver = rows.every((row) => ["completed", "failed", "cancelled", "blocked"].includes(row.status));
  const line = timelineOf(rows, attempts, changes, isOver ? 0 : now.value, isOver);
  if (!line) {
    return <p class="empty">Nothing has waited for a slot, for an approval, or worked yet.</p>;
  }

  const numbers = numbersOf(attempts);
  const capacity = slots.value?.capacity ?? 3;
  return (
    <div class="timeline">
      <p class="legend sub">
        <span class="bar is-wait is-ready" /> waits for a slot <span class="bar is-work is-completed" /> at work{" "}
        <span class="bar is-ask is-awaiting_approval" /> waits for approval <span class="bar is-ask is-awaiting_answer" /> waits for an
        answer. From left to right: {fine(line.end - line.start)}.
      </p>
      <div class="lane">
        <span class="sub">slots in use</span>
        <Occupancy line={line} capacity={capacity} />
        <span class="sub figures">
          at most {line.peak} of {capacity}
        </span>
      </div>
      <section class="scroll" tabIndex={0} aria-label="Time of each phase">
        <ul>
          {line.lanes.map((lane) => (
            <li key={lane.row.phase_number} class={`lane${lane.row.phase_number === selected ? " is-selected" : ""}`}>
              <a class={`name is-${lane.row.status}`} href={phaseAddress(lane.row.feature_id, lane.row.phase_number)}>
                <StatusIcon status={lane.row.status} /> {lane.row.phase_number} <bdi class="title">{lane.row.title}</bdi>
                <span class="unseen">, {phaseWords[lane.row.status]}</span>
              </a>
              <div class="track">
                {lane.bars.map((bar) => (
                  <BarView
                    key={`${bar.kind}${bar.look}${bar.from}`}
                    bar={bar}
                    number={numbers.get(keyOf(lane.row.queue_id, bar.attempt))}
                    line={line}
                  />
                ))}
              </div>
              <span class="sub figures">{figures(lane)}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function figures({ waited, worked, asked }: Lane): string {
  const wait = waited >= 50 ? `waited ${fine(waited)}` : "";
  const work = worked > 0 ? `worked ${fine(worked)}` : "";
  const ask = asked >= 50 ? `asked ${fine(asked)}` : "";
  return [wait, work, ask].filter(Boolean).join(", ") || "–";
}

const waits: Partial<Record<Bar["look"], string>> = { awaiting_approval: "approval", awaiting_answer: "an answer" };

function BarView({ bar, number, line }: { bar: Bar; number: number | undefined; line: Timeline }) {
  const whole = line.end - line.start;
  const left = (100 * (bar.from - line.start)) / whole;
  const width = (100 * (bar.to - bar.from)) / whole;
  const who = number ? `Attempt ${number} ` : "";
  const what = bar.kind === "work" ? "worked" : `${who ? "w" : "W"}aited for ${waits[bar.look] ?? "a slot"}`;
  return (
    <span
      class={`bar is-${bar.kind} is-${bar.look}`}
      style={{ left: `${left}%`, width: `max(3px, ${width}%)` }}
      title={`${who}${what} ${fine(bar.to - bar.from)}: ${exact(bar.from)} to ${bar.isOpen ? "now" : exact(bar.to)}`}
    />
  );
}

/** How many slots the feature held over time, under the line that nothing may pass. */
function Occupancy({ line, capacity }: { line: Timeline; capacity: number }) {
  const top = Math.max(capacity, line.peak) + 0.5;
  const x = (at: number) => (1000 * (at - line.start)) / (line.end - line.start);
  const y = (count: number) => 40 - (40 * count) / top;
  let path = `M0 ${y(0)}`;
  for (const { at, count } of line.occupancy) {
    path += `H${x(at).toFixed(1)}V${y(count).toFixed(1)}`;
  }

  return (
    <svg
      class="occupancy"
      role="img"
      aria-label={`This feature held at most ${line.peak} of ${capacity} slots at once.`}
      viewBox="0 0 1000 40"
      preserveAspectRatio="none"
    >
      <path class="area" d={`${path}V40H0z`} />
      <path class="cap" d={`M0 ${y(capacity)}H1000`} />
    </svg>
  );
}
