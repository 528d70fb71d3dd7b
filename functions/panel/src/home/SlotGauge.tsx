import type { Row, Slots } from "../api/types";
import { queue, slots, suspended } from "../live/home";
import { phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { Since } from "../words/Moment";
import { reasonOf, sinceOf } from "../words/reason";
import { cut } from "../words/text";
import { Panel } from "./Panel";

/** More slots than this are told as a number. */
const MOST = 12;

interface Pill {
  slot: number;
  queueId?: string;
  since?: string;
  row?: Row | undefined;
}

/** The slots in their order, each with who holds it. */
export function pillsOf(line: Slots, rows: Row[]): Pill[] {
  const held = new Map(line.held.map((one) => [one.slot, one]));
  const count = Math.max(line.capacity, ...line.held.map((one) => one.slot));
  return Array.from({ length: Math.min(count, 1000) }, (_, index) => {
    const one = held.get(index + 1);
    return one
      ? { slot: one.slot, queueId: one.queue_id, since: one.since, row: rows.find((row) => row.queue_id === one.queue_id) }
      : { slot: index + 1 };
  });
}

/** A pill for each slot: the phase that holds it and for how long, or that it is free. */
export function SlotGauge() {
  const line = slots.value;
  const pills = line ? pillsOf(line, queue.value) : [];
  const shown = pills.length > MOST ? pills.filter((pill) => pill.queueId).slice(0, MOST) : pills;
  return (
    <Panel id="slots" title="Slots" count={line ? `${line.held.length} of ${line.capacity}` : undefined}>
      <ol class="pills">
        {shown.map((pill) => (
          <li key={pill.slot} class={`pill${pill.queueId ? " is-held" : ""}`}>
            <span class="slot">
              <span class="unseen">Slot </span>
              {pill.slot}
            </span>
            {pill.queueId ? <Holder pill={pill} /> : <span class="free">free</span>}
          </li>
        ))}
      </ol>
      {pills.length > shown.length && <p class="sub">{pills.length - shown.length} more slots are not shown.</p>}
    </Panel>
  );
}

function Holder({ pill }: { pill: Pill }) {
  const [, feature, phase] = /^queue-(\d+)-(\d+)$/.exec(pill.queueId ?? "") ?? [];
  const row = pill.row;
  const reason = row && reasonOf(row, suspended.value.has(row.feature_id));
  return (
    <a class={`name is-${row?.status ?? "running"}`} href={phaseAddress(Number(feature), Number(phase))}>
      <StatusIcon status={row?.status ?? "running"} />
      <span class="what">
        {feature}.{phase} <bdi>{row ? cut(row.title, 48) : ""}</bdi>
      </span>
      {pill.since && <Since from={(row && sinceOf(row)) ?? pill.since} />}
      {reason && <span class="sub">{reason}</span>}
    </a>
  );
}
