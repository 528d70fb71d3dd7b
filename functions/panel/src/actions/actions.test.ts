import { expect, test, vi } from "vitest";
import type { Feature, PhaseStatus, Row } from "../api/types";
import { featureConsequence, phaseConsequence, priorityConsequence } from "./consequences";
import { once } from "./perform";
import { featureRefusal, phaseRefusal } from "./refusals";

const row = (phase_number: number, status: PhaseStatus, ...depends_on: number[]) =>
  ({ phase_number, status, depends_on, title: `P${phase_number}`, issue_number: null }) as Row;
const feature = (status: Feature["status"], ...phases: Row[]) =>
  ({ id: 104, status, cancelling: false, max_cost_usd: null, phases }) as Feature;
const chain = (...statuses: PhaseStatus[]) => statuses.map((status, index) => row(index + 1, status, ...(index ? [index] : [])));

test("cancelling a feature says what stops and what never starts", () => {
  const one = feature(
    "in_progress",
    row(1, "running"),
    row(2, "running"),
    row(3, "queued", 1),
    row(4, "queued", 2),
    row(5, "ready"),
    row(6, "completed"),
  );
  expect(featureConsequence("cancel", one)).toBe(
    "Cancel feature 104: stops 2 agents, 3 phases never start; issues stay open. A retry starts it again.",
  );
  expect(featureConsequence("cancel", feature("planned", row(1, "queued")))).toBe(
    "Cancel feature 104: no agent is at work, 1 phase never starts; issues stay open. A retry starts it again.",
  );
});

test("a retry says what runs again, what it frees, and what stays", () => {
  const one = feature("failed", ...chain("completed", "failed", "blocked", "blocked"));
  expect(featureConsequence("retry", one)).toBe(
    "Runs phase 2 of feature 104 again, then what it blocked: phases 3 and 4. What is completed stays.",
  );
  expect(phaseConsequence("retry", one.phases[1] as Row, one)).toContain("Runs phase 2 of feature 104 again");
});

test("cancelling or denying a phase says what it blocks", () => {
  const one = feature("in_progress", ...chain("awaiting_approval", "queued", "queued"));
  expect(phaseConsequence("deny", one.phases[0] as Row, one)).toBe(
    "Denies phase 1 of feature 104: it fails without having started; phases 2 and 3, which depend on it, are blocked. A retry asks for the approval again.",
  );
  expect(phaseConsequence("cancel", one.phases[2] as Row, one)).toBe(
    "Cancels phase 3 of feature 104: it never starts; nothing depends on it.",
  );
  expect(phaseConsequence("cancel", { ...row(1, "running"), issue_number: 7 }, one)).toContain("blocked. Its issue stays open.");
  expect(phaseConsequence("approve", one.phases[0] as Row, one)).toMatch(/its agent starts as soon as there is a slot for it\.$/);
  expect(phaseConsequence("approve", one.phases[0] as Row, { ...one, status: "suspended" })).toMatch(
    /its agent starts once its feature is resumed\.$/,
  );
});

test("cancelling a phase that is over takes back the slot of an agent that cannot be stopped", () => {
  const over = { ...row(1, "completed"), wait_reason: "the agent of attempt 2 cannot be stopped (cancel the phase once more …)" };
  expect(phaseRefusal("cancel", over)).toBeNull();
  expect(phaseConsequence("cancel", over, feature("completed", over))).toBe(
    "Gives on the slot of phase 1 of feature 104, although its agent may still be at work. The phase stays completed.",
  );
});

test("approving beyond the cap says what was spent, and executing what may be", () => {
  const one = {
    ...feature("in_progress", ...chain("completed", "awaiting_approval")),
    max_cost_usd: 2,
    usage: { input_tokens: 1, output_tokens: 1, cost_usd: 2.25 },
  };
  expect(phaseConsequence("approve", one.phases[1] as Row, one)).toContain(
    "The feature has spent $2.25 of $2.00; what this phase costs comes on top.",
  );
  expect(featureConsequence("execute", one)).toContain("2 phases in all; once it has spent $2.00 it asks before anything more starts.");
});

test("an answer says which question it is to, and goes to no agent that waits for none or is being stopped", () => {
  const asks = {
    ...row(3, "awaiting_answer"),
    error_message: null,
    question: { number: 1, text: "Which?", asked_at: "2026-03-01T12:00:00Z", answer: null },
  };
  expect(phaseRefusal("answer", asks)).toBeNull();
  expect(phaseConsequence("answer", asks, feature("in_progress", asks))).toBe(
    "Answers question 1 of phase 3 of feature 104: its agent goes on.",
  );
  expect(phaseRefusal("answer", row(3, "running"))).toBe("This phase is running: its agent waits for no answer.");
  expect(phaseRefusal("answer", { ...asks, error_message: "Cancelled." })).toBe(
    "This phase is awaiting an answer, and its agent is being stopped.",
  );
});

test("suspending says what goes on and what waits", () => {
  expect(featureConsequence("suspend", feature("in_progress", row(1, "running"), row(2, "queued", 1)))).toBe(
    "Suspends feature 104: 1 agent at work goes on to its end, 1 phase waits until it is resumed.",
  );
  expect(featureConsequence("suspend", feature("in_progress", row(1, "ready"), row(2, "queued", 1)))).toBe(
    "Suspends feature 104: no agent is at work, 2 phases wait until it is resumed. Phase 1 loses its place in the line for a slot.",
  );
  expect(featureConsequence("suspend", feature("in_progress", row(1, "ready"), row(2, "ready")))).toMatch(
    /resumed\. 2 phases lose their places in the line for a slot\.$/,
  );
});

test.each([
  ["execute", "planned", null],
  ["execute", "in_progress", "executed already"],
  ["cancel", "completed", "nothing to cancel"],
  ["cancel", "suspended", null],
  ["suspend", "planned", "only a feature in progress"],
  ["resume", "suspended", null],
  ["resume", "in_progress", "only a suspended"],
  ["generate", "planned", "phases already"],
] as const)("%s of a feature that is %s is taken or refused with its reason", (action, status, reason) => {
  const refusal = featureRefusal(action, feature(status, row(1, "queued")));
  expect(refusal === null ? null : refusal.includes(reason ?? "never")).toBe(reason === null ? null : true);
});

test("a feature that is being cancelled, one without phases and one without a failure take less", () => {
  expect(featureRefusal("suspend", { ...feature("in_progress", row(1, "running")), cancelling: true })).toBe(
    "This feature is being cancelled.",
  );
  expect(featureRefusal("execute", feature("planned"))).toContain("generate them first");
  expect(featureRefusal("retry", feature("completed", row(1, "completed")))).toContain("nothing to retry");
  expect(featureRefusal("retry", feature("failed", row(1, "failed")))).toBeNull();
});

test.each([
  ["approve", "awaiting_approval", true],
  ["approve", "ready", false],
  ["retry", "failed", true],
  ["retry", "cancelled", true],
  ["retry", "running", false],
  ["cancel", "blocked", true],
  ["cancel", "completed", false],
] as const)("%s of a phase that is %s: %s", (action, status, isTaken) => {
  expect(phaseRefusal(action, row(1, status)) === null).toBe(isTaken);
});

test("what is asked twice while it is done is done once, and can be done again after", async () => {
  const work = vi.fn(() => Promise.resolve());
  await Promise.all([once("a", work), once("a", work), once("b", work)]);
  expect(work).toHaveBeenCalledTimes(2);
  await once("a", work);
  expect(work).toHaveBeenCalledTimes(3);
});

test("a priority says whom the phase goes ahead of", () => {
  const place = (phase_number: number, position: number | null, priority: number) =>
    ({ feature_id: 104, phase_number, position, priority, status: position === null ? "queued" : "ready" }) as Row;
  const line = [place(1, 1, 10), place(2, 2, 50), place(3, 3, 50), place(4, 4, 50), place(5, null, 50)];
  const [first, , , last, later] = line as [Row, Row, Row, Row, Row];
  expect(priorityConsequence(last, 10, line)).toBe(
    "Phase 4 of feature 104 gets priority 10 in place of 50: it goes ahead of 2 phases in the line.",
  );
  expect(priorityConsequence(first, 90, line)).toBe(
    "Phase 1 of feature 104 gets priority 90 in place of 10: it goes behind 3 phases in the line.",
  );
  expect(priorityConsequence(last, 50, line)).toContain("nothing changes");
  expect(priorityConsequence(last, 90, line)).toContain("keeps its place");
  expect(priorityConsequence(later, 10, line)).toContain("It counts once the phase is in the line for a slot.");
});

test.each<[PhaseStatus, boolean]>([
  ["queued", true],
  ["ready", true],
  ["blocked", true],
  ["awaiting_approval", true],
  ["running", false],
  ["completed", false],
])("a phase that is %s takes another priority: %s", (status, takes) => {
  expect(phaseRefusal("prioritize", row(1, status)) === null).toBe(takes);
});
