import { expect, test } from "vitest";
import type { Row } from "../api/types";
import { whyFirst } from "./order";

const row = (feature_id: number, phase_number: number, priority = 50) => ({ feature_id, phase_number, priority, title: "Build" }) as Row;

test("who is first alone needs no rule", () => {
  expect(whyFirst(row(1, 1), undefined)).toBe("Nobody else is in the line.");
});

test("the rule that puts one first is named", () => {
  expect(whyFirst(row(1, 1, 10), row(2, 1))).toContain("its priority 10 is more urgent than 50");
  expect(whyFirst(row(1, 1, 90), row(2, 1))).toContain("nothing waits for ever");
  expect(whyFirst(row(1, 1), row(1, 2))).toContain("of the same feature because it was ready first");
  expect(whyFirst(row(2, 1), row(1, 2))).toBe(
    "It comes before 1.2 Build because features of the same priority take turns, and the turn of feature 2 is longest ago.",
  );
});
