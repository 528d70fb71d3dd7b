import { useSignal } from "@preact/signals";
import { count } from "./text";

/** Lines that are shown of a long error: its first one, which says what failed, and its last ones, which say why. */
const LAST = 8;

/** Why something failed. Of a long text the end is seen at once, and all of it when somebody asks. */
export function ErrorText({ text }: { text: string }) {
  const isWhole = useSignal(false);
  const lines = text.trimEnd().split("\n");
  const hidden = lines.length - 1 - LAST;
  return (
    <div class="error">
      {hidden > 1 && !isWhole.value ? (
        <>
          <pre>{lines[0]}</pre>
          <button type="button" class="button" onClick={() => (isWhole.value = true)}>
            Show {count(hidden, "line")} between
          </button>
          <pre>{lines.slice(-LAST).join("\n")}</pre>
        </>
      ) : (
        <pre>{text}</pre>
      )}
    </div>
  );
}
