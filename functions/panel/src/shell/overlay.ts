import { effect, signal } from "@preact/signals";
import { proposal } from "../actions/perform";
import { place } from "../route/route";

/** What lies over the page. */
export const overlay = signal<"help" | "palette" | null>(null);

export function closeOverlay(): void {
  overlay.value = null;
}

/** Closes what lies over a page when that is left. The browser's Back closes that alone, where the browser asks before it goes. */
export function startOverlay(): void {
  window.navigation?.addEventListener("navigate", (event) => {
    if (event.navigationType === "traverse" && event.cancelable && (overlay.peek() || proposal.peek())) {
      event.preventDefault();
      overlay.value = null;
      proposal.value = null;
    }
  });
  effect(() => {
    void place.value;
    overlay.value = null;
    proposal.value = null;
  });
}
