import { render } from "preact";
import { beforeEach, expect, test, vi } from "vitest";
import type { Attempt, Change, Feature, Row } from "../api/types";
import { setParams } from "../route/route";
import { PhaseDetails } from "./PhaseDetails";

// Its output is asked for, and never comes.
const fetch = vi.fn(() => new Promise(() => {}));
vi.stubGlobal("fetch", fetch);

const row = (change: Partial<Row>) =>
  ({
    phase_number: 2,
    queue_id: "queue-1-2",
    feature_id: 1,
    attempt: 0,
    issue_number: null,
    updated_at: "2026-03-01T12:00:00Z",
    approval: "none",
    depends_on: [],
    external_docs: [],
    ...change,
  }) as unknown as Row;

beforeEach(() => {
  render(null, document.body);
  fetch.mockClear();
  changes = [];
});

let changes: Change[] = [];

function show(shown: Row, ...attempts: Partial<Attempt>[]): string {
  const made = attempts.map((one) => ({ queue_id: "queue-1-2", launched_at: "2026-03-01T12:00:00Z", adw_id: "adw-1", ...one }));
  const feature = { id: 1, status: "in_progress", phases: [shown], attempts: made } as unknown as Feature;
  render(<PhaseDetails feature={feature} row={shown} changes={changes} />, document.body);
  return document.body.textContent ?? "";
}

/** Each action with why it cannot be taken now, as it is told to those who come to its button. */
function actionsOf(shown: Row): [label: string, refusal: string][] {
  show(shown);
  return [...document.querySelectorAll<HTMLButtonElement>(".action button")].map((button) => {
    const why = document.getElementById(button.getAttribute("aria-describedby") ?? "")?.textContent ?? "";
    expect(button.getAttribute("aria-disabled")).toBe(why ? "true" : null);
    expect(button.disabled).toBe(false);
    return [button.firstChild?.textContent ?? "", why];
  });
}

test("a phase that its feature's cap holds up can be approved and denied, though its plan asks for no approval", () => {
  expect(actionsOf(row({ status: "awaiting_approval" }))).toEqual([
    ["Answer", "This phase is awaiting approval: its agent waits for no answer."],
    ["Approve", ""],
    ["Deny", ""],
    ["Retry", "This phase is awaiting approval: only a failed or cancelled phase can be retried."],
    ["Priority", ""],
    ["Cancel", ""],
  ]);
});

test("what a phase does not take now stays where it is, and says why", () => {
  expect(actionsOf(row({ status: "completed", wait_reason: null }))).toEqual([
    ["Answer", "This phase is completed: its agent waits for no answer."],
    ["Approve", "This phase is completed: it waits for no approval."],
    ["Deny", "This phase is completed: it waits for no approval."],
    ["Retry", "This phase is completed: only a failed or cancelled phase can be retried."],
    ["Priority", "This phase is completed: it waits in no line."],
    ["Cancel", "This phase is completed: there is nothing to cancel."],
  ]);
});

const question = { number: 2, text: "Which?\n  <b>a</b> or b", asked_at: "2026-03-01T12:05:00Z", answer: null };

test("what an agent asks is shown whole while it waits, and with its answer for as long as its attempt is", () => {
  const asks = row({
    status: "awaiting_answer",
    attempt: 2,
    max_attempts: 2,
    error_message: null,
    started_at: "2026-03-01T12:00:00Z",
    question,
  });
  expect(actionsOf(asks)[0]).toEqual(["Answer", ""]);
  const texts = () => [...document.querySelectorAll(".question pre")].map((text) => text.textContent);
  const asked = () => document.querySelector(".question")?.textContent;
  expect(texts()).toEqual([question.text]);
  expect(asked()).toMatch(/^Question 2asked .* ago/);
  expect(asked()).toContain("Nobody has answered yet.");
  // The time of the wait, and not of the attempt.
  expect([...document.querySelectorAll(".panel > p time")].map((time) => time.getAttribute("datetime"))).toEqual([question.asked_at]);

  const first = { attempt: 1, completed: false } as const;
  show({ ...asks, status: "running", question: { ...question, answer: "a,\n  <i>please</i>" } }, first, { attempt: 2 });
  expect(texts()).toEqual([question.text, "a,\n  <i>please</i>"]);
  show({ ...asks, status: "failed", error_message: "Timed out." }, first, { attempt: 2 });
  expect(asked()).toContain("Nobody answered.");
  setParams({ attempt: "1" });
  show({ ...asks, status: "running" }, first, { attempt: 2 });
  expect(texts()).toEqual([]);
  setParams({ attempt: undefined });
});

test("what an attempt asked before can be read, with what it was answered", async () => {
  const told = (attempt: number, number: number, answer: string | null) => {
    const data = { attempt, question: { ...question, number, text: `What, ${number}?`, answer } };
    return { type: "phase_changed", queue_id: "queue-1-2", data } as unknown as Change;
  };
  changes = [told(1, 1, null), told(2, 2, null), told(2, 2, "two"), told(2, 3, null), told(2, 3, "three")];
  const asks = row({ status: "awaiting_answer", attempt: 2, max_attempts: 2, error_message: null, question: { ...question, number: 4 } });
  const attempts = [{ attempt: 1, completed: false }, { attempt: 2 }] as const;
  const texts = () => [...document.querySelectorAll(".question pre")].map((text) => text.textContent);
  show(asks, ...attempts);
  expect(texts()).toEqual([question.text]);
  const earlier = document.querySelector("details") as HTMLDetailsElement;
  expect(earlier.querySelector("summary")?.textContent).toBe("2 earlier questions");
  earlier.open = true;
  earlier.dispatchEvent(new Event("toggle"));
  await vi.waitFor(() => expect(texts()).toEqual([question.text, "What, 3?", "three", "What, 2?", "two"]));
  expect(new Set([...document.querySelectorAll(".question h3[id]")].map((title) => title.id)).size).toBe(3);

  setParams({ attempt: "1" });
  show(asks, ...attempts);
  expect(texts()).toEqual(["What, 1?"]);
  expect(document.querySelector(".question")?.textContent).toContain("Nobody answered.");
  setParams({ attempt: undefined });
});

test("an attempt that never started an agent is not counted, and no output is asked for before one has", () => {
  expect(show(row({ status: "ready", attempt: 2, max_attempts: 2 }))).not.toMatch(/Attempt\d/);
  expect(document.body.textContent).toContain("No agent has started yet");
  expect(fetch).not.toHaveBeenCalled();

  show(row({ status: "running", attempt: 1, workflow_type: "external" }), { attempt: 1 });
  expect(document.body.textContent).toContain("Its agent works elsewhere");
  expect(fetch).not.toHaveBeenCalled();

  const second = { attempt: 2, status: "live" } as const;
  expect(show(row({ status: "running", attempt: 2, max_attempts: 2 }), second)).toContain("1 of 1, launched");
  expect(document.querySelectorAll('nav[aria-label="Attempts"]')).toHaveLength(0);
  expect(show(row({ status: "running", attempt: 4, max_attempts: 5 }), second, { attempt: 4 })).toContain("2 of 3, launched");
  expect([...document.querySelectorAll('nav[aria-label="Attempts"] a')].map((tab) => tab.firstChild?.textContent?.trim())).toEqual([
    "Attempt",
    "Attempt",
  ]);
  expect(document.querySelector('nav[aria-label="Attempts"]')?.textContent).toMatch(/Attempt 1.*Attempt 2/);
});

test("a long error shows what failed and its end at once, and the rest when it is asked for", () => {
  const lines = ["exit code 1", ...Array.from({ length: 30 }, (_, index) => `line ${index}`), "the schedule is not valid"];
  const shown = show(row({ status: "failed", error_message: lines.join("\n") }));
  expect(shown).toContain("exit code 1");
  expect(shown).toContain("the schedule is not valid");
  expect(shown).not.toContain("line 3\n");
  const all = [...document.querySelectorAll("button")].find((button) => button.textContent === "Show 23 lines between");
  all?.click();
  return vi.waitFor(() => expect(document.querySelector(".error")?.textContent).toBe(lines.join("\n")));
});
