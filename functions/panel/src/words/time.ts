const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in at most two units: `4 s`, `1 min 5 s`, `2 h 3 min`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }

  const [big, small, bigWord, smallWord] =
    ms < HOUR ? [MINUTE, SECOND, "min", "s"] : ms < DAY ? [HOUR, MINUTE, "h", "min"] : ([DAY, HOUR, "d", "h"] as const);
  const rest = Math.floor((ms % (big as number)) / (small as number));
  return `${Math.floor(ms / (big as number))} ${bigWord}${rest ? ` ${rest} ${smallWord}` : ""}`;
}

/** A length of time, with a tenth of a second where it is short. */
export function fine(milliseconds: number): string {
  return milliseconds < 9950 ? `${(Math.max(0, milliseconds) / SECOND).toFixed(1)} s` : duration(milliseconds);
}

/** How long ago something was, or how long it is until then. */
export function relative(at: string | number, now: number): string {
  const then = typeof at === "string" ? Date.parse(at) : at;
  if (Math.abs(now - then) < SECOND) {
    return "just now";
  }

  // What is to come is counted on: an hour less would matter.
  return then <= now ? `${coarse(now - then)} ago` : `in ${then - now < HOUR ? coarse(then - now) : duration(then - now)}`;
}

/** One unit is enough where it is only to be guessed how old something is. */
function coarse(ms: number): string {
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }

  return ms < HOUR ? `${Math.floor(ms / MINUTE)} min` : ms < DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}

/** A moment exactly, in UTC. */
export function exact(at: string | number): string {
  return `${new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "")} UTC`;
}
