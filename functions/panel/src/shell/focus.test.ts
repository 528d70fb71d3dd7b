import { beforeEach, expect, test } from "vitest";
import { focusedPlace, focusHeading, giveBack, startFocus } from "./focus";

startFocus();

const settled = () => new Promise((done) => setTimeout(done));
const row = (id: string) =>
  `<li data-row="${id}" id="row-${id}"><a id="${id}" href="#/${id}">${id}</a><button type="button" id="act-${id}">Do</button></li>`;
const of = (id: string) => document.getElementById(id) as HTMLElement;

beforeEach(() => {
  document.body.innerHTML = `<div id="app"><main id="main" tabindex="-1"><h1 tabindex="-1" id="h1">Home</h1>
    <section aria-labelledby="queue-title"><h2 id="queue-title" tabindex="-1">Queue</h2><ul id="list">${row("a")}${row("b")}${row("c")}</ul></section></main>
    <div id="over"></div></div>`;
});

test("what is moved keeps the focus", async () => {
  of("c").focus();
  of("list").prepend(of("row-c"));
  await settled();
  expect(document.activeElement).toBe(of("c"));
});

test("when a row leaves, the one that takes its place has the focus", async () => {
  of("act-b").focus();
  of("row-b").remove();
  await settled();
  expect(document.activeElement).toBe(of("c"));
});

test("a row that is drawn anew keeps the focus on the same control", async () => {
  of("act-b").focus();
  of("row-b").remove();
  of("row-a").insertAdjacentHTML("beforebegin", row("b"));
  await settled();
  expect(document.activeElement).toBe(of("act-b"));
});

test("when the last rows leave together, the one before has the focus", async () => {
  of("b").focus();
  of("row-b").remove();
  of("row-c").remove();
  await settled();
  expect(document.activeElement).toBe(of("a"));
});

test("when the list is empty, its heading has the focus", async () => {
  of("b").focus();
  of("list").remove();
  await settled();
  expect(document.activeElement).toBe(of("queue-title"));
});

test("when a control leaves its row, the row keeps the focus", async () => {
  of("act-b").focus();
  of("act-b").remove();
  await settled();
  expect(document.activeElement).toBe(of("b"));
});

test("a new page has the focus at its heading", async () => {
  of("b").focus();
  of("main").innerHTML = `<h1 tabindex="-1" id="other">Feature</h1>`;
  await settled();
  expect(document.activeElement).toBe(of("other"));
});

test("what somebody has left does not take the focus back", async () => {
  of("b").focus();
  of("b").blur();
  await settled();
  of("row-b").remove();
  await settled();
  expect(document.activeElement).toBe(document.body);
});

test("what leaves from over the page gives the focus back to the page", async () => {
  of("a").focus();
  of("over").innerHTML = `<button type="button" id="dismiss">Dismiss</button>`;
  of("dismiss").focus();
  of("over").innerHTML = "";
  await settled();
  expect(document.activeElement).toBe(of("a"));
});

test("a place is given back to what followed it while something else had the focus", () => {
  of("a").focus();
  const before = focusedPlace();
  of("a").blur();
  of("row-a").remove();
  giveBack(before);
  expect(document.activeElement).toBe(of("b"));
});

test("a heading that is not drawn yet has the focus when it is, unless somebody has gone on", async () => {
  focusHeading("later");
  of("main").insertAdjacentHTML("beforeend", `<h2 id="later" tabindex="-1">Later</h2>`);
  await settled();
  expect(document.activeElement).toBe(of("later"));

  of("later").remove();
  focusHeading("later");
  dispatchEvent(new KeyboardEvent("keydown", { key: "Tab" }));
  of("main").insertAdjacentHTML("beforeend", `<h2 id="later" tabindex="-1">Later</h2>`);
  await settled();
  expect(document.activeElement).not.toBe(of("later"));
});
