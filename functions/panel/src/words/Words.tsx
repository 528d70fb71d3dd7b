/** What somebody wrote, as it was written; what is long scrolls in itself. */
export function Words({ label, text }: { label: string; text: string }) {
  return (
    <section class="terminal" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}
