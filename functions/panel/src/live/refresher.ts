/** Times between two reads, in milliseconds, at least. */
const REST = 200;

/**
 * Reads again whenever it is told that something changed: at once where it rests, one read at a time, and with a pause between them that grows
 * with what a read costs, so that a busy host is not asked to death.
 */
export class Refresher {
  readonly #read: (signal: AbortSignal) => Promise<void>;
  readonly #onFault: (fault: unknown) => void;
  #isDirty = false;
  #isBusy = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stop = new AbortController();

  constructor(read: (signal: AbortSignal) => Promise<void>, onFault: (fault: unknown) => void) {
    this.#read = read;
    this.#onFault = onFault;
  }

  /** Something changed. */
  touch(): void {
    this.#isDirty = true;
    if (!this.#isBusy && this.#timer === null) {
      void this.#run();
    }
  }

  stop(): void {
    this.#stop.abort();
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
    }
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    this.#isDirty = false;
    const began = performance.now();
    try {
      await this.#read(this.#stop.signal);
    } catch (fault) {
      if (!this.#stop.signal.aborted) {
        this.#onFault(fault);
      }
    }

    this.#isBusy = false;
    if (this.#stop.signal.aborted) {
      return;
    }

    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        if (this.#isDirty) {
          void this.#run();
        }
      },
      Math.max(REST, 3 * (performance.now() - began)),
    );
  }
}
