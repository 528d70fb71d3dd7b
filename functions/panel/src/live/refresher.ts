import { ApiError } from "../api/client";
import { later, retryLater } from "./retries";

/** Times between two reads, in milliseconds, at least. */
const REST = 200;

/**
 * Reads again whenever it is told that something changed: at once where it rests, one read at a time, and with a pause between them that grows
 * with what a read costs, so that a busy host is not asked to death. A read that fails is tried again, unless the host has refused it.
 */
export class Refresher {
  readonly #read: (signal: AbortSignal) => Promise<void>;
  readonly #onFault: (fault: unknown) => void;
  #isDirty = false;
  #isBusy = false;
  #failures = 0;
  #callOff: (() => void) | null = null;
  #stop = new AbortController();

  constructor(read: (signal: AbortSignal) => Promise<void>, onFault: (fault: unknown) => void) {
    this.#read = read;
    this.#onFault = onFault;
  }

  /** Something changed. */
  touch(): void {
    this.#isDirty = true;
    if (!this.#isBusy && this.#callOff === null) {
      void this.#run();
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#callOff?.();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    this.#isDirty = false;
    const began = performance.now();
    try {
      await this.#read(this.#stop.signal);
      this.#failures = 0;
    } catch (fault) {
      if (!this.#stop.signal.aborted) {
        this.#onFault(fault);
        this.#failures = isRefusal(fault) ? 0 : this.#failures + 1;
        this.#isDirty ||= this.#failures > 0;
      }
    }

    this.#isBusy = false;
    if (this.#stop.signal.aborted) {
      return;
    }

    const again = () => {
      this.#callOff = null;
      if (this.#isDirty) {
        void this.#run();
      }
    };
    const rest = Math.max(REST, 3 * (performance.now() - began));
    this.#callOff = this.#failures > 0 ? retryLater(this.#failures, again) : later(rest, again);
  }
}

const isRefusal = (fault: unknown) => fault instanceof ApiError && fault.status >= 400 && fault.status < 500;
