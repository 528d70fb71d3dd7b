import { h, render } from "preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Row } from "../api/types";
import { needsYou, queue } from "../live/home";
import { NeedsYou } from "./NeedsYou";

const row = (phase_number: number, change: Partial<Row>) =>
  ({
    queue_id: `queue-4-${phase_number}`,
    feature_id: 4,
    feature_title: "Shop",
    phase_number,
    title: `P${phase_number}`,
    workflow_type: "claude",
    updated_at: "2026-03-01T12:09:00Z",
    error_message: null,
    question: null,
    ...change,
  }) as Row;
const asks = (phase_number: number, text: string, asked_at: string, change: Partial<Row> = {}) =>
  row(phase_number, {
    status: "awaiting_answer",
    ready_at: "2026-03-01T10:00:00Z",
    timeout_at: "2026-03-01T18:00:00Z",
    question: { number: 1, text, asked_at, answer: null },
    ...change,
  });

beforeEach(() => {
  queue.value = [
    asks(1, "\n  Which <b>database</b>?\nSQLite or PostgreSQL?", "2026-03-01T12:05:00Z"),
    row(2, { status: "awaiting_approval", ready_at: "2026-03-01T12:02:00Z", wait_reason: "waits for approval" }),
    asks(3, "Go on?", "2026-03-01T12:01:00Z"),
    asks(5, "Still there?", "2026-03-01T12:00:00Z", { error_message: "Cancelled." }),
  ];
});

afterEach(() => render(null, document.body));

test("who asks is told with its question, since when, until when, and a way to answer", () => {
  render(h(NeedsYou, { search: "" }), document.body);
  const asking = document.querySelector('[data-row="queue-4-1"]');
  expect(asking?.textContent).toContain("Answer phase 1: P1");
  expect(asking?.textContent).toContain("Which <b>database</b>?");
  expect(asking?.textContent).not.toContain("SQLite");
  expect(asking?.querySelector("b")).toBeNull();
  expect(asking?.textContent).toContain("claude · 4 Shop");
  const [since, until] = [...(asking?.querySelectorAll("time") ?? [])].map((time) => time.getAttribute("datetime"));
  expect([since, until]).toEqual(["2026-03-01T12:05:00Z", "2026-03-01T18:00:00Z"]);
  expect([...(asking?.querySelectorAll("button") ?? [])].map((button) => button.firstChild?.textContent)).toEqual(["Answer"]);
});

test("who has waited longest comes first, and an agent that is being stopped needs nobody", () => {
  expect(needsYou.value.map((one) => one.phase_number)).toEqual([3, 2, 1]);
});

test("an agent that asks is found by its question", () => {
  render(h(NeedsYou, { search: "database" }), document.body);
  expect(document.querySelectorAll("[data-row]")).toHaveLength(1);
});
