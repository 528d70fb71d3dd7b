import type { Change } from "../api/types";
import { cut, firstLine } from "../words/text";

/** One entry of the feed as a sentence. */
export function eventWords(change: Change): string {
  const phase = /-(\d+)$/.exec(change.queue_id ?? "")?.[1];
  const { status, attempt, result, slot, error_message, issue_number } = change.data;
  const word = (status ?? "").replaceAll("_", " ");
  if (change.type === "feature_changed") {
    return `Feature ${word}`;
  }

  if (change.type === "feature_removed") {
    return "Feature removed: it ended long ago";
  }

  if (change.type === "report_received") {
    return `Phase ${phase}, attempt ${attempt}: report ${word}, ${result}`;
  }

  const details = [
    attempt ? `attempt ${attempt}` : "",
    slot ? `slot ${slot}` : "",
    issue_number && status === "running" ? `issue ${issue_number}` : "",
    status === "failed" && error_message ? cut(firstLine(error_message), 100) : "",
  ].filter(Boolean);
  return `Phase ${phase} ${word}${details.length ? ` (${details.join(", ")})` : ""}`;
}

/** The fields of an entry that say something, for reading in full. */
export function eventFields(change: Change): [name: string, value: string][] {
  return Object.entries(change.data)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [name.replaceAll("_", " "), typeof value === "object" ? JSON.stringify(value) : String(value)]);
}
