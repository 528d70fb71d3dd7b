import { useSignal } from "@preact/signals";
import { type RefObject, useRef } from "preact/compat";
import type { PlacedFault } from "./draft";

interface Props {
  text: string;
  faults: PlacedFault[];
  field: RefObject<HTMLTextAreaElement | null>;
  onChange: (text: string) => void;
}

const LINE = 20;

/** A field with the numbers of its lines; those with a fault are marked. Files can be dropped on it. */
export function Editor({ text, faults, field, onChange }: Props) {
  const top = useSignal(0);
  const isOver = useSignal(false);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  const marked = new Set(faults.map((fault) => fault.line));
  const take = async (file: File | undefined) => {
    if (file) {
      onChange(await file.text());
    }
  };
  return (
    <div class={`editor${isOver.value ? " is-over" : ""}`}>
      <div class="gutter" aria-hidden="true" ref={gutter}>
        <div style={{ transform: `translateY(${-top.value}px)` }}>
          {Array.from({ length: Math.min(lines, 20_000) }, (_, index) => (
            <div key={index} class={marked.has(index + 1) ? "is-failed" : ""} style={{ height: `${LINE}px` }}>
              {marked.has(index + 1) ? "✕ " : ""}
              {index + 1}
            </div>
          ))}
        </div>
      </div>
      <textarea
        ref={field}
        id="draft"
        spellcheck={false}
        wrap="off"
        aria-label="Feature, as markdown or JSON"
        aria-invalid={faults.length > 0}
        aria-describedby={faults.length > 0 ? "faults" : undefined}
        placeholder="Paste a feature, or drop a file: markdown or JSON"
        value={text}
        onInput={(event) => onChange(event.currentTarget.value)}
        onScroll={(event) => {
          top.value = event.currentTarget.scrollTop;
        }}
        onDragOver={(event) => {
          event.preventDefault();
          isOver.value = true;
        }}
        onDragLeave={() => {
          isOver.value = false;
        }}
        onDrop={(event) => {
          event.preventDefault();
          isOver.value = false;
          void take(event.dataTransfer?.files[0]);
        }}
      />
    </div>
  );
}
