import { expect, test } from "vitest";
import type { Feature } from "../api/types";
import type { FeedState } from "../feed/feed";
import { summary } from "./Announcer";
import { iconOf, titleOf } from "./attention";
import { commandsOf } from "./commands";
import { liveness } from "./liveness";

const state = (change: Partial<FeedState>): FeedState => ({ kind: "live", mode: "stream", heardAt: 100_000, fault: "", ...change });

test("what was heard lately is live", () => {
  expect(liveness(state({}), 102_500)).toEqual({ kind: "live", words: "live, 2 s ago" });
});

test("a feed that was cut, or is silent for long, is never called live", () => {
  expect(liveness(state({ kind: "reconnecting" }), 103_000)).toEqual({ kind: "stale", words: "reconnecting, as of 3 s ago" });
  expect(liveness(state({}), 200_000).kind).toBe("stale");
});

test("what could not be read is not called live, whatever the feed says", () => {
  expect(liveness(state({}), 101_000, "The host answered 503.")).toEqual({
    kind: "stale",
    words: "what is shown may be old: The host answered 503.",
  });
  expect(liveness(state({}), 101_000, "").kind).toBe("live");
  expect(liveness(state({ kind: "reconnecting" }), 103_000, "x").words).toBe("reconnecting, as of 3 s ago");
});

test("before the first word nothing is claimed", () => {
  expect(liveness(state({ kind: "connecting", heardAt: 0 }), 5).words).toBe("connecting…");
  expect(liveness(state({ kind: "reconnecting", heardAt: 0, fault: "refused" }), 5)).toEqual({
    kind: "stale",
    words: "not connected: refused",
  });
});

test("title and icon of the tab count who needs somebody", () => {
  expect(titleOf(0, "")).toBe("PhaseFlow");
  expect(titleOf(3, "Feature 104")).toBe("(3) Feature 104 · PhaseFlow");
  expect([iconOf(0), iconOf(9), iconOf(10)]).toEqual(["icon.svg", "icon-9.svg", "icon-9more.svg"]);
});

test("the counts are a sentence", () => {
  expect(summary(1, 3, 5, 0)).toBe("1 needs you, 3 running, 5 waiting, 0 failed.");
});

test("the palette offers what would be obeyed, and finds it by its words", () => {
  const feature = {
    id: 104,
    title: "Sockets",
    status: "in_progress",
    cancelling: false,
    phases: [{ feature_id: 104, phase_number: 2, title: "Backend", status: "failed", depends_on: [] }],
  } as unknown as Feature;
  const labels = commandsOf([feature], "104").map((command) => command.label);
  expect(labels).toEqual([
    "Open 104 Sockets",
    "Suspend 104 Sockets",
    "Retry 104 Sockets",
    "Cancel 104 Sockets",
    "Retry 104.2 Backend",
    "Open 104.2 Backend",
  ]);
  const asks = { ...feature.phases[0], status: "awaiting_answer", question: {}, error_message: null };
  expect(commandsOf([{ ...feature, phases: [asks] } as unknown as Feature], "answer").map((command) => command.label)).toEqual([
    "Answer 104.2 Backend",
    "Open 104.2 Backend",
  ]);
  expect(commandsOf([feature], "queue").map((command) => command.label)).toEqual(["Queue"]);
  expect(commandsOf([feature], "no such thing")).toEqual([]);
});

test("the palette offers what is open before anything else", () => {
  const row = (feature: number, phase: number) => ({
    feature_id: feature,
    phase_number: phase,
    title: "P",
    status: "ready",
    depends_on: [],
  });
  const feature = (id: number) =>
    ({ id, title: "F", status: "in_progress", cancelling: false, phases: [row(id, 1), row(id, 2)] }) as unknown as Feature;
  const labels = commandsOf([feature(9), feature(2)], "cancel", { feature: 2, phase: 2 }).map((command) => command.label);
  expect(labels).toEqual(["Cancel 2.2 P", "Cancel 2 F", "Cancel 2.1 P", "Cancel 9 F", "Cancel 9.1 P", "Cancel 9.2 P"]);
});
