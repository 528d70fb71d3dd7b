import type { Feature, PhaseStatus } from "../api/types";
import { featureWords, phaseWords } from "../words/status";
import { phases } from "../words/text";

/** Of what changes at the same moment, the cause comes before what follows from it. */
const causes: PhaseStatus[] = [
  "failed",
  "completed",
  "cancelled",
  "awaiting_answer",
  "awaiting_approval",
  "running",
  "ready",
  "queued",
  "blocked",
];

/** What happened last to a feature: to its phases that changed when it did, else to itself. */
export function lastEvent(feature: Feature): string {
  const changed = feature.phases.filter((row) => Date.parse(row.updated_at) >= Date.parse(feature.updated_at));
  const status = causes.find((one) => changed.some((row) => row.status === one));
  if (!status || (status === "queued" && feature.status !== "in_progress")) {
    return featureWords[feature.status];
  }

  const numbers = changed.filter((row) => row.status === status).map((row) => row.phase_number);
  return `${phases(numbers, 3)} ${phaseWords[status]}`;
}
