import { signal } from "@preact/signals";

const NAME = "phaseflow-key";

/** Whether the host asks for a key and has not been given the right one. */
export const keyNeeded = signal(false);

/** The operator's key of this tab; it leaves with the tab. */
export function currentKey(): string | null {
  return sessionStorage.getItem(NAME);
}

let give = () => {};

/** Is done when there is no key to wait for. */
export let keyGiven: Promise<void> = Promise.resolve();

/** Asks for the key. */
export function askForKey(): void {
  if (!keyNeeded.peek()) {
    keyNeeded.value = true;
    keyGiven = new Promise((done) => {
      give = done;
    });
  }
}

export function giveKey(key: string): void {
  sessionStorage.setItem(NAME, key);
  keyNeeded.value = false;
  give();
}

/** Takes a key that came in the address, and takes it out of the address: it must not stay in a history or a copied link. */
export function takeKeyFromAddress(): void {
  const address = new URL(location.href);
  const code = address.searchParams.get("code");
  if (code) {
    giveKey(code);
    address.searchParams.delete("code");
    history.replaceState(null, "", address);
  }
}
