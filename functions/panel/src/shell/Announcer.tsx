import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { notice } from "../actions/perform";
import { broken, needsYou, running, slots, waitingTotal } from "../live/home";

/** Announcements come at most this often, in milliseconds: a busy host must not talk without end. */
const REST = 4000;

/** How things stand, as one sentence for those who hear the page. */
export function summary(needs: number, active: number, waits: number, broke: number): string {
  return `${needs} ${needs === 1 ? "needs" : "need"} you, ${active} running, ${waits} waiting, ${broke} failed.`;
}

/** Tells changes of the counts, politely, and what an action has done. */
export function Announcer() {
  const text = slots.value === null ? "" : summary(needsYou.value.length, running.value.length, waitingTotal.value, broken.value.length);
  const said = useSignal("");
  useEffect(() => {
    const timer = setTimeout(
      () => {
        said.value = text;
      },
      said.peek() === "" ? 0 : REST,
    );
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <>
      <p class="unseen" role="status" aria-live="polite" id="announcer">
        {said}
      </p>
      <Notice />
    </>
  );
}

function Notice() {
  const shown = notice.value;
  useEffect(() => {
    const timer = shown && setTimeout(dismiss, shown.isFault ? 12_000 : 6_000);
    return () => {
      if (timer) {
        clearTimeout(timer);
      }
    };
  }, [shown]);
  return (
    <div class="notices" aria-live="assertive">
      {shown && (
        <p class={`notice${shown.isFault ? " is-fault" : ""}`}>
          {shown.text}{" "}
          <button type="button" class="button" onClick={dismiss}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}

function dismiss(): void {
  notice.value = null;
}
