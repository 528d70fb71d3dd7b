import { expect, test } from "vitest";
import type { PhaseStatus, Row } from "../api/types";
import { queue, queueTotal, waitingTotal } from "./home";

test("who asks has a slot, and is not taken from those that wait", () => {
  const statuses: PhaseStatus[] = ["awaiting_answer", "awaiting_approval", "running", "ready"];
  queue.value = statuses.map((status) => ({ status, question: null }) as Row);
  queueTotal.value = 4;
  expect(waitingTotal.value).toBe(1);
  queueTotal.value = 9;
  expect(waitingTotal.value).toBe(6);
});
