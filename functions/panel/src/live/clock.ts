import { signal } from "@preact/signals";
import { clockSkew } from "../api/client";

/** The host's time, once a second: whatever shows an age reads it, and nothing else is drawn with it. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now() + clockSkew;
  }, 1000);
}
