import { expect, test } from "vitest";
import type { PhaseStatus, Row } from "../api/types";
import { reasonOf } from "./reason";

const asks = (error_message: string | null, wait_reason: string | null) =>
  ({
    status: "awaiting_answer",
    error_message,
    wait_reason,
    question: { number: 1, text: "Which?", asked_at: "2026-03-01T12:00:00Z", answer: null },
  }) as Row;
const row = (status: PhaseStatus, workflow_type: string, wait_reason: string | null = null) =>
  ({ status, workflow_type, wait_reason }) as Row;

test.each<[Row, isSuspended: boolean, reason: string]>([
  [row("running", "shell"), false, ""],
  [row("running", "external"), false, "waits for a report from outside"],
  [row("running", "external", "its agent is being stopped: Cancelled."), false, "its agent is being stopped: Cancelled."],
  [row("completed", "external"), true, ""],
  [asks(null, null), false, "waits for an answer"],
  [asks(null, "waits for an answer: Which?"), false, "waits for an answer"],
  [asks("Cancelled.", "its agent is being stopped: Cancelled."), false, "its agent is being stopped: Cancelled."],
  [row("running", "shell"), true, "its feature is suspended"],
  [row("queued", "external", "waits for phase 1"), true, "waits for phase 1, its feature is suspended"],
  [row("queued", "shell", "waits for its feature to be resumed"), true, "waits for its feature to be resumed"],
])("%o of a feature that is suspended (%s): %s", (shown, isSuspended, reason) => {
  expect(reasonOf(shown, isSuspended)).toBe(reason);
});
