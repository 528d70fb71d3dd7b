import type { Fault } from "../api/types";
import { placeOf } from "./pointer";

export type Kind = "json" | "markdown";

/** A feature as JSON begins with a brace; anything else is markdown. */
export const kindOf = (text: string): Kind => (/^\s*\{/.test(text) ? "json" : "markdown");

export const mediaType: Record<Kind, string> = { json: "application/json", markdown: "text/markdown" };

/** A fault with its place in the text, where it has one. */
export interface PlacedFault {
  code: string;
  message: string;
  line?: number;
  column?: number;
}

/** Gives every fault its line: the host tells lines of markdown, and pointers into JSON. */
export function place(faults: Fault[], text: string): PlacedFault[] {
  return faults
    .map(({ code, message, line, column, pointer }): PlacedFault => {
      if (line !== undefined) {
        return { code, message, line, column: column ?? 1 };
      }

      return pointer !== undefined && kindOf(text) === "json" ? { code, message, ...placeOf(text, pointer) } : { code, message };
    })
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** Where a line begins and ends in a text, as a field selects it. */
export function rangeOf(text: string, line: number, column = 1): [start: number, end: number] {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf("\n", start);
    if (next < 0) {
      break;
    }

    start = next + 1;
  }

  const end = text.indexOf("\n", start);
  const last = end < 0 ? text.length : end;
  return [Math.min(start + column - 1, last), last];
}

/** A key for a submission: the same for a repeat of the same, another for anything else. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `panel-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export const EXAMPLE = `# Greeting service

Says hello over HTTP.

## Phase 1: Endpoint
Make GET /hello answer "hello".

## Phase 2: Tests
Depends on: 1
Test it.

## Phase 3: Documentation
Depends on: 1
Say in the README how to call it.
`;
