import { memo } from "preact/compat";
import type { Row } from "../api/types";
import { needsYou, queueTotal, running, waiting } from "../live/home";
import { phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { phaseWords } from "../words/status";
import { count, holds } from "../words/text";
import { Empty, Panel, Rows } from "./Panel";
import { WHY, Why } from "./Why";

/** What waits, in the order in which it will be started, each with its reason. */
export function QueueList({ search }: { search: string }) {
  const all = waiting.value;
  const rows = search ? all.filter((row) => holds(search, row.title, row.feature_title, row.feature_id, row.wait_reason)) : all;
  const unread =
    queueTotal.value - all.length - running.value.length - needsYou.value.filter((row) => row.status === "awaiting_approval").length;
  return (
    <Panel id="queue" title="Queue" count={all.length ? (all.length + Math.max(0, unread)).toLocaleString("en") : undefined}>
      {rows.length === 0 ? (
        <Empty>
          {all.length ? "Nothing in the queue matches the search." : "Nothing waits: the next phase that can run starts at once."}
        </Empty>
      ) : (
        <Rows label="Waiting phases, in the order in which they start">
          {rows.map((row, index) => (
            <Waiting key={row.queue_id} row={row} isHead={index === 0 && row.position === 1} />
          ))}
          {unread > 0 && !search && <li class="row sub">{count(unread, "more phase")} further back.</li>}
        </Rows>
      )}
      <Why />
    </Panel>
  );
}

const Waiting = memo(function Waiting({ row, isHead }: { row: Row; isHead: boolean }) {
  return (
    <li class={`row is-light${isHead ? " is-head" : ""}`} data-row>
      <span class={`lead is-${row.status}`}>
        <StatusIcon status={row.status} />
        <span class="place">{row.position ?? ""}</span>
      </span>
      <div class="what">
        <a class="name" href={phaseAddress(row.feature_id, row.phase_number)}>
          {row.feature_id}.{row.phase_number} {row.title}
        </a>
        <span class="sub">
          <span class={`is-${row.status}`}>{phaseWords[row.status]}</span> · {row.wait_reason ?? "…"} · {row.feature_title}
        </span>
      </div>
      {row.priority !== 50 && <span class="tag">priority {row.priority}</span>}
      {isHead && (
        <button type="button" class="button" popovertarget={WHY}>
          Why?
          <span class="unseen"> What the first in line waits for</span>
        </button>
      )}
    </li>
  );
});
