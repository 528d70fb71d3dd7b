import { effect } from "@preact/signals";
import { needsYou } from "../live/home";
import { route } from "../route/route";

/** The title of the page: who needs a person comes first, because a tab shows little more. */
export function titleOf(needs: number, place: string): string {
  return `${needs > 0 ? `(${needs}) ` : ""}${place ? `${place} · ` : ""}PhaseFlow`;
}

export function iconOf(needs: number): string {
  return needs === 0 ? "icon.svg" : `icon-${needs > 9 ? "9more" : needs}.svg`;
}

/** Keeps title and icon of the tab at the count of those who need a person. */
export function startAttention(): void {
  effect(() => {
    const { page, feature, phase } = route.value;
    const place = page === "feature" ? `Feature ${feature}${phase ? `, phase ${phase}` : ""}` : page === "submit" ? "Submit" : "";
    document.title = titleOf(needsYou.value.length, place);
  });
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const base = link?.href ?? "";
  effect(() => {
    if (link) {
      link.href = new URL(iconOf(needsYou.value.length), base).href;
    }
  });
}
