import type { Attempt, Row } from "../api/types";

/**
 * The number of each attempt as a person counts them, by {@link keyOf}: only what was launched counts. An attempt that had to leave the line for a slot,
 * because its feature was suspended, has used up one of the host's numbers, and nobody has seen it.
 */
export type Numbers = Map<string, number>;

export const keyOf = (queueId: string, attempt: number) => `${queueId}:${attempt}`;

export function numbersOf(attempts: Attempt[]): Numbers {
  const numbers: Numbers = new Map();
  const counts = new Map<string, number>();
  for (const { queue_id, attempt } of attempts) {
    const number = (counts.get(queue_id) ?? 0) + 1;
    counts.set(queue_id, number);
    numbers.set(keyOf(queue_id, attempt), number);
  }

  return numbers;
}

/** The last attempt that is made without anybody asking, as a person counts. */
export function mostOf(row: Row, numbers: Numbers): number {
  const launched = [...numbers.keys()].filter((key) => key.startsWith(`${row.queue_id}:`)).length;
  const isUnderWay = ["ready", "running", "awaiting_answer"].includes(row.status) && !numbers.has(keyOf(row.queue_id, row.attempt));
  return launched + (isUnderWay ? 1 : 0) + Math.max(0, row.max_attempts - row.attempt);
}
