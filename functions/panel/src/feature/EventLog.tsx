import type { Change } from "../api/types";
import { route, setParams } from "../route/route";
import { Moment } from "../words/Moment";
import { exact } from "../words/time";
import type { Numbers } from "./attempts";
import { CopyButton } from "./CopyButton";
import { eventFields, eventWords, told } from "./events";

const MOST = 400;
const modes = ["compact", "full", "json"] as const;

/** What the feed told, the newest first: as sentences, with all fields, or as it came. */
export function EventLog({ changes, phase, numbers }: { changes: Change[]; phase: string | null; numbers: Numbers }) {
  const mode = modes.find((one) => one === route.value.params.log) ?? "compact";
  const all = phase ? changes.filter((change) => change.queue_id === phase) : changes;
  const shown = (mode === "compact" ? told(all, numbers) : all).slice(-MOST).reverse();
  return (
    <section class="panel panel-log" aria-labelledby="log-title">
      <header class="panel-head">
        <h2 id="log-title">
          Events<span class="count">{all.length.toLocaleString("en")}</span>
        </h2>
        <span class="buttons">
          {modes.map((one) => (
            <button
              key={one}
              type="button"
              class="button"
              aria-pressed={one === mode}
              onClick={() => setParams({ log: one === "compact" ? undefined : one })}
            >
              {one === "json" ? "JSON" : one === "full" ? "Full" : "Compact"}
            </button>
          ))}
          {mode === "json" && <CopyButton label="Copy JSON" text={() => JSON.stringify(all, null, 2)} />}
        </span>
      </header>
      {shown.length === 0 ? (
        <p class="empty">Nothing has happened yet.</p>
      ) : (
        <section class="scroll log" tabIndex={0} aria-label="Events, the newest first">
          {mode === "json" ? (
            <pre>{shown.map((change) => JSON.stringify(change, null, 2)).join("\n")}</pre>
          ) : (
            <ol>
              {shown.map((change) => (
                <li key={change.cursor}>
                  <span class="sub">
                    {mode === "full" ? <time dateTime={change.at}>{exact(change.at)}</time> : <Moment at={change.at} />}
                  </span>{" "}
                  <bdi>{eventWords(change, numbers)}</bdi>
                  {mode === "full" && (
                    <dl class="fields">
                      {eventFields(change).map(([name, value]) => (
                        <div key={name}>
                          <dt>{name}</dt>
                          <dd>{value}</dd>
                        </div>
                      ))}
                    </dl>
                  )}
                </li>
              ))}
            </ol>
          )}
        </section>
      )}
      {all.length > MOST && <p class="sub">The newest {MOST} are shown; “Copy JSON” has all of them.</p>}
    </section>
  );
}
