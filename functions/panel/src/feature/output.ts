/** More characters than this are not kept in the page: the start goes, the end stays. */
export const MOST_KEPT = 2_000_000;

/** More places than this are counted, not marked. */
const MOST_MARKS = 2000;

/** What is seen of a text that a terminal was meant to show: without its colours and cursor moves. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are taken out
  return text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g, "").replace(/\r\n/g, "\n");
}

/** Appends to what is kept; whether the start had to go. */
export function append(kept: string, more: string): string {
  const all = kept + more;
  return all.length <= MOST_KEPT ? all : all.slice(all.indexOf("\n", all.length - MOST_KEPT) + 1);
}

/** The text in parts, those that were searched for marked, whatever their case. */
export function segments(text: string, search: string): { parts: { text: string; isMatch: boolean }[]; matches: number } {
  if (!search) {
    return { parts: [{ text, isMatch: false }], matches: 0 };
  }

  const parts: { text: string; isMatch: boolean }[] = [];
  const lower = text.toLowerCase();
  const sought = search.toLowerCase();
  // Lower case may be longer in some scripts; then places would not fit, and the text is searched as it stands.
  const where = lower.length === text.length ? lower : text;
  const what = lower.length === text.length ? sought : search;
  let matches = 0;
  let from = 0;
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + what.length)) {
    matches++;
    if (matches <= MOST_MARKS) {
      parts.push({ text: text.slice(from, at), isMatch: false }, { text: text.slice(at, at + what.length), isMatch: true });
      from = at + what.length;
    }
  }

  parts.push({ text: text.slice(from), isMatch: false });
  return { parts: parts.filter((part) => part.text !== ""), matches };
}
