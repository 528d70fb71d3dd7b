import type { Change, Question, Row } from "../api/types";

/** What the agent of an attempt has asked, first to last, each as it stands: the row knows the last one, the feed told the others. */
export function questionsOf(row: Row, attempt: number, changes: Change[]): Question[] {
  const asked = new Map<number, Question>();
  for (const { type, queue_id, data } of changes) {
    if (type === "phase_changed" && queue_id === row.queue_id && data.attempt === attempt && data.question) {
      asked.set(data.question.number, data.question);
    }
  }

  if (row.question && row.attempt === attempt) {
    asked.set(row.question.number, row.question);
  }

  return [...asked.values()].sort((a, b) => a.number - b.number);
}
