import { catchUp, go, homeAddress, route } from "../route/route";
import { focusHeading } from "./focus";
import { overlay } from "./overlay";

/** The shortcuts, as the help tells them; "or" stands between keys that do the same. */
export const shortcuts: [keys: string, does: string][] = [
  ["?", "this help"],
  ["/", "search"],
  ["j or k", "the next row, or the one before"],
  ["Enter or Space", "open what is chosen"],
  ["g h", "home"],
  ["g n", "what needs you"],
  ["g q", "the queue"],
  ["g b", "what is broken"],
  ["g f", "the features"],
  ["g s", "submit a feature"],
  ["Ctrl K", "all commands"],
  ["Ctrl Enter", "send what is written in a dialog"],
  ["Esc", "close, or leave a field"],
];

const sections: Record<string, string> = { n: "needs", q: "queue", b: "broken", f: "features" };

/** Whether the first key of a pair was pressed last. */
let isPair = false;

export function startKeys(): void {
  addEventListener("keydown", press);
}

function press(event: KeyboardEvent): void {
  // What is opened by a key stays open when the browser tells of the place that one had gone to before.
  catchUp();
  const wasFirst = isPair;
  isPair = false;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    overlay.value = overlay.value === "palette" ? null : "palette";
    return;
  }

  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
    return;
  }

  if (isField(event.target)) {
    if (event.key === "Escape") {
      (event.target as HTMLElement).blur();
    }

    return;
  }

  // However long the second key takes: none of those that may follow does anything alone.
  if ((wasFirst && follow(event.key)) || single(event)) {
    event.preventDefault();
  } else {
    isPair = event.key === "g";
  }
}

function single(event: KeyboardEvent): boolean {
  switch (event.key) {
    case "?":
      overlay.value = "help";
      return true;
    case "/": {
      const search = document.getElementById("search") as HTMLInputElement | null;
      search?.focus();
      search?.select();
      return true;
    }
    case "j":
      return step(1);
    case "k":
      return step(-1);
    case " ":
      return !event.shiftKey && openRow();
    default:
      return false;
  }
}

function follow(key: string): boolean {
  if (key === "h") {
    go("#/");
  } else if (key === "s") {
    go("#/submit");
  } else if (sections[key]) {
    goToSection(sections[key]);
  } else {
    return false;
  }

  return true;
}

/** Shows the home page with the focus on one of its parts. */
export function goToSection(id: string): void {
  if (route.value.page !== "home") {
    go(homeAddress());
  }

  focusHeading(`${id}-title`);
}

/** Moves the focus to the link of the next row, from wherever it is. */
function step(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const active = document.activeElement;
  let index = rows.findIndex((row) => row.contains(active));
  if (index < 0 && active) {
    const next = rows.findIndex((row) => (active.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0);
    index = by > 0 ? (next < 0 ? rows.length : next) - 1 : next < 0 ? rows.length : next;
  }

  const row = rows[Math.min(rows.length - 1, Math.max(0, index + by))];
  row?.querySelector<HTMLElement>("a, button")?.focus();
  row?.scrollIntoView({ block: "nearest" });
  return row !== undefined;
}

/** Opens the row whose link has the focus. Anywhere else the key is the browser's: it presses a button, or scrolls. */
function openRow(): boolean {
  const link = document.activeElement?.closest("a.name, [data-row] a");
  if (link) {
    go(link.getAttribute("href") ?? "");
  }

  return !!link;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
