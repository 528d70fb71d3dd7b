/** A place in a text, both from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Where the value of a JSON pointer (RFC 6901) stands in a text; of a value that is missing, where the one it is missing from begins. */
export function placeOf(text: string, pointer: string): Place {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return toPlace(text, new Walk(text).find(steps));
}

function toPlace(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Walks over JSON that is known to be well formed; where it is not, it stays where it is. */
class Walk {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  find(steps: string[]): number {
    this.#space();
    const start = this.#at;
    const [step, ...rest] = steps;
    const open = this.#text[this.#at];
    if (step === undefined || (open !== "{" && open !== "[")) {
      return start;
    }

    this.#at++;
    for (let index = 0; ; index++) {
      this.#space();
      if (this.#at >= this.#text.length || this.#text[this.#at] === "}" || this.#text[this.#at] === "]") {
        return start;
      }

      const name = open === "{" ? this.#name() : String(index);
      if (name === step) {
        return this.find(rest);
      }

      this.#skip();
      this.#space();
      if (this.#text[this.#at] === ",") {
        this.#at++;
      }
    }
  }

  #name(): string {
    const from = this.#at;
    this.#string();
    const name = this.#text.slice(from, this.#at);
    this.#space();
    if (this.#text[this.#at] === ":") {
      this.#at++;
    }

    this.#space();
    try {
      return String(JSON.parse(name));
    } catch {
      return "";
    }
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) {
      this.#at++;
    }
  }

  #string(): void {
    for (this.#at++; this.#at < this.#text.length && this.#text[this.#at] !== '"'; this.#at++) {
      if (this.#text[this.#at] === "\\") {
        this.#at++;
      }
    }

    this.#at++;
  }

  /** Over one value of any kind. */
  #skip(): void {
    let depth = 0;
    do {
      const char = this.#text[this.#at];
      if (char === '"') {
        this.#string();
        continue;
      }

      depth += char === "{" || char === "[" ? 1 : char === "}" || char === "]" ? -1 : 0;
      this.#at++;
    } while (this.#at < this.#text.length && (depth > 0 || !/[\s,\]}]/.test(this.#text[this.#at] ?? "")));
  }
}
