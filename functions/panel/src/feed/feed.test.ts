import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Change } from "../api/types";
import { retryNow } from "../live/retries";
import { Feed, type FeedState } from "./feed";
import { SseParser } from "./sse";

const event = (cursor: number) => ({ cursor, type: "phase_changed", feature_id: 1, queue_id: "queue-1-1", at: "", data: {} }) as Change;
const frame = (cursor: number) => `id: ${cursor}\nevent: phase_changed\ndata: ${JSON.stringify(event(cursor))}\n\n`;

test("the parser puts together what came in any pieces", () => {
  const text = `retry: 2000\n\n${frame(7)}:\n\n${frame(8)}`;
  for (let size = 1; size < 12; size++) {
    const parser = new SseParser();
    const messages = (text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []).flatMap((piece) => parser.push(piece));
    expect(messages.map((message) => [message.id, message.event, JSON.parse(message.data).cursor])).toEqual([
      ["7", "phase_changed", 7],
      ["8", "phase_changed", 8],
    ]);
  }
});

test("the parser joins lines of data and knows every end of a line", () => {
  expect(new SseParser().push("data: a\r\ndata:b\r\n\r\n")).toEqual([{ id: "", event: "message", data: "a\nb" }]);
});

/** A host whose streams and polls the test answers. */
class Host {
  readonly asked: string[] = [];
  readonly streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  readonly polls: ((page: { events: Change[]; cursor: number }) => void)[] = [];
  isDown = false;
  canStream = true;
  latest = 5;
  missed: Change[] = [];
  keptFrom = 0;

  readonly ask = async (path: string, call: { headers?: Record<string, string>; signal: AbortSignal }): Promise<Response> => {
    this.asked.push(path);
    if (this.isDown) {
      throw new Error("The host cannot be reached.");
    }

    if (Number(/after=(\d+)/.exec(path)?.[1] ?? this.keptFrom) < this.keptFrom) {
      throw Object.assign(new Error("The feed is kept from a later cursor on."), { status: 410 });
    }

    if (path.endsWith("after=latest")) {
      return Response.json({ events: [], cursor: this.latest });
    }

    if (call.headers?.accept === "text/event-stream" && this.canStream) {
      return new Response(new ReadableStream({ start: (stream) => void this.#open(stream, call.signal) }), {
        headers: { "content-type": "text/event-stream" },
      });
    }

    if (call.headers?.accept === "text/event-stream" || !path.endsWith("wait=25")) {
      return Response.json({ events: this.missed, cursor: this.missed.at(-1)?.cursor ?? this.latest });
    }

    return new Promise((answer, refuse) => {
      call.signal.addEventListener("abort", () => refuse(new Error("aborted")));
      this.polls.push((page) => answer(Response.json(page)));
    });
  };

  say(text: string): void {
    this.streams.at(-1)?.enqueue(new TextEncoder().encode(text));
  }

  #open(stream: ReadableStreamDefaultController<Uint8Array>, signal: AbortSignal): void {
    this.streams.push(stream);
    signal.addEventListener("abort", () => stream.error(new Error("aborted")));
  }
}

let host: Host;
let told: number[];
let states: FeedState[];
let opened: number;
let feed: Feed;

beforeEach(() => {
  vi.useFakeTimers();
  host = new Host();
  told = [];
  states = [];
  opened = 0;
  feed = new Feed({
    ask: host.ask,
    onChanges: (changes) => told.push(...changes.map((change) => change.cursor)),
    onOpen: () => opened++,
    onState: (state) => states.push(state),
  });
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

const start = () => void feed.run();
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

test("the feed begins at its end and tells what is new", async () => {
  start();
  await pass();
  host.say(`retry: 2000\n\n${frame(6)}${frame(7)}`);
  await pass();
  expect(host.asked).toEqual(["api/v1/events?after=latest", "api/v1/events?after=5"]);
  expect(told).toEqual([6, 7]);
  expect(opened).toBe(1);
  expect(states.at(-1)).toMatchObject({ kind: "live", mode: "stream" });
});

test("after a cut it goes on from its cursor and tells nothing twice", async () => {
  start();
  await pass();
  host.say(frame(6));
  await pass();
  host.latest = 6;
  host.streams.at(-1)?.error(new Error("cut"));
  await pass();
  expect(states.at(-1)).toMatchObject({ kind: "reconnecting", fault: "cut" });
  await pass(1000);
  expect(host.asked.at(-1)).toBe("api/v1/events?after=6");
  host.say(frame(6) + frame(7));
  await pass();
  expect(told).toEqual([6, 7]);
  expect(opened).toBe(2);
});

test("what was missed during a cut is told before the stream is there again", async () => {
  start();
  await pass();
  host.say(frame(6));
  await pass();
  host.missed = [event(6), event(7)];
  host.streams.at(-1)?.error(new Error("cut"));
  await pass(1000);
  expect(told).toEqual([6, 7]);
  expect(host.asked.at(-1)).toBe("api/v1/events?after=7");
});

test("a host with another feed than before is heard from its end", async () => {
  host.latest = 900;
  start();
  await pass();
  host.streams.at(-1)?.error(new Error("cut"));
  host.latest = 3;
  await pass(1000);
  expect(host.asked.at(-1)).toBe("api/v1/events?after=3");
  host.say(frame(4));
  await pass();
  expect(told).toEqual([4]);
});

test("a cursor that the host keeps no longer is given up for the end, and all is read again", async () => {
  start();
  await pass();
  host.say(frame(6));
  await pass();
  host.latest = 900;
  host.keptFrom = 700;
  host.streams.at(-1)?.error(new Error("cut"));
  await pass(5000);
  expect(host.asked.slice(-2)).toEqual(["api/v1/events?after=latest", "api/v1/events?after=900"]);
  host.say(frame(901));
  await pass();
  expect(told).toEqual([6, 901]);
  expect(opened).toBe(2);
});

test("silence is a cut", async () => {
  start();
  await pass();
  host.say(":\n\n");
  await pass(39_000);
  expect(states.at(-1)?.kind).toBe("live");
  await pass(2_000);
  expect(states.at(-1)).toMatchObject({ kind: "reconnecting", fault: "The host has gone silent." });
});

test("a host that is away is tried again ever more rarely, and at once when asked", async () => {
  host.isDown = true;
  start();
  await pass(600_000);
  expect(host.asked.length).toBeLessThan(50);
  expect(host.asked.length).toBeGreaterThan(20);
  expect(states.at(-1)).toMatchObject({ kind: "reconnecting", fault: "The host cannot be reached." });
  host.isDown = false;
  retryNow();
  await pass();
  host.say(":\n\n");
  await pass();
  expect(states.at(-1)?.kind).toBe("live");
});

test("a host that cannot stream is polled", async () => {
  host.canStream = false;
  start();
  await pass(2000);
  expect(host.asked.slice(-2)).toEqual(["api/v1/events?after=5&wait=0", "api/v1/events?after=5&wait=25"]);
  expect(states.at(-1)).toMatchObject({ kind: "live", mode: "poll" });
  host.polls.at(-1)?.({ events: [event(6)], cursor: 6 });
  await pass();
  expect(told).toEqual([6]);
  expect(host.asked.at(-1)).toBe("api/v1/events?after=6&wait=25");
});

test("a proxy that holds the stream back is found out by its silence", async () => {
  start();
  await pass(6_000);
  expect(states.at(-1)).toMatchObject({ mode: "poll" });
  await pass(1_000);
  expect(states.at(-1)).toMatchObject({ kind: "live", mode: "poll" });
});

test("what is stopped asks no more", async () => {
  start();
  await pass();
  feed.stop();
  await pass(60_000);
  expect(host.asked).toHaveLength(2);
});

test("a feed that may keep no connection looks now and then, and is live at once when it may", async () => {
  start();
  await pass();
  host.say(frame(6));
  await pass();
  host.latest = 6;

  feed.hold(false);
  await pass();
  expect(states.at(-1)?.kind).toBe("live");
  const asked = host.asked.length;
  await pass(14_000);
  expect(host.asked).toHaveLength(asked);
  host.missed = [event(6), event(7)];
  await pass(2_000);
  expect(host.asked.slice(asked)).toEqual(["api/v1/events?after=6"]);
  expect(told).toEqual([6, 7]);

  feed.hold(true);
  await pass();
  host.say(frame(8));
  await pass();
  expect(told).toEqual([6, 7, 8]);
  expect(host.streams).toHaveLength(2);
  expect(states.every((state) => state.kind !== "reconnecting")).toBe(true);
});

test("a feed that may keep no connection from the beginning says so to what reads", async () => {
  feed.hold(false);
  start();
  await pass();
  expect([opened, host.streams.length, states.at(-1)?.kind]).toEqual([1, 0, "live"]);
});
