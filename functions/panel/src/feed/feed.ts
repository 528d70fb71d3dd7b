import { parseJson, readJson } from "../api/json";
import type { Change, Events } from "../api/types";
import { later, retryLater } from "../live/retries";
import { SseParser } from "./sse";

/** How the feed stands. */
export interface FeedState {
  /** `connecting` before the first word, `live` while it is heard, `reconnecting` after it broke. */
  kind: "connecting" | "live" | "reconnecting";
  /** How it is heard. */
  mode: "stream" | "poll";
  /** When the host was last heard; 0 before the first word. */
  heardAt: number;
  /** Why it broke. */
  fault: string;
}

export interface FeedOptions {
  /** Asks the API; must throw for what is no success. */
  ask: (path: string, call: { headers?: Record<string, string>; signal: AbortSignal }) => Promise<Response>;
  /** Called with changes in order, each once. */
  onChanges: (changes: Change[]) => void;
  /** Called when the feed is heard again after a cut, or for the first time: what is shown may be old. */
  onOpen: () => void;
  onState: (state: FeedState) => void;
  now?: () => number;
  /** Milliseconds: longest silence of a live stream (the host speaks every 15 s), and time for its first word. */
  silence?: number;
  firstWord?: number;
}

/** Seconds that a long poll waits for a change. */
const WAIT = 25;

/** Milliseconds between two looks of a feed that keeps no connection. */
const GLANCE = 15_000;

/**
 * The change feed, kept open: as a stream where the host can stream, else by long poll. It goes on by cursor after a cut, so that nothing is
 * missed and nothing told twice, and takes silence for a cut.
 */
export class Feed {
  readonly #options: Required<FeedOptions>;
  #cursor: number | null = null;
  #state: FeedState = { kind: "connecting", mode: "stream", heardAt: 0, fault: "" };
  #stop = new AbortController();
  #wake: (() => void) | null = null;
  #failures = 0;
  #mayHold = true;
  #held: Watch | null = null;
  #isDropped = false;

  constructor(options: FeedOptions) {
    this.#options = { now: Date.now, silence: 40_000, firstWord: 5_000, ...options };
  }

  get cursor(): number | null {
    return this.#cursor;
  }

  /** Follows the feed until it is stopped. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#isDropped = false;
      try {
        if (!this.#mayHold) {
          await this.#glance();
        } else {
          await (this.#state.mode === "stream" ? this.#stream() : this.#poll());
          // A stream that ends in order is one that the host or a proxy closed: it is opened again at once.
          this.#failures = Math.max(this.#failures, 1);
        }
      } catch (fault) {
        if (signal.aborted) {
          return;
        }

        if (this.#isDropped) {
          continue;
        }

        if (isExpired(fault)) {
          // What followed the cursor is gone: all is read again when the feed is open, from its end on.
          this.#cursor = null;
        }

        this.#failures++;
        this.#tell({ kind: "reconnecting", fault: fault instanceof Error ? fault.message : String(fault) });
      }

      await this.#pause();
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#wake?.();
  }

  /** Whether it may keep a connection open. Where it may not, it looks now and then what is new. */
  hold(may: boolean): void {
    if (may !== this.#mayHold) {
      this.#mayHold = may;
      this.#isDropped = this.#held !== null;
      this.#held?.drop();
      this.#wake?.();
    }
  }

  async #stream(): Promise<void> {
    const cursor = await this.#begin();
    if (!this.#mayHold) {
      return;
    }

    const watch = this.#watch(this.#options.firstWord);
    try {
      const response = await this.#options.ask(`api/v1/events?after=${cursor}`, {
        headers: { accept: "text/event-stream" },
        signal: watch.signal,
      });
      if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
        this.#tell({ mode: "poll" });
        return;
      }

      await this.#read(response.body, watch);
    } catch (fault) {
      // A host or a proxy that holds the stream back until it ends cannot stream.
      if (watch.timedOut && !watch.heard) {
        this.#tell({ mode: "poll" });
        return;
      }

      throw watch.timedOut ? new Error("The host has gone silent.") : fault;
    } finally {
      this.#end(watch);
    }
  }

  async #read(body: ReadableStream<Uint8Array>, watch: Watch): Promise<void> {
    const parser = new SseParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        if (!watch.heard) {
          this.#options.onOpen();
        }

        watch.hear(this.#options.silence);
        this.#hear();
        this.#take(parser.push(decoder.decode(part.value, { stream: true })).map((message) => parseJson<Change>(message.data)));
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  async #poll(): Promise<void> {
    await this.#begin();
    for (let isFirst = true; this.#mayHold; isFirst = false) {
      const watch = this.#watch(isFirst ? this.#options.firstWord : this.#options.silence);
      try {
        const page = await this.#page(`api/v1/events?after=${this.#cursor}&wait=${isFirst ? 0 : WAIT}`, watch.signal);
        if (isFirst) {
          this.#options.onOpen();
        }

        this.#hear();
        this.#take(page.events as Change[]);
      } finally {
        this.#end(watch);
      }
    }
  }

  async #glance(): Promise<void> {
    const before = this.#cursor;
    const cursor = await this.#begin();
    if (before === null || cursor < before) {
      this.#options.onOpen();
    }

    this.#hear();
  }

  #watch(patience: number): Watch {
    this.#held = new Watch(this.#stop.signal, patience);
    return this.#held;
  }

  #end(watch: Watch): void {
    watch.end();
    this.#held = null;
  }

  /**
   * The cursor to go on from; the end of the feed where nothing was heard yet, because what was before is read from elsewhere. Where the host
   * answers with an earlier one, its feed is another than before, and this one begins anew.
   */
  async #begin(): Promise<number> {
    const page = await this.#page(`api/v1/events?after=${this.#cursor ?? "latest"}`, this.#stop.signal);
    if (this.#cursor === null || page.cursor < this.#cursor) {
      this.#cursor = page.cursor;
    } else {
      this.#take(page.events as Change[]);
    }

    return this.#cursor;
  }

  async #page(path: string, signal: AbortSignal): Promise<Events> {
    return readJson<Events>(await this.#options.ask(path, { signal }));
  }

  #take(changes: Change[]): void {
    const fresh = changes.filter((change) => change.cursor > (this.#cursor ?? 0));
    const last = fresh.at(-1);
    if (last) {
      this.#cursor = last.cursor;
      this.#options.onChanges(fresh);
    }
  }

  #hear(): void {
    this.#failures = 0;
    this.#tell({ kind: "live", heardAt: this.#options.now(), fault: "" });
  }

  #tell(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState(this.#state);
  }

  #pause(): Promise<void> {
    return new Promise((done) => {
      const callOff = this.#failures > 0 ? retryLater(this.#failures, done) : later(this.#mayHold ? 0 : GLANCE, done);
      this.#wake = () => {
        callOff();
        done();
      };
    });
  }
}

/** Whether the host keeps the feed from a later place on only. */
const isExpired = (fault: unknown) => (fault as { status?: number } | null)?.status === 410;

/** Ends a request when the feed is stopped, or when nothing was heard for too long. */
class Watch {
  readonly #ending = new AbortController();
  readonly #outer: AbortSignal;
  #timer: ReturnType<typeof setTimeout>;
  timedOut = false;
  heard = false;

  constructor(outer: AbortSignal, patience: number) {
    this.#outer = outer;
    this.#outer.addEventListener("abort", this.#abort);
    this.#timer = setTimeout(this.#give, patience);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  hear(patience: number): void {
    this.heard = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#give, patience);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#abort);
  }

  drop(): void {
    this.#ending.abort();
  }

  readonly #abort = () => this.#ending.abort();

  readonly #give = () => {
    this.timedOut = true;
    this.#ending.abort();
  };
}
