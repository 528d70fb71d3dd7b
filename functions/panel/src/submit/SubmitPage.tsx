import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { notice, once } from "../actions/perform";
import { ApiError, ask } from "../api/client";
import { readJson } from "../api/json";
import type { Feature, Plan } from "../api/types";
import { usd } from "../feature/usage";
import { GraphView, NodeWords } from "../graph/GraphView";
import { later, retryLater } from "../live/retries";
import { featureAddress, go } from "../route/route";
import { count, firstLine } from "../words/text";
import { EXAMPLE, kindOf, mediaType, newKey, type PlacedFault, place, rangeOf } from "./draft";
import { Editor } from "./Editor";

/** Milliseconds of rest after the last letter before the draft is checked. */
const REST = 250;

/** What was being written, kept while one looks at other pages. */
const draft = signal("");

/** The agent of phases of a markdown file that name none; empty for the host's own choice. */
const agent = signal("");

interface Check {
  /** What was checked: the text and the agent. */
  of: string;
  plan: Plan | null;
  faults: PlacedFault[];
  /** What keeps a plan without faults from being executed here. */
  hindrances: PlacedFault[];
}

/** Submits a feature: what the host would make of it is shown before anything is stored. */
export function SubmitPage() {
  const field = useRef<HTMLTextAreaElement>(null);
  const check = useSignal<Check | null>(null);
  /** Why the draft could not be checked, which says nothing of the draft. */
  const unchecked = useSignal("");
  const isBusy = useSignal(false);
  const keys = useRef(new Map<string, string>());
  const text = draft.value;
  const query = kindOf(text) === "markdown" && agent.value ? `&default_workflow=${agent.value}` : "";
  const subject = `${query}\n${text}`;
  useEffect(() => {
    if (!text.trim()) {
      check.value = null;
      return;
    }

    const ending = new AbortController();
    let failures = 0;
    const look = async () => {
      try {
        const result = await validate(text, query, ending.signal);
        unchecked.value = "";
        check.value = result;
      } catch (fault) {
        if (!ending.signal.aborted) {
          unchecked.value = messageOf(fault);
          callOff = retryLater(++failures, look);
        }
      }
    };
    let callOff = later(REST, look);
    return () => {
      ending.abort();
      callOff();
    };
  }, [subject]);
  const current = check.value?.of === subject ? check.value : null;
  const plan = current?.plan ?? null;
  const faults = current?.faults ?? [];
  const hindrances = current?.hindrances ?? [];
  const refusal =
    text.trim() === ""
      ? "There is nothing to submit yet."
      : !current
        ? unchecked.value
          ? `It could not be checked: ${unchecked.value}`
          : "It is being checked."
        : faults.length > 0
          ? "Mend the faults first."
          : null;
  const refusalToExecute = refusal ?? (hindrances.length > 0 ? "It can be stored, but not executed here as it is." : null);
  const submit = (execute: boolean) => async () => {
    const told = execute ? refusalToExecute : refusal;
    if (told) {
      notice.value = { text: told, isFault: true };
      field.current?.focus();
      return;
    }

    isBusy.value = true;
    await once("submit", async () => {
      try {
        const name = `${execute}:${subject}`;
        const key = keys.current.get(name) ?? newKey();
        keys.current.set(name, key);
        const feature = await store(text, query, execute, key);
        draft.value = "";
        notice.value = { text: `Feature ${feature.id} is ${execute ? "being executed" : "stored"}.`, isFault: false };
        go(featureAddress(feature.id));
      } catch (fault) {
        notice.value = { text: messageOf(fault), isFault: true };
      }
    });
    isBusy.value = false;
  };
  return (
    <div class="submit">
      <h1 tabIndex={-1}>Submit a feature</h1>
      <div class="submit-grid">
        <section class="panel" aria-labelledby="draft-title">
          <header class="panel-head">
            <h2 id="draft-title">
              Feature<span class="count">{text.trim() ? kindWords[kindOf(text)] : "markdown or JSON"}</span>
            </h2>
            <span class="buttons">
              <label class="button file">
                Open a file
                <input
                  type="file"
                  class="unseen"
                  accept=".md,.markdown,.json,text/markdown,application/json"
                  onChange={async (event) => {
                    draft.value = (await event.currentTarget.files?.[0]?.text()) ?? draft.peek();
                  }}
                />
              </label>
              {text.trim() === "" && (
                <button type="button" class="button" onClick={() => (draft.value = EXAMPLE)}>
                  Begin with an example
                </button>
              )}
            </span>
          </header>
          <Editor
            text={text}
            faults={[...faults, ...hindrances]}
            field={field}
            onChange={(value) => {
              draft.value = value;
            }}
          />
          {faults.length > 0 && <Faults title={`${count(faults.length, "fault")}:`} faults={faults} text={text} field={field} />}
          {hindrances.length > 0 && <Faults title="It cannot be executed here:" faults={hindrances} text={text} field={field} />}
          {kindOf(text) === "markdown" && (
            <label class="sub">
              Agent of phases that name none{" "}
              <select
                value={agent}
                onChange={(event) => {
                  agent.value = event.currentTarget.value;
                }}
              >
                <option value="">external, or its script where this host runs those</option>
                <option value="shell">shell: each must have a script</option>
              </select>
            </label>
          )}
          <div class="buttons">
            <button
              type="button"
              class="button is-primary"
              aria-disabled={refusalToExecute || isBusy.value ? "true" : undefined}
              onClick={submit(true)}
            >
              {isBusy.value ? "Sending…" : "Submit and execute"}
            </button>
            <button type="button" class="button" aria-disabled={refusal || isBusy.value ? "true" : undefined} onClick={submit(false)}>
              Submit without executing
            </button>
            <span class="sub" role="status">
              {refusalToExecute ?? (plan && consequence(plan))}
            </span>
          </div>
        </section>
        <section class="panel" aria-labelledby="preview-title">
          <h2 id="preview-title">Preview{plan && <span class="count">{count(plan.phases.length, "phase")}</span>}</h2>
          {plan ? (
            <Preview plan={plan} />
          ) : (
            <p class="empty">{faults.length > 0 ? "It cannot be shown while it has faults." : "The graph of the phases appears here."}</p>
          )}
        </section>
      </div>
    </div>
  );
}

const kindWords = { json: "JSON", markdown: "markdown" };

function consequence(plan: Plan): string {
  const first = plan.phases.filter((phase) => phase.depends_on.length === 0).length;
  const asks = plan.phases.filter((phase) => phase.approval === "required").length;
  return `${count(plan.phases.length, "phase")}, ${first} may start at once${asks ? `, ${asks} ${asks === 1 ? "asks" : "ask"} for approval` : ""}.`;
}

interface FaultsProps {
  title: string;
  faults: PlacedFault[];
  text: string;
  field: { current: HTMLTextAreaElement | null };
}

function Faults({ title, faults, text, field }: FaultsProps) {
  const show = (fault: PlacedFault) => () => {
    const element = field.current;
    if (element && fault.line !== undefined) {
      element.focus();
      element.setSelectionRange(...rangeOf(text, fault.line, fault.column));
      element.scrollTop = Math.max(0, (fault.line - 4) * 20);
    }
  };
  return (
    <div id="faults" class="faults" role="alert">
      <p>{title}</p>
      <ul>
        {faults.map((fault) => (
          <li key={`${fault.line}:${fault.column}:${fault.message}`}>
            {fault.line === undefined ? null : (
              <button type="button" class="button" onClick={show(fault)}>
                Line {fault.line}
              </button>
            )}
            <span>{fault.message}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Preview({ plan }: { plan: Plan }) {
  return (
    <>
      <p>
        <strong>
          <bdi>{plan.title}</bdi>
        </strong>
        {plan.repository && (
          <>
            {" "}
            · <bdi>{plan.repository}</bdi>
          </>
        )}{" "}
        · priority {plan.priority}
        {plan.max_cost_usd !== null && ` · asks once it has spent ${usd(plan.max_cost_usd)}`}
      </p>
      {plan.description && <p class="sub">{firstLine(plan.description)}</p>}
      {plan.phases.length === 0 ? (
        <p class="empty">It has no phases: they can be generated from its description once it is stored.</p>
      ) : (
        <GraphView
          label={`Preview of ${count(plan.phases.length, "phase")}`}
          nodes={plan.phases}
          nameOf={(phase) => `Phase ${phase.phase_number}, ${phase.title}, by ${phase.workflow_type}`}
          lookOf={() => "is-queued"}
          lineOf={(phase, room) => (
            <NodeWords x={0} room={room} text={phase.workflow_type} more={phase.approval === "required" ? ", asks for approval" : ""} />
          )}
        />
      )}
    </>
  );
}

/** Whether it could be executed; where it could not, whether it could at least be stored. */
async function validate(text: string, query: string, ending: AbortSignal): Promise<Check> {
  const of = `${query}\n${text}`;
  let hindrances: PlacedFault[] = [];
  for (const execute of [true, false]) {
    try {
      const response = await ask(`api/v1/planned-features?validate=true&execute=${execute}${query}`, request(text, ending));
      return { of, plan: await readJson<Plan>(response), faults: [], hindrances };
    } catch (fault) {
      if (!(fault instanceof ApiError) || fault.status < 400 || fault.status >= 500) {
        throw fault;
      }

      hindrances = place(toldBy(fault), text);
    }
  }

  return { of, plan: null, faults: hindrances, hindrances: [] };
}

const toldBy = (fault: ApiError) => (fault.faults.length > 0 ? fault.faults : [{ code: "refused", message: fault.message }]);

const messageOf = (fault: unknown) => (fault instanceof Error ? fault.message : String(fault));

async function store(text: string, query: string, execute: boolean, key: string): Promise<Feature> {
  const call = request(text);
  const response = await ask(`api/v1/planned-features?execute=${execute}${query}`, {
    ...call,
    headers: { ...call.headers, "idempotency-key": key },
  });
  return readJson<Feature>(response);
}

function request(text: string, ending?: AbortSignal) {
  const call = { method: "POST", body: text, headers: { "content-type": mediaType[kindOf(text)] } };
  return ending ? { ...call, signal: ending } : call;
}
