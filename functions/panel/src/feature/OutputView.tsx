import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, get } from "../api/client";
import type { Output } from "../api/types";
import { later, retryLater } from "../live/retries";
import { route, setParams } from "../route/route";
import { count } from "../words/text";
import { append, plain, segments } from "./output";

const PART = 262_144;
/** Milliseconds between two looks at an output that grows, at first and at most. */
const REST = 400;
const LONGEST_REST = 2500;

/** What an agent says, as it says it. It can be searched, and follows its end until somebody scrolls up. */
export function OutputView({ queueId, attempt, name }: { queueId: string; attempt: number; name: string }) {
  const text = useSignal("");
  const state = useSignal<"loading" | "streaming" | "complete" | "none">("loading");
  const fault = useSignal("");
  const chosen = useSignal(0);
  const follows = useSignal(true);
  const box = useRef<HTMLElement>(null);
  useEffect(() => follow(queueId, attempt, text, state, fault), [queueId, attempt]);
  const search = route.value.params.find ?? "";
  const { parts, matches } = segments(text.value, search);
  const index = matches === 0 ? 0 : chosen.value % matches;
  useEffect(() => {
    const element = box.current;
    if (element && follows.peek() && !search) {
      element.scrollTop = element.scrollHeight;
    }
  }, [text.value, search]);
  const step = (by: number) => {
    const next = (index + by + matches) % Math.max(1, matches);
    chosen.value = next;
    requestAnimationFrame(() => box.current?.querySelectorAll("mark")[next]?.scrollIntoView({ block: "nearest" }));
  };
  let mark = -1;
  return (
    <section class="output" aria-labelledby="output-title">
      <header class="panel-head">
        <h3 id="output-title">
          Output<span class="count">{words[state.value]}</span>
        </h3>
        <search class="buttons">
          <input
            type="search"
            placeholder="Find in output"
            aria-label="Find in output"
            value={search}
            onInput={(event) => {
              chosen.value = 0;
              setParams({ find: event.currentTarget.value });
            }}
            onKeyDown={(event) => event.key === "Enter" && matches > 0 && step(event.shiftKey ? -1 : 1)}
          />
          {search && (
            <>
              <span class="sub" role="status">
                {matches === 0 ? "not found" : `${index + 1} of ${count(matches, "place")}`}
              </span>
              <button type="button" class="button" aria-label="The place before" onClick={() => step(-1)}>
                ↑
              </button>
              <button type="button" class="button" aria-label="The next place" onClick={() => step(1)}>
                ↓
              </button>
            </>
          )}
        </search>
      </header>
      {fault.value && <p class="fault">{fault.value}</p>}
      {text.value === "" ? (
        <p class="empty">{emptyWords[state.value]}</p>
      ) : (
        <section
          ref={box}
          class="terminal"
          tabIndex={0}
          aria-label={name}
          onScroll={(event) => {
            const element = event.currentTarget;
            follows.value = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
          }}
        >
          <pre>
            {parts.map((part, at) => {
              if (!part.isMatch) {
                return part.text;
              }

              mark++;
              return (
                <mark key={at} class={mark === index ? "is-chosen" : ""}>
                  {part.text}
                </mark>
              );
            })}
          </pre>
        </section>
      )}
    </section>
  );
}

const words = { loading: "loading…", streaming: "live", complete: "complete", none: "" };
const emptyWords = {
  loading: "The output is loading…",
  streaming: "The agent has said nothing yet.",
  complete: "The agent said nothing.",
  none: "The output of this attempt is kept no longer.",
};

type Cell<T> = { value: T };

/** Reads on from where it stopped until the output is complete; the answer ends it. */
function follow(queueId: string, attempt: number, text: Cell<string>, state: Cell<string>, fault: Cell<string>): () => void {
  const ending = new AbortController();
  let callOff = () => {};
  let failures = 0;
  let offset = 0;
  let rest = REST;
  text.value = "";
  state.value = "loading";
  const read = async () => {
    try {
      const page = await get<Output>(`api/v1/queue/${queueId}/output?attempt=${attempt}&offset=${offset}&limit=${PART}`, ending.signal);
      const isNew = page.next_offset > offset;
      offset = page.next_offset;
      failures = 0;
      text.value = append(text.value, plain(page.text));
      fault.value = page.truncated ? "The output was longer than is kept: a part of it is missing." : "";
      const isBehind = isNew && page.next_offset - page.offset >= PART / 2;
      state.value = page.complete && !isNew ? "complete" : isBehind ? "loading" : "streaming";
      rest = isNew ? REST : Math.min(LONGEST_REST, rest * 1.5);
      if (state.value !== "complete") {
        callOff = later(isBehind || page.complete ? 0 : rest, read);
      }
    } catch (problem) {
      if (ending.signal.aborted) {
        return;
      }

      if (problem instanceof ApiError && problem.status === 404) {
        state.value = "none";
        fault.value = "";
        return;
      }

      fault.value = `The output cannot be read: ${problem instanceof Error ? problem.message : problem}`;
      callOff = retryLater(++failures, read);
    }
  };
  void read();
  return () => {
    ending.abort();
    callOff();
  };
}
