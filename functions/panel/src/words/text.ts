/** `1 phase`, `2 phases`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`. */
export function ordinal(number: number): string {
  const suffix = number % 100 >= 11 && number % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}

/** `phase 3`, `phases 2 and 3`, `phases 2, 3 and 5`; a long list is cut. */
export function phases(numbers: number[], most = 8): string {
  const shown = numbers.slice(0, most).map(String);
  const rest = numbers.length - shown.length;
  const words = rest > 0 ? [...shown, `${rest} more`] : shown;
  const last = words.pop();
  return numbers.length === 1 ? `phase ${last}` : `phases ${words.join(", ")} and ${last}`;
}

/** The first line that says something. */
export function firstLine(text: string | null | undefined): string {
  return (
    text
      ?.split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? ""
  );
}

/** An error on one line: its first line; after an exit code, which says little, the last one as well, and in place of what only announces it. */
export function errorLine(text: string | null | undefined): string {
  const lines =
    text
      ?.split("\n")
      .map((line) => line.trim())
      .filter(Boolean) ?? [];
  const [first = "", last = ""] = [lines[0], lines.at(-1)];
  return /^exit code \d+$/.test(first) && lines.length > 1 ? `${first}: ${last}` : first.endsWith(":") ? last : first;
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}

/** Whether all the words that were searched for stand in one of the texts. */
export function holds(search: string, ...texts: (string | number | null | undefined)[]): boolean {
  const all = texts.join("\n").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** Only addresses of the web become links: anything else could be a script. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text);
}
