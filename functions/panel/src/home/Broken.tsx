import { ActionButton } from "../actions/ActionButton";
import { proposeForPhase } from "../actions/perform";
import { phaseRefusal } from "../actions/refusals";
import type { Row } from "../api/types";
import { broken, brokenMore, findFeature } from "../live/home";
import { featureAddress, homeAddress, phaseAddress } from "../route/route";
import { StatusIcon } from "../words/Icon";
import { Moment } from "../words/Moment";
import { count, cut, errorLine, holds } from "../words/text";
import { Empty, Panel, Rows } from "./Panel";

/** What failed, why, and a way to try again. */
export function Broken({ search }: { search: string }) {
  const all = broken.value;
  const rows = search ? all.filter((row) => holds(search, row.title, row.feature_title, row.feature_id, row.error_message)) : all;
  return (
    <Panel id="broken" title="Broken" count={all.length ? String(all.length) : undefined}>
      {rows.length === 0 ? (
        <Empty>{all.length ? "No failed phase matches the search." : "Nothing is broken."}</Empty>
      ) : (
        <Rows label="Failed phases, the newest first">
          {rows.map((row) => (
            <Failed key={row.queue_id} row={row} />
          ))}
          {brokenMore.value > 0 && (
            <li class="row sub">
              <a href={homeAddress({ show: "finished", status: "failed" })}>{count(brokenMore.value, "further failed feature")}</a>
            </li>
          )}
        </Rows>
      )}
    </Panel>
  );
}

function Failed({ row }: { row: Row }) {
  return (
    <li class="row" data-row={row.queue_id}>
      <span class="lead is-failed">
        <StatusIcon status="failed" />
      </span>
      <div class="what">
        <a class="name" href={phaseAddress(row.feature_id, row.phase_number)}>
          {row.feature_id}.{row.phase_number} <bdi>{row.title}</bdi>
        </a>
        <span class="sub">
          <span class="is-failed">failed</span>: <bdi>{cut(errorLine(row.error_message) || "no reason was given", 140)}</bdi> ·{" "}
          <a href={featureAddress(row.feature_id)}>
            <bdi>{row.feature_title}</bdi>
          </a>{" "}
          · <Moment at={row.finished_at ?? row.updated_at} />
        </span>
      </div>
      <ActionButton
        label="Retry"
        about={`phase ${row.phase_number}, ${row.title}`}
        refusal={phaseRefusal("retry", row)}
        propose={async () => proposeForPhase("retry", row, await findFeature(row.feature_id))}
      />
    </li>
  );
}
