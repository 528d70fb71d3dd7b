import type { Feature, Question, Row } from "../api/types";
import { featureWords, phaseWords } from "../words/status";

export type FeatureAction = "execute" | "cancel" | "suspend" | "resume" | "retry" | "generate";
export type PhaseAction = "retry" | "cancel" | "answer" | "approve" | "deny" | "prioritize";

/** Why a feature does not take an action now, as one sentence; null where it does. The host decides again. */
export function featureRefusal(action: FeatureAction, feature: Feature): string | null {
  const is = `This feature is ${featureWords[feature.status]}`;
  if (feature.cancelling && action !== "execute" && action !== "generate") {
    return "This feature is being cancelled.";
  }

  switch (action) {
    case "execute":
      return feature.phases.length === 0
        ? "It has no phases yet: generate them first."
        : feature.status === "planned"
          ? null
          : `${is}: it was executed already.`;
    case "generate":
      return feature.phases.length > 0 ? "It has phases already." : null;
    case "cancel":
      return isFinished(feature) ? `${is}: there is nothing to cancel.` : null;
    case "suspend":
      return feature.status === "in_progress" ? null : `${is}: only a feature in progress can be suspended.`;
    case "resume":
      return feature.status === "suspended" ? null : `${is}: only a suspended feature can be resumed.`;
    case "retry":
      return feature.phases.some(isRetryable) ? null : "No phase failed or was cancelled: there is nothing to retry.";
  }
}

/** Why a phase does not take an action now, as one sentence; null where it does. */
export function phaseRefusal(action: PhaseAction, row: Row): string | null {
  const is = `This phase is ${phaseWords[row.status]}`;
  switch (action) {
    case "answer":
      return openQuestion(row)
        ? null
        : row.status === "awaiting_answer"
          ? `${is}, and its agent is being stopped.`
          : `${is}: its agent waits for no answer.`;
    case "cancel":
      // One that is over waits for nothing but an agent that cannot be stopped: to cancel it once more gives its slot on.
      return isOver(row) && !row.wait_reason ? `${is}: there is nothing to cancel.` : null;
    case "retry":
      return isRetryable(row) ? null : `${is}: only a failed or cancelled phase can be retried.`;
    case "prioritize":
      return ["queued", "ready", "awaiting_approval", "blocked"].includes(row.status) ? null : `${is}: it waits in no line.`;
    default:
      return row.status === "awaiting_approval" ? null : `${is}: it waits for no approval.`;
  }
}

/** What the agent of a phase waits to hear; null where it does not wait, or is being stopped. */
export const openQuestion = (row: Row): Question | null =>
  row.status === "awaiting_answer" && row.error_message === null ? row.question : null;

export const isOver = (row: Row) => row.status === "completed" || row.status === "failed" || row.status === "cancelled";
export const isRetryable = (row: Row) => row.status === "failed" || row.status === "cancelled";
export const isFinished = (feature: Feature) => ["completed", "failed", "cancelled"].includes(feature.status);
