import type { Change } from "../api/types";
import { cut, errorLine, firstLine } from "../words/text";
import { keyOf, type Numbers } from "./attempts";

/** One entry of the feed as a sentence. */
export function eventWords(change: Change, numbers: Numbers): string {
  const phase = /-(\d+)$/.exec(change.queue_id ?? "")?.[1];
  const { status, result, slot, error_message, question, issue_number } = change.data;
  const attempt = numbers.get(keyOf(change.queue_id ?? "", change.data.attempt ?? 0));
  const word = (status ?? "").replaceAll("_", " ");
  if (change.type === "feature_changed") {
    return `Feature ${word}`;
  }

  if (change.type === "feature_removed") {
    return "Feature removed: it ended long ago";
  }

  if (change.type === "report_received") {
    return `Phase ${phase}${attempt ? `, attempt ${attempt}` : ""}: report ${word}, ${result}`;
  }

  const details = [
    attempt ? `${status === "queued" ? "after " : ""}attempt ${attempt}` : "",
    slot ? `slot ${slot}` : "",
    issue_number && status === "running" ? `issue ${issue_number}` : "",
    question?.answer && status === "running" ? `question ${question.number} answered` : "",
    status === "failed" && error_message ? cut(errorLine(error_message), 100) : "",
  ].filter(Boolean);
  const asks = question && status === "awaiting_answer" ? `: ${cut(firstLine(question.text), 100)}` : "";
  return `Phase ${phase} ${asks ? "asks" : word}${details.length ? ` (${details.join(", ")})` : ""}${asks}`;
}

/** The entries whose sentences say something new; a person is told once that a phase runs, however often the host notes more about it. */
export function told(changes: Change[], numbers: Numbers): Change[] {
  const last = new Map<string | null, string>();
  return changes.filter((change) => {
    const words = eventWords(change, numbers);
    const isNew = last.get(change.queue_id) !== words;
    last.set(change.queue_id, words);
    return isNew;
  });
}

/** The fields of an entry that say something, for reading in full. */
export function eventFields(change: Change): [name: string, value: string][] {
  return fieldsOf("", change.data);
}

const fieldsOf = (prefix: string, data: object): [name: string, value: string][] =>
  Object.entries(data)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([key, value]): [string, string][] => {
      const name = `${prefix}${key.replaceAll("_", " ")}`;
      return typeof value === "object" ? fieldsOf(`${name} `, value) : [[name, String(value)]];
    });
