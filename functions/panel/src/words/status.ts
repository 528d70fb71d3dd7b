import type { FeatureStatus, PhaseStatus, Row } from "../api/types";

export const phaseWords: Record<PhaseStatus, string> = {
  queued: "queued",
  ready: "ready",
  running: "running",
  completed: "completed",
  failed: "failed",
  blocked: "blocked",
  cancelled: "cancelled",
  awaiting_approval: "awaiting approval",
  awaiting_answer: "awaiting an answer",
};

export const featureWords: Record<FeatureStatus, string> = {
  planned: "planned",
  in_progress: "in progress",
  suspended: "suspended",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

/** Whether an agent is at work, or waits for an answer: it has its slot, and its time goes on. */
export const holdsSlot = (row: Row) => row.status === "running" || row.status === "awaiting_answer";

/** The order in which counts of phases are told: what a person must look at comes first. */
export const phaseOrder: PhaseStatus[] = [
  "awaiting_answer",
  "awaiting_approval",
  "failed",
  "running",
  "ready",
  "queued",
  "blocked",
  "cancelled",
  "completed",
];

/** Which look of the phases a feature's status takes. */
export const featureLook: Record<FeatureStatus, PhaseStatus> = {
  planned: "queued",
  in_progress: "running",
  suspended: "blocked",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

export const openStatuses: FeatureStatus[] = ["in_progress", "suspended", "planned"];
export const finishedStatuses: FeatureStatus[] = ["failed", "completed", "cancelled"];

/** `1 failed, 2 running, 3 queued`, in the order of urgency. */
export function countsOf(statuses: Iterable<PhaseStatus>): string {
  const counts = new Map<PhaseStatus, number>();
  for (const status of statuses) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }

  return phaseOrder
    .filter((status) => counts.has(status))
    .map((status) => `${counts.get(status)} ${phaseWords[status]}`)
    .join(", ");
}
