/** Connections that hidden tabs of one host may keep open together: browsers open six at a time to a host, for all tabs and all that they read. */
const HELD = 2;

/** What is needed of the browser's locks, which all tabs of a site share. */
export interface Locks {
  request: (name: string, options: { ifAvailable: true }, use: (lock: unknown) => Promise<void> | undefined) => Promise<unknown>;
}

/**
 * Says whether this tab may keep a connection open. A tab that is seen may; of those that are hidden the first few may, so that their titles
 * tell at once who needs somebody, and the others must not: the seventh tab would wait for its page until another is closed.
 */
export class Share {
  readonly #hold: (may: boolean) => void;
  readonly #locks: Locks | undefined;
  #isHidden = false;
  #release: (() => void) | null = null;

  constructor(hold: (may: boolean) => void, locks: Locks | undefined) {
    this.#hold = hold;
    this.#locks = locks;
  }

  show(): void {
    this.#isHidden = false;
    this.#release?.();
    this.#release = null;
    this.#hold(true);
  }

  async hide(): Promise<void> {
    this.#isHidden = true;
    for (let place = 1; this.#locks && place <= HELD; place++) {
      const release = await take(this.#locks, `phaseflow-feed-${place}`);
      if (release && this.#isHidden) {
        this.#release?.();
        this.#release = release;
        return;
      }

      release?.();
    }

    if (this.#isHidden) {
      this.#hold(false);
    }
  }
}

function take(locks: Locks, name: string): Promise<(() => void) | null> {
  return new Promise((done) => {
    const use = (lock: unknown) => {
      if (lock === null) {
        done(null);
        return;
      }

      return new Promise<void>((release) => done(release));
    };
    locks.request(name, { ifAvailable: true }, use).catch(() => done(null));
  });
}
