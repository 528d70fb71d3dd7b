import { signal } from "@preact/signals";

/** What lies over the page. */
export const overlay = signal<"help" | "palette" | null>(null);

export function closeOverlay(): void {
  overlay.value = null;
}
