import { useSignal } from "@preact/signals";
import { currentKey, giveKey, keyNeeded } from "../api/key";
import { Dialog } from "./Dialog";

/** Asks for the key of the host where it wants one; it stays in this tab. */
export function KeyPrompt() {
  return keyNeeded.value && <Asked />;
}

function Asked() {
  const key = useSignal("");
  const wasRefused = currentKey() !== null;
  return (
    <Dialog title="This host asks for its key" onClose={() => {}}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key.peek().trim()) {
            giveKey(key.peek().trim());
          }
        }}
      >
        {wasRefused && (
          <p class="fault" role="alert">
            The key that was given is not the right one.
          </p>
        )}
        <p>It is the setting PhaseFlow__Key of the host, or a function key on Azure. It is kept in this tab only.</p>
        <label class="field">
          <span>Key</span>
          <input
            type="password"
            autocomplete="off"
            required
            value={key}
            onInput={(event) => {
              key.value = event.currentTarget.value;
            }}
          />
        </label>
        <p class="buttons">
          <button type="submit" class="button is-primary">
            Open the panel
          </button>
        </p>
      </form>
    </Dialog>
  );
}
