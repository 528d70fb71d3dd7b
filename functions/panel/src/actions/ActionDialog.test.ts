import { h, render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Feature, Row } from "../api/types";
import { features } from "../live/home";
import { ActionDialog } from "./ActionDialog";
import { notice, proposal, proposeForPhase } from "./perform";

const TEXT = "Which database?\n\n    a) <b>SQLite</b>\n    b) PostgreSQL";
const answered = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const fetch = vi.fn();
const sent = () => fetch.mock.calls.filter(([url]) => String(url).endsWith("/answer")).map(([, call]) => JSON.parse(call.body));

beforeEach(() => {
  fetch.mockReset().mockImplementation(() => new Promise(() => {}));
  vi.stubGlobal("fetch", fetch);
  const row = {
    queue_id: "queue-104-3",
    feature_id: 104,
    phase_number: 3,
    title: "Store",
    status: "awaiting_answer",
    depends_on: [],
    error_message: null,
    question: { number: 2, text: TEXT, asked_at: "2026-03-01T12:00:00Z", answer: null },
  } as unknown as Row;
  asks = row;
  open();
});

let asks: Row;
function open(number = 2) {
  const row = { ...asks, question: { ...asks.question, number } } as Row;
  proposal.value = proposeForPhase("answer", row, { id: 104, updated_at: "2026-03-01T12:00:00Z", phases: [row] } as unknown as Feature);
  render(h(ActionDialog, {}), document.body);
}

afterEach(() => {
  proposal.value = null;
  render(null, document.body);
  vi.unstubAllGlobals();
});

const field = () => document.querySelector("textarea") as HTMLTextAreaElement;
function type(text: string) {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

test("the whole question is shown as the text that it is, with what an answer does", () => {
  expect(document.querySelector("dialog pre")?.textContent).toBe(TEXT);
  expect(document.querySelector("dialog")?.textContent).toContain("Answers question 2 of phase 3 of feature 104: its agent goes on.");
  expect(field().closest("label")?.textContent).toBe("Answer");
  expect([field().required, field().maxLength]).toEqual([true, 4000]);
});

test("an answer is sent once, however often it is sent, with the number of its question", async () => {
  const press = () => field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }));
  press(); // Nothing is written yet.
  type("  b)\n");
  press();
  press();
  document.querySelector<HTMLButtonElement>("dialog button[type=submit]")?.click();
  await vi.waitFor(() => expect(sent()).toEqual([{ answer: "  b)\n", question: 2 }]));
});

test("a question that is not open any more is told, and what was written stays", async () => {
  fetch.mockImplementation(() => Promise.resolve(answered(409, { title: "Not in this state", detail: "Question 2 is not open." })));
  type("b)");
  document.querySelector<HTMLButtonElement>("dialog button[type=submit]")?.click();
  await vi.waitFor(() => expect(document.querySelector("dialog [role=alert]")?.textContent).toBe("Question 2 is not open."));
  expect(field().value).toBe("b)");
});

test("an answer that somebody else gives meanwhile is told at once, and what was written stays", async () => {
  type("b)");
  const answered = { ...asks, status: "running", question: { ...asks.question, answer: "a), as ever" } } as Row;
  const feature = { id: 104, status: "in_progress", updated_at: "2026-03-01T12:01:00Z", phases: [answered] } as unknown as Feature;
  features.value = { in_progress: { features: [feature], total: 1 } };
  const told = "Question 2 is not open any more: it was answered with “a), as ever”.";
  await vi.waitFor(() => expect(document.querySelector("dialog .consequence")?.textContent).toBe(told));
  expect(field().value).toBe("b)");
  features.value = {};
});

test("an answer that is on its way closes no other dialog when it has come", async () => {
  let come = (_: Response) => {};
  fetch.mockImplementation(() => new Promise((done) => (come = done)));
  type("b)");
  document.querySelector<HTMLButtonElement>("dialog button[type=submit]")?.click();
  await vi.waitFor(() => expect(sent()).toHaveLength(1));
  open(3);
  const other = proposal.value;
  come(answered(200, {}));
  await vi.waitFor(() => expect(notice.value?.text).toContain("has its answer"));
  expect(proposal.value).toBe(other);
});

test("what was written is there when the dialog is opened again, for that question alone, and gone once it was sent", async () => {
  type("b), because");
  document.querySelector("dialog")?.dispatchEvent(new Event("cancel", { cancelable: true }));
  expect(proposal.value).toBeNull();
  open();
  expect(field().value).toBe("b), because");
  open(3);
  expect(field().value).toBe("");
  open();
  fetch.mockImplementation(() => Promise.resolve(answered(200, {})));
  document.querySelector<HTMLButtonElement>("dialog button[type=submit]")?.click();
  await vi.waitFor(() => expect(proposal.value).toBeNull());
  open();
  expect(field().value).toBe("");
});
