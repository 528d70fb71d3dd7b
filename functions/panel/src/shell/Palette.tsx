import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { finishedFeatures, openFeatures } from "../live/home";
import { route } from "../route/route";
import { type Command, commandsOf } from "./commands";
import { Dialog } from "./Dialog";
import { closeOverlay } from "./overlay";

/** Every command at hand, found by typing. */
export function Palette() {
  const search = useSignal("");
  const chosen = useSignal(0);
  const next = useRef<Command | null>(null);
  const commands = commandsOf([...openFeatures.value, ...finishedFeatures.value], search.value, route.value);
  const index = Math.min(chosen.value, commands.length - 1);
  const run = (command: Command | undefined) => {
    if (command) {
      next.current = command;
      closeOverlay();
    }
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (index + (event.key === "ArrowDown" ? 1 : -1) + commands.length) % Math.max(1, commands.length);
      chosen.value = next;
      document.getElementById(`command-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(commands[index]);
    }
  };
  return (
    <Dialog title="Commands" class="palette" onClose={closeOverlay} onClosed={() => next.current?.run()}>
      <input
        type="text"
        role="combobox"
        data-first
        placeholder="Type what you want to do"
        aria-label="Command"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={index >= 0 ? `command-${index}` : undefined}
        autocomplete="off"
        value={search}
        onInput={(event) => {
          search.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={press}
      />
      <div class="scroll">
        <div id="commands" role="listbox" aria-label="Commands" class="commands">
          {commands.map((command, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
            <div
              key={command.label}
              id={`command-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === index}
              onClick={() => run(command)}
            >
              <bdi>{command.label}</bdi>
              {command.hint && <span class="sub"> {command.hint}</span>}
            </div>
          ))}
        </div>
      </div>
      {commands.length === 0 && <p class="empty">No command has these words.</p>}
    </Dialog>
  );
}
