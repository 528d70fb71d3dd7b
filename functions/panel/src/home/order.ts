import type { Row } from "../api/types";

const nameOf = (row: Row) => `${row.feature_id}.${row.phase_number}`;

/** By which rule the first in line comes before the second, as one sentence. */
export function whyFirst(first: Row, second: Row | undefined): string {
  if (!second) {
    return "Nobody else is in the line.";
  }

  const than = `${nameOf(second)} ${second.title}`;
  if (first.priority < second.priority) {
    return `It comes before ${than} because its priority ${first.priority} is more urgent than ${second.priority}.`;
  }

  if (first.priority > second.priority) {
    return `It comes before ${than}, which has the more urgent priority ${second.priority}, because it has watched many others start: nothing waits for ever.`;
  }

  return first.feature_id === second.feature_id
    ? `It comes before ${than} of the same feature because it was ready first.`
    : `It comes before ${than} because features of the same priority take turns, and the turn of feature ${first.feature_id} is longest ago.`;
}
