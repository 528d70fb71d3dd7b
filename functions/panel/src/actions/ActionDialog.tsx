import { useSignal } from "@preact/signals";
import { Dialog } from "../shell/Dialog";
import { Words } from "../words/Words";
import { type Proposal, proposal } from "./perform";

const LONGEST_REASON = 2000;
const LONGEST_ANSWER = 4000;
const priorities = new Map([
  [1, "before all others"],
  [10, "urgent"],
  [30, "soon"],
  [50, "normal"],
  [70, "later"],
  [90, "background"],
]);

/** What was written and not sent, until the page is closed: nobody writes an answer twice because of one Escape. */
const drafts = new Map<string, string>();

/** Says what the action does, takes a reason or an answer, and does it once. */
export function ActionDialog() {
  const shown = proposal.value;
  return shown && <Asked key={shown.id} shown={shown} />;
}

function Asked({ shown }: { shown: Proposal }) {
  const text = useSignal(drafts.get(shown.id) ?? "");
  const fault = useSignal("");
  const priority = useSignal(shown.priority ?? 0);
  const isBusy = useSignal(false);
  const close = () => {
    // What was sent may be answered when another is open already.
    if (proposal.peek() === shown) {
      proposal.value = null;
    }
  };
  const confirm = async (event: Event) => {
    event.preventDefault();
    if (isBusy.peek()) {
      return;
    }

    isBusy.value = true;
    fault.value = "";
    try {
      await shown.perform(text.peek(), priority.peek());
      drafts.delete(shown.id);
      close();
    } catch (problem) {
      fault.value = problem instanceof Error ? problem.message : String(problem);
    }

    isBusy.value = false;
  };
  return (
    <Dialog title={shown.title} onClose={close}>
      <form onSubmit={confirm}>
        {shown.question && <Words label={`Question ${shown.question.number}`} text={shown.question.text} />}
        {shown.priority !== undefined && (
          <label class="field">
            <span>Priority</span>
            <select
              value={priority}
              onChange={(event) => {
                priority.value = Number(event.currentTarget.value);
              }}
            >
              {[...priorities].map(([value, word]) => (
                <option key={value} value={value}>
                  {value}, {word}
                </option>
              ))}
            </select>
          </label>
        )}
        <p class="consequence" aria-live="polite">
          {shown.consequence(priority.value)}
        </p>
        {(shown.takesReason || shown.question) && (
          <label class="field">
            <span>{shown.question ? "Answer" : "Reason (optional)"}</span>
            <textarea
              rows={shown.question ? 5 : 2}
              maxLength={shown.question ? LONGEST_ANSWER : LONGEST_REASON}
              required={!!shown.question}
              value={text}
              onInput={(event) => {
                text.value = event.currentTarget.value;
                drafts.set(shown.id, text.value);
              }}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                  event.currentTarget.form?.requestSubmit();
                }
              }}
            />
          </label>
        )}
        {fault.value && (
          <p class="fault" role="alert">
            {fault.value}
          </p>
        )}
        <p class="buttons">
          <button
            type="submit"
            class={`button ${shown.isDestructive ? "is-destructive" : "is-primary"}`}
            aria-disabled={isBusy.value ? "true" : undefined}
          >
            {isBusy.value ? "Sending…" : shown.verb}
          </button>
          <button type="button" class="button" onClick={close}>
            Leave it as it is
          </button>
        </p>
      </form>
    </Dialog>
  );
}
