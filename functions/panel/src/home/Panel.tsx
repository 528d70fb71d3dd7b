import type { ComponentChildren } from "preact";

interface Props {
  id: string;
  title: string;
  /** Beside the title: how many. */
  count?: string | undefined;
  children: ComponentChildren;
  /** Marks the panel where somebody is asked to look. */
  isUrgent?: boolean;
  tools?: ComponentChildren;
}

/** A part of the home page: a landmark with its heading. */
export function Panel({ id, title, count, children, isUrgent, tools }: Props) {
  return (
    <section id={id} class={`panel panel-${id}${isUrgent ? " is-urgent" : ""}`} aria-labelledby={`${id}-title`}>
      <header class="panel-head">
        <h2 id={`${id}-title`} tabIndex={-1}>
          {title}
          {count !== undefined && <span class="count">{count}</span>}
        </h2>
        {tools}
      </header>
      {children}
    </section>
  );
}

/** One sentence in place of a list that is empty. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A list that scrolls in itself where there is room for no more; it can be reached and scrolled with the keyboard. */
export function Rows({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="scroll" aria-label={label} tabIndex={0}>
      <ul class="rows">{children}</ul>
    </section>
  );
}
