import { ActionButton } from "../actions/ActionButton";
import { proposeForPhase } from "../actions/perform";
import { phaseRefusal } from "../actions/refusals";
import type { Row } from "../api/types";
import { findFeature, needsYou, suspended } from "../live/home";
import { phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { Moment, Since } from "../words/Moment";
import { reasonOf } from "../words/reason";
import { cut, holds } from "../words/text";
import { Empty, Panel, Rows } from "./Panel";

/** Who waits for a person: what is asked, since when, and until when. */
export function NeedsYou({ search }: { search: string }) {
  const rows = needsYou.value.filter((row) => holds(search, row.title, row.feature_title, row.feature_id));
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
  const propose = (action: "approve" | "deny") => async () => proposeForPhase(action, row, await findFeature(row.feature_id));
  const since = row.ready_at ?? row.updated_at;
  return (
    <li class="row" data-row={row.queue_id}>
      <span class={`lead is-${row.status}`}>
        <StatusIcon status={row.status} />
      </span>
      <div class="what">
        <a class="name" href={phaseAddress(row.feature_id, row.phase_number)}>
          {row.status === "awaiting_approval" ? "Approve" : "Answer"} phase {row.phase_number}: <bdi>{row.title}</bdi>
        </a>
        <span class="sub">
          {row.workflow_type} · {row.feature_id} <bdi>{cut(row.feature_title, 60)}</bdi> ·{" "}
          {reasonOf(row, suspended.value.has(row.feature_id)) || "waits for you"} · for <Since from={since} />
          {row.timeout_at && (
            <>
              {" "}
              · times out <Moment at={row.timeout_at} />
            </>
          )}
        </span>
      </div>
      {row.status === "awaiting_approval" && (
        <span class="buttons">
          <ActionButton
            label="Approve"
            about={`phase ${row.phase_number}, ${row.title}`}
            isPrimary
            refusal={phaseRefusal("approve", row)}
            propose={propose("approve")}
          />
          <ActionButton
            label="Deny"
            about={`phase ${row.phase_number}, ${row.title}`}
            refusal={phaseRefusal("deny", row)}
            propose={propose("deny")}
          />
        </span>
      )}
    </li>
  );
}
