import { now } from "../live/clock";
import { duration, exact, fine, relative } from "./time";

/** When something was or will be: relative, and exact in UTC when it is pointed at. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {relative(at, now.value)}
    </time>
  );
}

/** How long something takes or took. */
export function Since({ from, to }: { from: string; to?: string | null }) {
  return (
    <time dateTime={from} title={`${exact(from)}${to ? ` to ${exact(to)}` : ""}`}>
      {to ? fine(Date.parse(to) - Date.parse(from)) : duration(now.value - Date.parse(from))}
    </time>
  );
}
