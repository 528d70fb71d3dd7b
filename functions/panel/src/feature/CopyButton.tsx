import { notice } from "../actions/perform";

/** Copies a text, and says so. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      notice.value = { text: "Copied.", isFault: false };
    } catch {
      notice.value = {
        text: "The browser does not let this page copy: it is open over plain http. Copy from the address bar instead.",
        isFault: true,
      };
    }
  };
  return (
    <button type="button" class="button" onClick={copy}>
      {label}
    </button>
  );
}
