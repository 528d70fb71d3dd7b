/** Milliseconds before the first new try, and at most. */
const FIRST = 500;
const LONGEST = 30_000;

/** What waits to ask again. */
const waiting = new Set<() => void>();

/**
 * Asks again after something has failed so many times in a row: ever later, and never all tabs together. A host that is away is not asked to
 * death, and is found soon when it is back. Gives what calls it off.
 */
export function retryLater(failures: number, again: () => void): () => void {
  const most = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  const run = () => {
    stop();
    again();
  };
  const callOff = later((most * (1 + Math.random())) / 2, run);
  const stop = () => {
    callOff();
    waiting.delete(run);
  };
  waiting.add(run);
  return stop;
}

/** Does something after so many milliseconds. Gives what calls it off. */
export function later(milliseconds: number, act: () => void): () => void {
  const timer = setTimeout(act, milliseconds);
  return () => clearTimeout(timer);
}

/** Asks again at once: the host is heard again, the network is back, or somebody looks. */
export function retryNow(): void {
  for (const run of [...waiting]) {
    run();
  }
}
