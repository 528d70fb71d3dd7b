import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import type { Change, Feature, Row } from "../api/types";
import { keepSame, patchFeature, patchRow, patchSlots } from "./changes";
import { Refresher } from "./refresher";
import { retryNow } from "./retries";

const row = (phase_number: number, change: Partial<Row> = {}) =>
  ({
    queue_id: `queue-1-${phase_number}`,
    feature_id: 1,
    phase_number,
    status: "ready",
    position: 2,
    wait_reason: "waits for a slot",
    slot: null,
    ...change,
  }) as Row;
const change = (queue_id: string | null, data: Change["data"], type = "phase_changed") =>
  ({ cursor: 5, type, feature_id: 1, queue_id, at: "2026-03-01T12:00:00Z", data }) as Change;

test("a change is shown at once: the status with its slot, and no reason that is no longer true", () => {
  const after = patchRow(row(1), change("queue-1-1", { status: "running", attempt: 1, slot: 2, started_at: "2026-03-01T12:00:00Z" }));
  expect([after.status, after.slot, after.position, after.wait_reason]).toEqual(["running", 2, null, null]);
});

test("a change that keeps the status keeps the place in the line", () => {
  expect(patchRow(row(1), change("queue-1-1", { status: "ready", issue_number: 3 }))).toMatchObject({ position: 2, issue_number: 3 });
});

test("a question is shown at once, and so is its answer", () => {
  const question = { number: 1, text: "Which?", asked_at: "2026-03-01T12:00:00Z", answer: null };
  const asks = patchRow(row(1, { status: "running", question: null }), change("queue-1-1", { status: "awaiting_answer", question }));
  expect(asks).toMatchObject({ status: "awaiting_answer", question });
  const answered = patchRow(asks, change("queue-1-1", { status: "running", question: { ...question, answer: "a" } }));
  expect(answered.question?.answer).toBe("a");
  expect(patchRow(answered, change("queue-1-1", { status: "ready", question: null })).question).toBeNull();
});

test("a change about another row changes nothing", () => {
  const before = row(1);
  expect(patchRow(before, change("queue-1-2", { status: "running" }))).toBe(before);
  expect(patchRow(before, change("queue-1-1", { status: "completed" }, "report_received"))).toBe(before);
});

test("a feature's progress follows its phases", () => {
  const feature = { id: 1, status: "in_progress", phases: [row(1, { status: "running" }), row(2)] } as Feature;
  const after = patchFeature(feature, [
    change("queue-1-1", { status: "completed" }),
    change(null, { status: "suspended" }, "feature_changed"),
  ]);
  expect(after).toMatchObject({ status: "suspended", phases_completed: 1, progress: 50 });
  expect(patchFeature({ ...feature, id: 2 }, [change("queue-1-1", { status: "completed" })]).phases).toBe(feature.phases);
});

test("a slot changes hands as the feed tells it", () => {
  const held = (slot: number, queue_id: string) => ({ slot, queue_id, attempt: 1, adw_id: null, since: "2026-03-01T11:00:00Z" });
  const slots = { capacity: 3, held: [held(1, "queue-1-1"), held(2, "queue-1-2")], waiting: [] };
  const freed = patchSlots(slots, change("queue-1-1", { status: "completed", slot: null }));
  expect(freed.held).toEqual([held(2, "queue-1-2")]);
  const taken = patchSlots(
    freed,
    change("queue-1-3", { status: "running", slot: 1, attempt: 2, adw_id: "adw-1", started_at: "2026-03-01T12:00:00Z" }),
  );
  expect(taken.held[1]).toEqual({ slot: 1, queue_id: "queue-1-3", attempt: 2, adw_id: "adw-1", since: "2026-03-01T12:00:00Z" });
  expect(patchSlots(taken, change("queue-1-3", { result: "accepted" }, "report_received"))).toBe(taken);
});

test("what did not change stays the same object, so that it is not drawn again", () => {
  const old = [row(1), row(2)];
  const fresh = keepSame(old, [row(2, { position: 1 }), row(1)], (one) => one.queue_id);
  expect(fresh[1]).toBe(old[0]);
  expect(fresh[0]).not.toBe(old[1]);
  expect(fresh[0]?.position).toBe(1);
});

afterEach(() => {
  vi.useRealTimers();
});

test("a burst of changes is read twice: at once, and once more at its end", async () => {
  vi.useFakeTimers();
  const read = vi.fn(() => Promise.resolve());
  const refresher = new Refresher(read, () => {});
  for (let i = 0; i < 50; i++) {
    refresher.touch();
  }

  expect(read).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read).toHaveBeenCalledTimes(2);
});

test("a read that fails is told and tried again, ever later, and at once when it may go better", async () => {
  vi.useFakeTimers();
  const faults: unknown[] = [];
  const read = vi.fn().mockRejectedValue(new Error("gone"));
  const refresher = new Refresher(read, (fault) => faults.push(fault));
  refresher.touch();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(read.mock.calls.length).toBeGreaterThan(20);
  expect(read.mock.calls.length).toBeLessThan(50);
  expect(faults).toHaveLength(read.mock.calls.length);
  read.mockClear();
  refresher.touch();
  expect(read).toHaveBeenCalledTimes(0);
  read.mockResolvedValue(undefined);
  retryNow();
  expect(read).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(read).toHaveBeenCalledTimes(1);
  refresher.touch();
  expect(read).toHaveBeenCalledTimes(2);
});

test("a read that the host refuses is not tried again before something changes", async () => {
  vi.useFakeTimers();
  const read = vi.fn().mockRejectedValue(new ApiError(404, "There is none."));
  const refresher = new Refresher(read, () => {});
  refresher.touch();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(read).toHaveBeenCalledTimes(1);
  refresher.touch();
  expect(read).toHaveBeenCalledTimes(2);
});

test.each(["read", "failed"])("what is stopped after it has %s reads no more", async (how) => {
  vi.useFakeTimers();
  const read = vi.fn(() => (how === "read" ? Promise.resolve() : Promise.reject(new Error("gone"))));
  const refresher = new Refresher(read, () => {});
  refresher.touch();
  await vi.advanceTimersByTimeAsync(0);
  refresher.touch();
  refresher.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read).toHaveBeenCalledTimes(1);
});
