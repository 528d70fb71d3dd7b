import { expect, test } from "vitest";
import { countsOf } from "./status";
import { count, cut, errorLine, firstLine, holds, isWebAddress, ordinal, phases } from "./text";
import { cutToWidth } from "./width";

test("phases are listed as a person would", () => {
  expect(phases([3])).toBe("phase 3");
  expect(phases([2, 3])).toBe("phases 2 and 3");
  expect(phases([2, 3, 5])).toBe("phases 2, 3 and 5");
  expect(phases([1, 2, 3, 4, 5], 3)).toBe("phases 1, 2, 3 and 2 more");
});

test("counts agree with their noun", () => {
  expect(count(1, "phase")).toBe("1 phase");
  expect(count(1200, "phase")).toBe("1,200 phases");
});

test.each([
  [1, "1st"],
  [2, "2nd"],
  [3, "3rd"],
  [4, "4th"],
  [11, "11th"],
  [12, "12th"],
  [13, "13th"],
  [21, "21st"],
  [110, "110th"],
  [112, "112th"],
])("the place %i is told as %s", (number, word) => {
  expect(ordinal(number)).toBe(word);
});

test("the first line is the first that says something", () => {
  expect(firstLine("\n  \n exit code 1 \nmore")).toBe("exit code 1");
  expect(firstLine(null)).toBe("");
});

test("an error on one line says more than its exit code", () => {
  expect(errorLine("exit code 1\nstep 1\nthe schedule is not valid\n")).toBe("exit code 1: the schedule is not valid");
  expect(errorLine("Approval was denied: no.\nReally.")).toBe("Approval was denied: no.");
  expect(errorLine("exit code 1")).toBe("exit code 1");
  expect(errorLine("Traceback (most recent call last):\n  File x\nValueError: no")).toBe("ValueError: no");
  expect(errorLine(null)).toBe("");
});

test("a cut text says so and keeps its length", () => {
  expect(cut("integration", 6)).toBe("integ…");
  expect(cut("short", 6)).toBe("short");
});

test("a text that is too wide is cut where its room ends", () => {
  const width = (text: string) => 10 * text.length;
  expect(cutToWidth("Database Schema", 150, width)).toBe("Database Schema");
  expect(cutToWidth("Database Schema", 149, width)).toBe("Database Sche…");
  expect(cutToWidth("Database Schema", 100, width)).toBe("Database…");
  expect(cutToWidth("Database Schema", 5, width)).toBe("…");
});

test("a search finds what has all its words, in any order and case", () => {
  expect(holds("api BACK", "Backend API", 104)).toBe(true);
  expect(holds("104", "Backend API", 104)).toBe(true);
  expect(holds("api front", "Backend API", null)).toBe(false);
  expect(holds("", "anything")).toBe(true);
});

test.each(["javascript:alert(1)", "data:text/html,x", "docs/a.md", " https://a.b"])("%s is no address of the web", (text) => {
  expect(isWebAddress(text)).toBe(false);
});

test("an address of the web is one", () => {
  expect(isWebAddress("https://example.org/a?b")).toBe(true);
});

test("counts of statuses come in the order of urgency", () => {
  expect(countsOf(["completed", "running", "failed", "completed", "awaiting_approval"])).toBe(
    "1 awaiting approval, 1 failed, 1 running, 2 completed",
  );
});
