import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { notice, once } from "../actions/perform";
import { ApiError, ask } from "../api/client";
import type { Feature, Plan } from "../api/types";
import { GraphView } from "../graph/GraphView";
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
}

/** Submits a feature: what the host would make of it is shown before anything is stored. */
export function SubmitPage() {
  const field = useRef<HTMLTextAreaElement>(null);
  const check = useSignal<Check | null>(null);
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
    const timer = setTimeout(async () => {
      const result = await validate(text, query, ending.signal);
      if (result && !ending.signal.aborted) {
        check.value = result;
      }
    }, REST);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [subject]);
  const current = check.value?.of === subject ? check.value : null;
  const plan = current?.plan ?? null;
  const faults = current?.faults ?? [];
  const refusal =
    text.trim() === ""
      ? "There is nothing to submit yet."
      : !current
        ? "It is being checked."
        : faults.length > 0
          ? "Mend the faults first."
          : null;
  const submit = (execute: boolean) => async () => {
    if (refusal) {
      notice.value = { text: refusal, isFault: true };
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
        notice.value = { text: fault instanceof Error ? fault.message : String(fault), isFault: true };
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
              Feature<span class="count">{text.trim() ? kindOf(text) : "markdown or JSON"}</span>
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
            faults={faults}
            field={field}
            onChange={(value) => {
              draft.value = value;
            }}
          />
          {faults.length > 0 && <Faults faults={faults} text={text} field={field} />}
          {kindOf(text) === "markdown" && (
            <label class="sub">
              Agent of phases that name none{" "}
              <select
                value={agent}
                onChange={(event) => {
                  agent.value = event.currentTarget.value;
                }}
              >
                <option value="">external: somebody reports for it</option>
                <option value="shell">shell: runs the script in the phase</option>
              </select>
            </label>
          )}
          <div class="buttons">
            <button
              type="button"
              class="button is-primary"
              aria-disabled={refusal || isBusy.value ? "true" : undefined}
              onClick={submit(true)}
            >
              {isBusy.value ? "Sending…" : "Submit and execute"}
            </button>
            <button type="button" class="button" aria-disabled={refusal || isBusy.value ? "true" : undefined} onClick={submit(false)}>
              Submit without executing
            </button>
            <span class="sub" role="status">
              {refusal ?? (plan && consequence(plan))}
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

function consequence(plan: Plan): string {
  const first = plan.phases.filter((phase) => phase.depends_on.length === 0).length;
  const asks = plan.phases.filter((phase) => phase.approval === "required").length;
  return `${count(plan.phases.length, "phase")}, ${first} may start at once${asks ? `, ${asks} ${asks === 1 ? "asks" : "ask"} for approval` : ""}.`;
}

function Faults({ faults, text, field }: { faults: PlacedFault[]; text: string; field: { current: HTMLTextAreaElement | null } }) {
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
      <p>{count(faults.length, "fault")}:</p>
      <ul>
        {faults.map((fault) => (
          <li key={`${fault.line}:${fault.column}:${fault.message}`}>
            {fault.line === undefined ? null : (
              <button type="button" class="button" onClick={show(fault)}>
                Line {fault.line}
              </button>
            )}{" "}
            {fault.message}
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
        <strong>{plan.title}</strong>
        {plan.repository && ` · ${plan.repository}`} · priority {plan.priority}
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
          lineOf={(phase) => (
            <text class="word" y="11.5">
              {phase.workflow_type}
              {phase.approval === "required" && ", asks for approval"}
            </text>
          )}
        />
      )}
    </>
  );
}

async function validate(text: string, query: string, ending: AbortSignal): Promise<Check | null> {
  const of = `${query}\n${text}`;
  try {
    const response = await ask(`api/v1/planned-features?validate=true${query}`, request(text, ending));
    return { of, plan: (await response.json()) as Plan, faults: [] };
  } catch (fault) {
    if (ending.aborted) {
      return null;
    }

    const told =
      fault instanceof ApiError && fault.faults.length > 0
        ? fault.faults
        : [{ code: "refused", message: fault instanceof Error ? fault.message : String(fault) }];
    return { of, plan: null, faults: place(told, text) };
  }
}

async function store(text: string, query: string, execute: boolean, key: string): Promise<Feature> {
  const call = request(text);
  const response = await ask(`api/v1/planned-features?execute=${execute}${query}`, {
    ...call,
    headers: { ...call.headers, "idempotency-key": key },
  });
  return (await response.json()) as Feature;
}

function request(text: string, ending?: AbortSignal) {
  const call = { method: "POST", body: text, headers: { "content-type": mediaType[kindOf(text)] } };
  return ending ? { ...call, signal: ending } : call;
}
