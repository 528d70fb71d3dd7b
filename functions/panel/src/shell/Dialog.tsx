import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { focusedPlace, giveBack } from "./focus";

interface Props {
  title: string;
  onClose: () => void;
  /** Called when it is gone and the focus is back. */
  onClosed?: () => void;
  children: ComponentChildren;
  class?: string;
}

/** A dialog of the browser's own: it holds the focus, closes with Escape, and gives the focus back. */
export function Dialog({ title, onClose, onClosed, children, class: look = "" }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const closed = useRef(onClosed);
  closed.current = onClosed;
  // As it is drawn, not after: what is typed meanwhile would go to the page below.
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = focusedPlace();
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-first], select, textarea, input, button")?.focus();
    return () => {
      dialog?.close();
      if (before) {
        giveBack(before);
      }

      closed.current?.();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${look}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
