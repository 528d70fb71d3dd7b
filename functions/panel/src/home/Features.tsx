import { memo } from "preact/compat";
import type { Feature, FeatureStatus } from "../api/types";
import { features, finishedFeatures, openFeatures } from "../live/home";
import { featurePages, refreshHome } from "../live/live";
import { featureAddress, homeAddress, route, setParams } from "../route/route";
import { Status } from "../words/Icon";
import { Moment } from "../words/Moment";
import { featureLook, featureWords, finishedStatuses, openStatuses } from "../words/status";
import { cut } from "../words/text";
import { MiniGraph } from "./MiniGraph";
import { Empty, Panel, Rows } from "./Panel";

const total = (statuses: FeatureStatus[]) => statuses.reduce((sum, status) => sum + (features.value[status]?.total ?? 0), 0);

/** The features, those in progress and the finished ones apart, by status, repository and words. */
export function Features({ search }: { search: string }) {
  const { show, status, repo } = route.value.params;
  const isFinished = show === "finished";
  const statuses = isFinished ? finishedStatuses : openStatuses;
  const listed = isFinished ? finishedFeatures.value : openFeatures.value;
  const rows = listed.filter((feature) => (!status || feature.status === status) && (!repo || feature.repository === repo));
  const repositories = [...new Set([...openFeatures.value, ...finishedFeatures.value].map((feature) => feature.repository ?? ""))]
    .filter(Boolean)
    .sort();
  if (repo && !repositories.includes(repo)) {
    repositories.push(repo);
  }

  return (
    <Panel
      id="features"
      title="Features"
      tools={
        <>
          <div class="filters">
            <label>
              Status{" "}
              <select value={status ?? ""} onChange={(event) => setParams({ status: event.currentTarget.value })}>
                <option value="">any</option>
                {statuses.map((one) => (
                  <option key={one} value={one}>
                    {featureWords[one]}
                  </option>
                ))}
              </select>
            </label>
            <label>
              Repository{" "}
              <select value={repo ?? ""} onChange={(event) => setParams({ repo: event.currentTarget.value })}>
                <option value="">any</option>
                {repositories.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
          </div>
          <Tabs isFinished={isFinished} />
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty>{emptyWords(isFinished, !!(search || status || repo))}</Empty>
      ) : (
        <Rows label={isFinished ? "Finished features" : "Features in progress"}>
          {rows.map((feature) => (
            <Line key={feature.id} feature={feature} />
          ))}
        </Rows>
      )}
      <More statuses={statuses.filter((one) => !status || one === status)} />
    </Panel>
  );
}

function Tabs({ isFinished }: { isFinished: boolean }) {
  const { q, repo } = route.value.params;
  return (
    <nav class="tabs" aria-label="Which features">
      <a href={homeAddress({ q, repo })} aria-current={isFinished ? undefined : "true"}>
        In progress <span class="count">{total(openStatuses)}</span>
      </a>
      <a href={homeAddress({ q, repo, show: "finished" })} aria-current={isFinished ? "true" : undefined}>
        Finished <span class="count">{total(finishedStatuses)}</span>
      </a>
    </nav>
  );
}

function emptyWords(isFinished: boolean, isFiltered: boolean) {
  if (isFiltered) {
    return "No feature matches the filters.";
  }

  return isFinished ? (
    "No feature is finished yet."
  ) : (
    <>
      No feature is in progress. <a href="#/submit">Submit one</a>.
    </>
  );
}

function More({ statuses }: { statuses: FeatureStatus[] }) {
  const more = statuses.filter((status) => (features.value[status]?.total ?? 0) > (features.value[status]?.features.length ?? 0));
  const hidden = more.reduce(
    (sum, status) => sum + (features.value[status]?.total ?? 0) - (features.value[status]?.features.length ?? 0),
    0,
  );
  return hidden === 0 ? null : (
    <button
      type="button"
      class="button"
      onClick={() => {
        featurePages.value = {
          ...featurePages.value,
          ...Object.fromEntries(more.map((status) => [status, (featurePages.value[status] ?? 1) + 1])),
        };
        refreshHome();
      }}
    >
      Show more of {hidden}
    </button>
  );
}

const Line = memo(function Line({ feature }: { feature: Feature }) {
  return (
    <li class="row feature" data-row={feature.id}>
      <div class="what">
        <a class="name" href={featureAddress(feature.id)}>
          <span class="number">{feature.id}</span> {feature.title}
        </a>
        <span class="sub">
          <Status status={featureLook[feature.status]} word={feature.cancelling ? "being cancelled" : featureWords[feature.status]} />
          {feature.repository && ` · ${cut(feature.repository, 60)}`}
          {feature.priority !== 50 && ` · priority ${feature.priority}`}
        </span>
      </div>
      <MiniGraph phases={feature.phases} />
      <span class="done">
        {feature.phases_completed}/{feature.total_phases}
        <span class="unseen"> phases completed</span>
      </span>
      <span class="ages">
        <span>
          submitted <Moment at={feature.created_at} />
        </span>
        <span class="sub">
          last event <Moment at={feature.updated_at} />
        </span>
      </span>
    </li>
  );
});
