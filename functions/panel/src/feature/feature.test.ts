import { expect, test } from "vitest";
import type { Attempt, Change, Row } from "../api/types";
import { mostOf, numbersOf } from "./attempts";
import { eventFields, eventWords, told } from "./events";
import { append, MOST_KEPT, plain, segments } from "./output";
import { timelineOf } from "./timeline";
import { isSpent, spendWords, usageWords } from "./usage";

const T = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(T + seconds * 1000).toISOString();
const row = (phase_number: number, change: Partial<Row> = {}) =>
  ({ phase_number, queue_id: `queue-1-${phase_number}`, attempt: 1, status: "completed", ...change }) as Row;
const change = (queue_id: string, data: Change["data"], cursor = 1): Change => ({
  cursor,
  type: "phase_changed",
  feature_id: 1,
  queue_id,
  at: at(0),
  data,
});

test("the wait for a slot and the work are apart", () => {
  const line = timelineOf([row(1, { ready_at: at(0), started_at: at(4), finished_at: at(10) })], [], [], T);
  expect(line?.lanes[0]?.bars).toEqual([
    { kind: "wait", attempt: 1, look: "ready", from: T, to: T + 4000, isOpen: false },
    { kind: "work", attempt: 1, look: "completed", from: T + 4000, to: T + 10_000, isOpen: false },
  ]);
  expect([line?.lanes[0]?.waited, line?.lanes[0]?.worked]).toEqual([4000, 6000]);
});

test("what has not ended goes on until now", () => {
  const running = row(1, { status: "running", ready_at: at(0), started_at: at(0) });
  const waiting = row(2, { status: "ready", ready_at: at(2) });
  const line = timelineOf([running, waiting], [], [], T + 5000);
  expect(line?.lanes.map((lane) => [lane.waited, lane.worked])).toEqual([
    [0, 5000],
    [3000, 0],
  ]);
  expect(line?.end).toBe(T + 5000);
});

test("the wait for another attempt is time as well", () => {
  const waits = row(1, { status: "queued", ready_at: at(0), started_at: at(0), finished_at: at(6) });
  expect(timelineOf([waits], [], [], T + 60_000, false)?.end).toBe(T + 60_000);
  expect(timelineOf([waits], [], [], T + 60_000, true)?.end).toBe(T + 6000);
});

test("each attempt has its bars, from what the feed told of it", () => {
  const changes = [
    change("queue-1-1", { status: "running", attempt: 1, ready_at: at(0), started_at: at(1), finished_at: null }),
    change("queue-1-1", { status: "ready", attempt: 2, ready_at: at(8), started_at: null, finished_at: null }),
    change("queue-1-1", { status: "running", attempt: 2, ready_at: at(8), started_at: at(9), finished_at: null }),
  ];
  const attempts = [{ queue_id: "queue-1-1", attempt: 1, launched_at: at(1), reported_at: at(5), completed: false } as Attempt];
  const line = timelineOf([row(1, { attempt: 2, ready_at: at(8), started_at: at(9), finished_at: at(12) })], attempts, changes, T);
  expect(line?.lanes[0]?.bars.map((bar) => [bar.kind, bar.attempt, bar.look, (bar.from - T) / 1000, (bar.to - T) / 1000])).toEqual([
    ["wait", 1, "ready", 0, 1],
    ["work", 1, "failed", 1, 5],
    ["wait", 2, "ready", 8, 9],
    ["work", 2, "completed", 9, 12],
  ]);
});

test("the slots that a feature held: what ends makes room for what begins then", () => {
  const done = (number: number, from: number, to: number) => row(number, { ready_at: at(from), started_at: at(from), finished_at: at(to) });
  const line = timelineOf([done(1, 0, 4), done(2, 4, 8), done(3, 4, 6)], [], [], T);
  expect(line?.peak).toBe(2);
  expect(line?.occupancy.map((step) => [(step.at - T) / 1000, step.count])).toEqual([
    [0, 1],
    [4, 2],
    [6, 1],
    [8, 0],
  ]);
});

test("there is no timeline before anything waited or worked", () => {
  expect(timelineOf([row(1, { status: "queued", attempt: 0, ready_at: null, started_at: null, finished_at: null })], [], [], T)).toBeNull();
});

test("terminal colours and cursor moves are not shown", () => {
  expect(plain("\u001b[1;32mok\u001b[0m\r\n\u001b]0;title\u0007done\u001b[2K")).toBe("ok\ndone");
});

test("a long output loses its start at the end of a line", () => {
  const kept = append(`${"a".repeat(10)}\n`.repeat(MOST_KEPT / 11), "the end");
  expect(kept.length).toBeLessThanOrEqual(MOST_KEPT);
  expect(kept.startsWith("a".repeat(10))).toBe(true);
  expect(kept.endsWith("the end")).toBe(true);
  expect(append("a", "b")).toBe("ab");
});

test("a search marks every place, whatever its case", () => {
  expect(segments("Error: no error", "error")).toEqual({
    matches: 2,
    parts: [
      { text: "Error", isMatch: true },
      { text: ": no ", isMatch: false },
      { text: "error", isMatch: true },
    ],
  });
  expect(segments("abc", "")).toEqual({ matches: 0, parts: [{ text: "abc", isMatch: false }] });
  expect(segments("a.c abc", "a.c").matches).toBe(1);
});

test("a search counts more places than it marks, and loses no text", () => {
  const text = "ab".repeat(5000);
  const { parts, matches } = segments(text, "a");
  expect(matches).toBe(5000);
  expect(parts.filter((part) => part.isMatch)).toHaveLength(2000);
  expect(parts.map((part) => part.text).join("")).toBe(text);
});

const launched = (attempt: number, phase = 3) => ({ queue_id: `queue-1-${phase}`, attempt }) as Attempt;

test("events are sentences", () => {
  const numbers = numbersOf([launched(1), launched(2)]);
  expect(eventWords(change("queue-1-3", { status: "running", attempt: 2, slot: 1, issue_number: 7 }), numbers)).toBe(
    "Phase 3 running (attempt 2, slot 1, issue 7)",
  );
  expect(eventWords(change("queue-1-3", { status: "failed", attempt: 1, error_message: "exit code 1\nmore" }), numbers)).toBe(
    "Phase 3 failed (attempt 1, exit code 1: more)",
  );
  expect(
    eventWords({ ...change("queue-1-3", { status: "completed", attempt: 1, result: "stale" }), type: "report_received" }, numbers),
  ).toBe("Phase 3, attempt 1: report completed, stale");
  expect(eventWords({ ...change("", { status: "in_progress" }), type: "feature_changed", queue_id: null }, numbers)).toBe(
    "Feature in progress",
  );
  expect(eventWords({ ...change("", {}), type: "feature_removed", queue_id: null }, numbers)).toBe("Feature removed: it ended long ago");
});

test("a question and its answer are told by the first line of the one and the number of both", () => {
  const numbers = numbersOf([launched(1)]);
  const question = { number: 2, text: "Which database?\nSQLite?", asked_at: at(3), answer: null };
  const asks = change("queue-1-3", { status: "awaiting_answer", attempt: 1, slot: 1, question });
  expect(eventWords(asks, numbers)).toBe("Phase 3 asks (attempt 1, slot 1): Which database?");
  const goesOn = change("queue-1-3", { status: "running", attempt: 1, slot: 1, question: { ...question, answer: "SQLite" } });
  expect(eventWords(goesOn, numbers)).toBe("Phase 3 running (attempt 1, slot 1, question 2 answered)");
  const ends = change("queue-1-3", { ...goesOn.data, status: "completed", slot: null });
  expect(eventWords(ends, numbers)).toBe("Phase 3 completed (attempt 1)");
  expect(eventFields(asks)).toContainEqual(["question text", question.text]);
});

test("a phase whose agent asks is at work, with its slot, and each wait for an answer is marked", () => {
  const question = { number: 1, text: "Which?", asked_at: at(3), answer: null };
  const began = { attempt: 1, slot: 1, ready_at: at(0), started_at: at(1), finished_at: null };
  const changes = [
    change("queue-1-1", { status: "running", ...began }, 1),
    { ...change("queue-1-1", { status: "awaiting_answer", ...began, question }, 2), at: at(3) },
  ];
  const asks = row(1, { status: "awaiting_answer", ready_at: at(0), started_at: at(1), finished_at: null, question });
  const bars = [
    ["wait", 0, 1, false],
    ["work", 1, 9, true],
  ];
  const open = timelineOf([asks], [], changes, T + 9000);
  expect(barsOf(open)).toEqual([...bars, ["ask", 3, 9, true]]);
  expect([open?.peak, open?.lanes[0]?.worked, open?.lanes[0]?.asked]).toEqual([1, 2000, 6000]);
  expect(open?.lanes[0]?.bars.at(-1)).toMatchObject({ attempt: 1, look: "awaiting_answer" });
  // The page may be read before the feed has told of the question.
  expect(barsOf(timelineOf([asks], [], changes.slice(0, 1), T + 9000))).toEqual([...bars, ["ask", 3, 9, true]]);

  const goesOn = { ...change("queue-1-1", { status: "running", ...began, question: { ...question, answer: "a" } }, 3), at: at(5) };
  const answered = [...changes, goesOn];
  expect(barsOf(timelineOf([{ ...asks, status: "running" }], [], answered, T + 9000))).toEqual([...bars, ["ask", 3, 5, false]]);

  const again = { ...question, number: 2, asked_at: at(6) };
  const told = { ...change("queue-1-1", { status: "awaiting_answer", ...began, question: again }, 4), at: at(6) };
  expect(barsOf(timelineOf([{ ...asks, question: again }], [], [...answered, told], T + 9000))).toEqual([
    ...bars,
    ["ask", 3, 5, false],
    ["ask", 6, 9, true],
  ]);
});

test("an attempt that left the line and never started an agent is none that a person counts", () => {
  const numbers = numbersOf([launched(1, 2), launched(2), launched(4)]);
  expect(eventWords(change("queue-1-3", { status: "queued", attempt: 1 }), numbers)).toBe("Phase 3 queued");
  expect(eventWords(change("queue-1-3", { status: "running", attempt: 4, slot: 1 }), numbers)).toBe("Phase 3 running (attempt 2, slot 1)");
  const left = row(3, { status: "queued", attempt: 1, max_attempts: 3 });
  expect(mostOf(left, numbersOf([]))).toBe(2);
  expect(mostOf({ ...left, status: "ready", attempt: 2 }, numbersOf([]))).toBe(2);
  expect(mostOf({ ...left, status: "running", attempt: 2 }, numbersOf([launched(2)]))).toBe(2);
  expect(mostOf({ ...left, status: "failed", attempt: 3 }, numbersOf([launched(2), launched(3)]))).toBe(2);
});

test("what says nothing new is told once, and a backoff by the attempt before it", () => {
  const numbers = numbersOf([launched(1)]);
  const runs = change("queue-1-3", { status: "running", attempt: 1, slot: 1, issue_number: 7 });
  const others = { ...runs, queue_id: "queue-1-4" };
  const waits = change("queue-1-3", { status: "queued", attempt: 1 });
  expect(told([runs, others, { ...runs, cursor: 2 }, waits, runs], numbers)).toEqual([runs, others, waits, runs]);
  expect(eventWords(waits, numbers)).toBe("Phase 3 queued (after attempt 1)");
});

test("a wait that ended without a slot has its length", () => {
  const changes = [
    change("queue-1-1", { status: "ready", attempt: 1, ready_at: at(0), started_at: null }, 1),
    { ...change("queue-1-1", { status: "queued", attempt: 1, ready_at: null, started_at: null }, 2), at: at(7) },
  ];
  const line = timelineOf([row(1, { status: "queued", ready_at: null, started_at: null, finished_at: null })], [], changes, T);
  expect(line?.lanes[0]?.bars.map((bar) => [bar.kind, (bar.to - bar.from) / 1000])).toEqual([["wait", 7]]);
});

const barsOf = (line: ReturnType<typeof timelineOf>) =>
  line?.lanes[0]?.bars.map((bar) => [bar.kind, (bar.from - T) / 1000, (bar.to - T) / 1000, bar.isOpen]);
/** What the feed tells when a phase left the line, or ended an attempt, and is asked for an approval. */
const asked = (first: Change["data"], ...more: [second: number, data: Change["data"]][]) => [
  change("queue-1-1", { attempt: 1, ...first }, 1),
  ...more.map(([second, data], index) => ({ ...change("queue-1-1", { attempt: 1, ...first, ...data }, index + 2), at: at(second) })),
];

test("the time in which an approval is asked for is no wait for a slot", () => {
  const changes = asked(
    { status: "ready", ready_at: at(0), started_at: null },
    [2, { status: "queued", ready_at: null }],
    [3, { status: "awaiting_approval", ready_at: at(3) }],
  );
  const waits = row(1, { status: "awaiting_approval", ready_at: at(3), started_at: null, finished_at: null });
  const before = [
    ["wait", 0, 2, false],
    ["ask", 3, 9, true],
  ];
  const open = timelineOf([waits], [], changes, T + 9000);
  expect(barsOf(open)).toEqual(before);
  expect([open?.lanes[0]?.waited, open?.lanes[0]?.worked, open?.peak]).toEqual([2000, 0, 0]);

  const denied = { ...waits, status: "failed", finished_at: at(9) } as Row;
  const after = [...changes, ...asked({}, [9, { status: "failed", ready_at: at(3), started_at: null, finished_at: at(9) }]).slice(1)];
  expect(barsOf(timelineOf([denied], [], after, T + 20_000))).toEqual([before[0], ["ask", 3, 9, false]]);
});

test("an approval that is asked for after an attempt leaves its bars as they were", () => {
  const changes = asked(
    { status: "running", ready_at: at(0), started_at: at(1), finished_at: null },
    [5, { status: "queued", finished_at: at(5) }],
    [6, { status: "awaiting_approval", ready_at: at(6), finished_at: at(5) }],
    [9, { status: "cancelled", ready_at: at(6), finished_at: at(9) }],
  );
  const over = row(1, { status: "cancelled", ready_at: at(6), started_at: at(1), finished_at: at(9) });
  expect(barsOf(timelineOf([over], [], changes, T + 20_000))).toEqual([
    ["wait", 0, 1, false],
    ["work", 1, 5, false],
    ["ask", 6, 9, false],
  ]);
});

test("a first approval is on the timeline, before anything waited for a slot", () => {
  const waits = row(1, { status: "awaiting_approval", attempt: 0, ready_at: at(1), started_at: null, finished_at: null });
  expect(barsOf(timelineOf([waits], [], [], T + 4000))).toEqual([["ask", 1, 4, true]]);
});

test("the fields of an event are those that say something", () => {
  expect(eventFields(change("q", { status: "ready", slot: null, attempt: 1 }))).toEqual([
    ["status", "ready"],
    ["attempt", "1"],
  ]);
});

test("usage is told in tokens and money", () => {
  expect(usageWords({ input_tokens: 12345, output_tokens: 67, cost_usd: 1.5 })).toBe("12,345 tokens in, 67 out, $1.50");
  expect(usageWords(null)).toBe("");
});

test.each([
  [1.25, 5, "$1.25 of $5.00", false],
  [5, 5, "$5.00 of $5.00", true],
  [null, 5, "$0.00 of $5.00", false],
  [0.5, null, "$0.50", false],
  [null, null, "", false],
])("what was spent is told beside what may be: %s of %s", (cost_usd, max_cost_usd, words, spent) => {
  const feature = { usage: cost_usd === null ? null : { input_tokens: 1, output_tokens: 1, cost_usd }, max_cost_usd };
  expect(spendWords(feature)).toBe(words);
  expect(isSpent(feature)).toBe(spent);
});
