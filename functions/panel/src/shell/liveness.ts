import type { FeedState } from "../feed/feed";
import { duration } from "../words/time";

/** A stream says that it lives every 15 s, a long poll every 25 s: longer silence is worth a doubt. */
const DOUBT = 45_000;

export interface Liveness {
  kind: "live" | "stale" | "connecting";
  words: string;
}

/**
 * Whether what is shown can be trusted, in words; it never claims more than was heard. A feed that lives is not enough where what it announces
 * cannot be read: `fault` says why not.
 */
export function liveness(state: FeedState, now: number, fault?: string | null): Liveness {
  if (state.heardAt === 0) {
    return state.kind === "reconnecting"
      ? { kind: "stale", words: `not connected: ${state.fault}` }
      : { kind: "connecting", words: "connecting…" };
  }

  const age = Math.max(0, now - state.heardAt);
  if (state.kind === "live" && age < DOUBT) {
    return fault ? { kind: "stale", words: `what is shown may be old: ${fault}` } : { kind: "live", words: `live, ${duration(age)} ago` };
  }

  return { kind: "stale", words: `reconnecting, as of ${duration(age)} ago` };
}
