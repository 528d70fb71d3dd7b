import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

/** A page that is loaded when it is first asked for. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let known: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const loaded = useSignal(known);
    const fault = useSignal(false);
    useEffect(() => {
      if (!known) {
        load().then(
          (page) => {
            known = page;
            loaded.value = page;
          },
          () => {
            fault.value = true;
          },
        );
      }
    }, []);
    const Page = loaded.value;
    if (fault.value) {
      return (
        <p class="page-note" role="alert">
          This page could not be loaded. <a href={location.href}>Load it again</a>; the app may have been updated.
        </p>
      );
    }

    return Page ? <Page {...props} /> : <p class="page-note">Loading…</p>;
  };
}
