import { afterEach, beforeEach, expect, test } from "vitest";
import { route } from "../route/route";
import { startKeys } from "./keys";

startKeys();

beforeEach(() => {
  document.body.innerHTML = `
    <ul><li data-row="1"><a id="row" href="#/features/1/phases/2">1.2</a><button id="button" type="button">Retry</button></li></ul>
    <a id="link" href="#/submit">Submit</a><input id="field" /><section id="list" tabindex="0"></section>`;
});

afterEach(() => {
  location.hash = "";
});

/** Whether the browser is kept from doing what the key does there. */
function press(id: string, init: KeyboardEventInit): boolean {
  const element = document.getElementById(id) as HTMLElement;
  element.focus();
  return !element.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
}

test("the space bar opens the row whose link has the focus", () => {
  expect(press("row", { key: " " })).toBe(true);
  expect(route.value).toMatchObject({ page: "feature", feature: 1, phase: 2 });
});

test.each([
  ["button", {}],
  ["link", {}],
  ["field", {}],
  ["list", {}],
  ["row", { shiftKey: true }],
])("the space bar is the browser's on the %s %o", (id, init) => {
  expect(press(id, { key: " ", ...init })).toBe(false);
  expect(location.hash).toBe("");
});
