import { useId } from "preact/hooks";
import { notice, type Proposal, proposal } from "./perform";

interface Props {
  label: string;
  /** What it is about, for those who do not see where the button stands. */
  about?: string;
  /** Why it cannot be used now; null where it can. */
  refusal: string | null;
  propose: () => Proposal | Promise<Proposal>;
  isPrimary?: boolean;
  isDestructive?: boolean;
}

/** A button that first shows what it would do. One that cannot be used stays, and says why. */
export function ActionButton({ label, about, refusal, propose, isPrimary, isDestructive }: Props) {
  const id = useId();
  const press = async () => {
    if (refusal) {
      notice.value = { text: refusal, isFault: true };
      return;
    }

    try {
      proposal.value = await propose();
    } catch (fault) {
      notice.value = { text: fault instanceof Error ? fault.message : String(fault), isFault: true };
    }
  };
  return (
    <span class="action">
      <button
        type="button"
        class={`button${isPrimary ? " is-primary" : ""}${isDestructive ? " is-destructive" : ""}`}
        aria-disabled={refusal ? "true" : undefined}
        aria-describedby={refusal ? id : undefined}
        onClick={press}
      >
        {label}
        {about && <span class="unseen"> {about}</span>}
      </button>
      {refusal && (
        <span class="why" id={id} role="tooltip">
          {refusal}
        </span>
      )}
    </span>
  );
}
