type Focusable = Element & HTMLOrSVGElement;

/** A place that has the focus, kept well enough to be found again when what stands there has gone. */
export interface Place {
  element: Focusable;
  /** The key of its row, and those of all rows of that part in their order; none where it is in no row. */
  row: string | null;
  rows: string[];
  /** Which of the controls of its row it is. */
  control: number;
  /** The id of the heading of the part of the page that it is in. */
  heading: string;
}

const CONTROL = "a[href], button, input, select, textarea";

/** What has the focus, or had it last. */
let holder: Element | null = null;

/** Where it is, or was last, in the page itself: not in what lies over it for a while. */
let place: Place | null = null;

/** The heading that is to have the focus as soon as it is there. */
let wanted: string | null = null;

/**
 * Keeps the focus through what changes by itself. An element that is moved loses it, and so does one that is taken away, because its phase has
 * started or its page was left: who works by keyboard would be thrown to the beginning of the page from the middle of a list.
 */
export function startFocus(): void {
  const observer = new MutationObserver(settle);
  observer.observe(document.body, { childList: true, subtree: true });
  addEventListener("focusin", remember);
  // Browsers tell of an element that is taken away as of one that somebody has left: what was changed in the page shows which it was.
  addEventListener("focusout", (event) => {
    if (event.relatedTarget === null) {
      queueMicrotask(() => {
        const records = observer.takeRecords();
        if (isNowhere() && !isLost(records)) {
          holder = null;
          place = null;
        }

        settle(records);
      });
    }
  });
  const forget = () => {
    wanted = null;
  };
  addEventListener("keydown", forget, true);
  addEventListener("pointerdown", forget, true);
}

/** Gives the focus to the heading of a part of the page, now or when that is drawn. */
export function focusHeading(id: string): void {
  wanted = goTo(id) ? null : id;
}

/** What has the focus now; null where nothing has. */
export function focusedPlace(): Place | null {
  return isNowhere() ? null : placeOf(document.activeElement as Focusable);
}

/** Gives the focus back to what had it, else to what has taken its place, else to where one can go on from. */
export function giveBack(to: Place | null): void {
  if (to?.element.isConnected) {
    // Where it was moved to is where somebody looks already, or far away: the page stays where it is.
    to.element.focus({ preventScroll: true });
  } else {
    ((to && (neighbour(to) ?? document.getElementById(to.heading))) ?? start())?.focus();
  }
}

function settle(records: MutationRecord[]): void {
  if (wanted !== null && goTo(wanted)) {
    wanted = null;
  } else if (!isNowhere()) {
    remember();
  } else if (isLost(records)) {
    giveBack(place);
  }
}

function goTo(id: string): boolean {
  const heading = document.getElementById(id);
  heading?.focus();
  heading?.scrollIntoView({ block: "nearest" });
  return heading !== null;
}

/** Whether what had the focus was taken away, or taken out and put in elsewhere. */
function isLost(records: MutationRecord[]): boolean {
  return (
    holder !== null && (!holder.isConnected || records.some(({ removedNodes }) => [...removedNodes].some((node) => node.contains(holder))))
  );
}

const isNowhere = () => document.activeElement === null || document.activeElement === document.body;

function remember(): void {
  holder = document.activeElement;
  if (holder?.closest("#main, #app > header")) {
    place = placeOf(holder as Focusable);
  }
}

function placeOf(element: Focusable): Place {
  const row = element.closest<HTMLElement>("[data-row]");
  const part = element.closest("section[aria-labelledby]");
  return {
    element,
    row: row?.dataset.row ?? null,
    rows: row && part ? [...rowsOf(part).keys()] : [],
    control: row ? [...row.querySelectorAll(CONTROL)].indexOf(element) : 0,
    heading: part?.getAttribute("aria-labelledby") ?? "",
  };
}

/** What can be used in the same row, in the next one that is still there, or else in one before. */
function neighbour({ row, rows, control, heading }: Place): HTMLElement | null {
  const part = document.getElementById(heading)?.closest("section[aria-labelledby]");
  if (row === null || !part) {
    return null;
  }

  const at = rows.indexOf(row);
  const known = rowsOf(part);
  const found = [...rows.slice(at), ...rows.slice(0, at).reverse()].find((key) => known.get(key)?.querySelector(CONTROL));
  const controls = (found !== undefined && known.get(found)?.querySelectorAll<HTMLElement>(CONTROL)) || [];
  return (found === row ? controls[control] : null) ?? controls[0] ?? null;
}

const rowsOf = (part: Element) =>
  new Map([...part.querySelectorAll<HTMLElement>("[data-row]")].map((row) => [row.dataset.row ?? "", row] as const));

const start = () => document.querySelector<HTMLElement>("#main h1[tabindex]") ?? document.getElementById("main");
