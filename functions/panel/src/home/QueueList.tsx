import { memo } from "preact/compat";
import type { Row } from "../api/types";
import { suspended, waiting, waitingTotal } from "../live/home";
import { phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { reasonOf } from "../words/reason";
import { phaseWords } from "../words/status";
import { count, holds } from "../words/text";
import { Empty, Panel } from "./Panel";
import { WHY, Why } from "./Why";

/** Rows that are drawn together, or not at all while they are out of sight: each row on its own costs more while one scrolls, and all as one with each update. */
const BLOCK = 50;

const blocksOf = (rows: Row[]) =>
  Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, index) => rows.slice(index * BLOCK, (index + 1) * BLOCK));

/** What waits, in the order in which it will be started, each with its reason. */
export function QueueList({ search }: { search: string }) {
  const all = waiting.value;
  const rows = search ? all.filter((row) => holds(search, row.title, row.feature_title, row.feature_id, row.wait_reason)) : all;
  const unread = waitingTotal.value - all.length;
  return (
    <Panel id="queue" title="Queue" count={all.length ? waitingTotal.value.toLocaleString("en") : undefined}>
      {rows.length === 0 ? (
        <Empty>
          {all.length ? "Nothing in the queue matches the search." : "Nothing waits: the next phase that can run starts at once."}
        </Empty>
      ) : (
        <section class="scroll" aria-label="Waiting phases, in the order in which they start" tabIndex={0}>
          {/* biome-ignore lint/a11y/useSemanticElements: an element of its own may have nothing between it and its items */}
          <div role="list" class="rows">
            {blocksOf(rows).map((block, index) => (
              <div key={index} class="block">
                {block.map((row) => (
                  <Waiting key={row.queue_id} row={row} isHead={row.position === 1} isSuspended={suspended.value.has(row.feature_id)} />
                ))}
              </div>
            ))}
          </div>
          {unread > 0 && !search && <p class="row sub">{count(unread, "more phase")} further back.</p>}
        </section>
      )}
      <Why />
    </Panel>
  );
}

interface Props {
  row: Row;
  isHead: boolean;
  isSuspended: boolean;
}

const Waiting = memo(function Waiting({ row, isHead, isSuspended }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the list
    <div role="listitem" class={`row is-light${isHead ? " is-head" : ""}`} data-row={row.queue_id}>
      <span class={`lead is-${row.status}`}>
        <StatusIcon status={row.status} />
        <span class="place">{row.position ?? ""}</span>
      </span>
      <div class="what">
        <a class="name" href={phaseAddress(row.feature_id, row.phase_number)}>
          {row.feature_id}.{row.phase_number} <bdi>{row.title}</bdi>
        </a>
        <span class="sub">
          <span class={`is-${row.status}`}>{phaseWords[row.status]}</span> · <bdi>{reasonOf(row, isSuspended) || "…"}</bdi> ·{" "}
          <bdi>{row.feature_title}</bdi>
        </span>
      </div>
      {row.priority !== 50 && <span class="tag">priority {row.priority}</span>}
      {isHead && (
        <button type="button" class="button" popovertarget={WHY}>
          Why?
          <span class="unseen"> What the first in line waits for</span>
        </button>
      )}
    </div>
  );
});
