import { expect, test } from "vitest";
import type { Feature, FeatureStatus, PhaseStatus, Row } from "../api/types";
import { lastEvent } from "./lastEvent";

const row = (phase_number: number, status: PhaseStatus, second: number) =>
  ({ phase_number, status, updated_at: `2026-03-01T12:00:0${second}Z` }) as Row;
const feature = (status: FeatureStatus, second: number, ...phases: Row[]) =>
  ({ status, updated_at: `2026-03-01T12:00:0${second}.000+00:00`, phases }) as Feature;

test("the last event is what became of the phase that changed last", () => {
  expect(lastEvent(feature("in_progress", 5, row(1, "completed", 3), row(2, "running", 5)))).toBe("phase 2 running");
});

test("of what changed together, what ended is told before what that sets free or holds up", () => {
  expect(lastEvent(feature("in_progress", 5, row(1, "completed", 5), row(2, "ready", 5), row(3, "ready", 5)))).toBe("phase 1 completed");
  expect(lastEvent(feature("failed", 5, row(1, "completed", 4), row(2, "failed", 5), row(3, "blocked", 5)))).toBe("phase 2 failed");
  expect(lastEvent(feature("in_progress", 6, row(1, "completed", 5), row(2, "running", 6), row(3, "running", 6)))).toBe(
    "phases 2 and 3 running",
  );
});

test("what happened to the feature alone is told of it", () => {
  expect(lastEvent(feature("suspended", 5, row(1, "running", 3)))).toBe("suspended");
  expect(lastEvent(feature("suspended", 5, row(1, "running", 3), row(2, "queued", 5)))).toBe("suspended");
  expect(lastEvent(feature("planned", 1, row(1, "queued", 1)))).toBe("planned");
  expect(lastEvent(feature("planned", 1))).toBe("planned");
});

test("a phase that waits for its next attempt is told", () => {
  expect(lastEvent(feature("in_progress", 5, row(1, "queued", 5)))).toBe("phase 1 queued");
});
