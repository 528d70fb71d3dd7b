import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import type { Feature, FeatureStatus } from "../api/types";
import { isSpent, spendWords } from "../feature/usage";
import { features, finishedFeatures, openFeatures } from "../live/home";
import { featurePages, refreshHome } from "../live/live";
import { featureAddress, homeAddress, route, setParams } from "../route/route";
import { Status } from "../words/Icon";
import { Moment } from "../words/Moment";
import { featureLook, featureWords, finishedStatuses } from "../words/status";
import { cut } from "../words/text";
import { lastEvent } from "./lastEvent";
import { MiniGraph } from "./MiniGraph";
import { Empty, Panel, Rows } from "./Panel";

interface Tab {
  /** In the address; the first tab stands in none. */
  show?: string;
  label: string;
  statuses: FeatureStatus[];
  empty: ComponentChildren;
}

const inProgress: Tab = {
  label: "In progress",
  statuses: ["in_progress", "suspended"],
  empty: (
    <>
      No feature is in progress. <a href="#/submit">Submit one</a>.
    </>
  ),
};
const tabs: Tab[] = [
  inProgress,
  { show: "planned", label: "Planned", statuses: ["planned"], empty: "No feature waits to be executed." },
  { show: "finished", label: "Finished", statuses: finishedStatuses, empty: "No feature is finished yet." },
];

const total = (statuses: FeatureStatus[]) => statuses.reduce((sum, status) => sum + (features.value[status]?.total ?? 0), 0);

/** The features, those in progress, those that nobody has executed yet and the finished ones apart, by status, repository and words. */
export function Features({ search }: { search: string }) {
  const { show, status, repo } = route.value.params;
  const tab = tabs.find((one) => one.show === show) ?? inProgress;
  const { statuses } = tab;
  const all = [...openFeatures.value, ...finishedFeatures.value];
  const rows = all.filter(
    (feature) => statuses.includes(feature.status) && (!status || feature.status === status) && (!repo || feature.repository === repo),
  );
  const repositories = [...new Set(all.map((feature) => feature.repository ?? ""))].filter(Boolean).sort();
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
            {statuses.length > 1 && (
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
            )}
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
          <Tabs current={tab} />
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty>{search || status || repo ? "No feature matches the filters." : tab.empty}</Empty>
      ) : (
        <Rows label={tab === inProgress ? "Features in progress" : `${tab.label} features`}>
          {rows.map((feature) => (
            <Line key={feature.id} feature={feature} />
          ))}
        </Rows>
      )}
      <More statuses={statuses.filter((one) => !status || one === status)} />
    </Panel>
  );
}

function Tabs({ current }: { current: Tab }) {
  const { q, repo } = route.value.params;
  return (
    <nav class="tabs" aria-label="Which features">
      {tabs.map((tab) => (
        <a key={tab.label} href={homeAddress({ q, repo, show: tab.show })} aria-current={tab === current ? "true" : undefined}>
          {tab.label} <span class="count">{total(tab.statuses)}</span>
        </a>
      ))}
    </nav>
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
          <span class="number">{feature.id}</span> <bdi>{feature.title}</bdi>
        </a>
        <span class="sub">
          <Status status={featureLook[feature.status]} word={feature.cancelling ? "being cancelled" : featureWords[feature.status]} />
          {feature.repository && (
            <>
              {" "}
              · <bdi>{cut(feature.repository, 60)}</bdi>
            </>
          )}
          {feature.priority !== 50 && ` · priority ${feature.priority}`}
          {spendWords(feature) && (
            <>
              {" · "}
              <span class={isSpent(feature) ? "fault" : ""}>spent {spendWords(feature)}</span>
            </>
          )}
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
          <span class="unseen">last event: </span>
          {lastEvent(feature)}, <Moment at={feature.updated_at} />
        </span>
      </span>
    </li>
  );
});
