import { expect, test } from "vitest";
import { duration, exact, fine, relative } from "./time";

test.each([
  [0, "0 s"],
  [-5, "0 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [65_000, "1 min 5 s"],
  [3_600_000, "1 h"],
  [2 * 3_600_000 + 3 * 60_000, "2 h 3 min"],
  [27 * 3_600_000, "1 d 3 h"],
])("duration of %i ms is told in at most two units", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test("fine durations have a tenth of a second only where they are short", () => {
  expect([fine(0), fine(1234), fine(9949), fine(9950)]).toEqual(["0.0 s", "1.2 s", "9.9 s", "9 s"]);
});

test("a moment is told from now, before and after it", () => {
  const at = Date.parse("2026-03-01T12:00:00Z");
  expect(relative("2026-03-01T12:00:00Z", at + 500)).toBe("just now");
  expect(relative("2026-03-01T12:00:00Z", at + 90_000)).toBe("1 min ago");
  expect(relative("2026-03-01T12:00:00Z", at - 7_200_000)).toBe("in 2 h");
  expect(relative("2026-03-01T12:00:00Z", at - 7_165_000)).toBe("in 1 h 59 min");
  expect(relative(at, at + 3 * 86_400_000)).toBe("3 d ago");
});

test("a moment is exact in UTC, whatever the offset it came with", () => {
  expect(exact("2026-03-01T14:30:05.123+02:00")).toBe("2026-03-01 12:30:05 UTC");
});
