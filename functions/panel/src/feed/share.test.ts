import { expect, test } from "vitest";
import { type Locks, Share } from "./share";

/** The locks that the tabs of one browser share. */
class Browser implements Locks {
  readonly #taken = new Set<string>();

  readonly request: Locks["request"] = async (name, _, use) => {
    if (this.#taken.has(name)) {
      return use(null);
    }

    this.#taken.add(name);
    await use({ name });
    this.#taken.delete(name);
  };
}

function open(locks: Locks | undefined) {
  const tab = { mayHold: true, share: undefined as unknown as Share };
  tab.share = new Share((may) => {
    tab.mayHold = may;
  }, locks);
  return tab;
}

const settled = () => new Promise((done) => setTimeout(done));

test("of hidden tabs two keep their connection, and one that is seen again has its own", async () => {
  const browser = new Browser();
  const tabs = Array.from({ length: 8 }, () => open(browser));
  for (const tab of tabs) {
    await tab.share.hide();
  }

  expect(tabs.filter((tab) => tab.mayHold)).toHaveLength(2);
  tabs[7]?.share.show();
  expect(tabs[7]?.mayHold).toBe(true);
});

test("a tab that is seen again leaves its place to another", async () => {
  const browser = new Browser();
  const [first, second, third] = [open(browser), open(browser), open(browser)];
  await first.share.hide();
  await second.share.hide();
  first.share.show();
  await settled();
  await third.share.hide();
  expect([first.mayHold, second.mayHold, third.mayHold]).toEqual([true, true, true]);
});

test("a tab that is seen again while it asks for a place takes none", async () => {
  const browser = new Browser();
  const [first, second, third] = [open(browser), open(browser), open(browser)];
  const hiding = first.share.hide();
  first.share.show();
  await hiding;
  await settled();
  await second.share.hide();
  await third.share.hide();
  expect([first.mayHold, second.mayHold, third.mayHold]).toEqual([true, true, true]);
});

test("where tabs cannot agree, a hidden one keeps no connection", async () => {
  const tab = open(undefined);
  await tab.share.hide();
  expect(tab.mayHold).toBe(false);
});
