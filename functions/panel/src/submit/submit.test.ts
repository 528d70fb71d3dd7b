import { expect, test } from "vitest";
import { kindOf, newKey, place, rangeOf } from "./draft";
import { placeOf } from "./pointer";

const json = `{
  "title": "A \\"quoted\\" {brace}",
  "phases": [
    { "phase_number": 1, "title": "x" },
    {
      "phase_number": 2,
      "a/b~c": 5,
      "depends_on": [1, 9]
    }
  ]
}`;

test.each([
  ["", 1, 1],
  ["/title", 2, 12],
  ["/phases/0/title", 4, 35],
  ["/phases/1", 5, 5],
  ["/phases/1/depends_on/1", 8, 25],
  ["/phases/1/a~1b~0c", 7, 16],
])("the pointer %s is found in its text", (pointer, line, column) => {
  expect(placeOf(json, pointer)).toEqual({ line, column });
});

test("a member that is missing is told at what it is missing from", () => {
  expect(placeOf(json, "/phases/1/content")).toEqual({ line: 5, column: 5 });
  expect(placeOf(json, "/phases/7")).toEqual({ line: 3, column: 13 });
});

test.each(["{", '{"a', '{"a":', "[1,,", "", "{]"])("text that is no JSON ends the search: %s", (text) => {
  expect(placeOf(text, "/a/0/b").line).toBe(1);
});

test("faults get their lines and come in the order of the text", () => {
  const faults = [
    { code: "missing-dependency", message: "There is no phase 9.", pointer: "/phases/1/depends_on/1" },
    { code: "invalid-title", message: "No title.", pointer: "/title" },
    { code: "other", message: "Somewhere." },
  ];
  expect(place(faults, json).map((fault) => fault.line)).toEqual([undefined, 2, 8]);
  expect(place([{ code: "x", message: "y", line: 4, column: 13 }], "# Markdown")).toEqual([
    { code: "x", message: "y", line: 4, column: 13 },
  ]);
});

test("JSON begins with a brace, all else is markdown", () => {
  expect(kindOf('\n {"title": 1}')).toBe("json");
  expect(kindOf("# Title")).toBe("markdown");
});

test("a line is selected from its fault to its end", () => {
  const text = "one\ntwo\nthree";
  expect(text.slice(...rangeOf(text, 2))).toBe("two");
  expect(text.slice(...rangeOf(text, 3, 3))).toBe("ree");
  expect(rangeOf(text, 99)).toEqual([8, 13]);
});

test("two submissions have two keys", () => {
  expect(newKey()).toMatch(/^panel-[0-9a-f]{32}$/);
  expect(newKey()).not.toBe(newKey());
});
