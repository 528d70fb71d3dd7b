import { useSignal } from "@preact/signals";
import { giveKey, keyNeeded } from "../api/key";
import { Dialog } from "./Dialog";

/** Asks once for the key of the host; it stays in this tab. */
export function KeyPrompt() {
  const key = useSignal("");
  return (
    keyNeeded.value && (
      <Dialog title="This host asks for its key" onClose={() => {}}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (key.peek().trim()) {
              giveKey(key.peek().trim());
            }
          }}
        >
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
    )
  );
}
