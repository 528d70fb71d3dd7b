import { isOver, openQuestion } from "../actions/refusals";
import type { Row } from "../api/types";

/** Whether a phase is at work, and nothing here does that work. */
export const isOutside = (row: Row) => row.status === "running" && row.workflow_type === "external";

/** Since when a phase is as it is: what its agent has asked waits since then, and not since the agent began. */
export const sinceOf = (row: Row) => openQuestion(row)?.asked_at ?? row.started_at;

/** What a phase waits for, as the host says it, and as it does not: an agent elsewhere, or that its feature is resumed. Empty where it waits for nothing. */
export function reasonOf(row: Row, isSuspended: boolean): string {
  // The question has a place of its own wherever there is room for it.
  const reason = openQuestion(row) ? "waits for an answer" : (row.wait_reason ?? (isOutside(row) ? "waits for a report from outside" : ""));
  const isHeld = isSuspended && !isOver(row) && reason !== "waits for its feature to be resumed";
  return [reason, isHeld ? "its feature is suspended" : ""].filter(Boolean).join(", ");
}
