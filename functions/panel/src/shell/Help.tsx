import { Dialog } from "./Dialog";
import { shortcuts } from "./keys";
import { closeOverlay } from "./overlay";

export function Help() {
  return (
    <Dialog title="Keyboard shortcuts" onClose={closeOverlay}>
      <dl class="shortcuts">
        {shortcuts.map(([keys, does]) => (
          <div key={keys}>
            <dt>{keys.split(" ").map((key) => (key === "or" ? " or " : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="buttons">
        <button type="button" class="button is-primary" data-first onClick={closeOverlay}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
