import { clockSkew } from "../api/client";
import { now } from "../live/clock";
import { feedState, homeFault } from "../live/live";
import { retryNow } from "../live/retries";
import { go, homeAddress, route, setParams } from "../route/route";
import { liveness } from "./liveness";
import { overlay } from "./overlay";

export function Header() {
  const search = route.value.params.q ?? "";
  const seek = (text: string) => {
    if (route.value.page === "home") {
      setParams({ q: text });
    } else {
      go(homeAddress({ q: text }));
    }
  };
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="PhaseFlow, home">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="3" cy="8" r="2.4" />
          <circle cx="13" cy="3.4" r="2.4" />
          <circle cx="13" cy="12.6" r="2.4" />
          <path d="M3 8 13 3.4M3 8l10 4.6" />
        </svg>
        <span>PhaseFlow</span>
      </a>
      <search>
        <input
          id="search"
          type="search"
          placeholder="Search ( / )"
          aria-label="Search features and phases"
          value={search}
          onInput={(event) => route.value.page === "home" && seek(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && seek(event.currentTarget.value)}
        />
      </search>
      <nav aria-label="Main">
        <a class="button is-primary" href="#/submit">
          Submit
        </a>
        <button type="button" class="button" aria-haspopup="dialog" onClick={() => (overlay.value = "palette")}>
          Commands <kbd>Ctrl K</kbd>
        </button>
        <button
          type="button"
          class="button"
          aria-haspopup="dialog"
          aria-label="Keyboard shortcuts"
          onClick={() => (overlay.value = "help")}
        >
          ?
        </button>
      </nav>
      <Live />
    </header>
  );
}

function Live() {
  const { kind, words } = liveness(feedState.value, now.value - clockSkew, homeFault.value);
  return (
    <p class={`live is-${kind}`}>
      <span class="dot" aria-hidden="true" />
      <span data-live={kind}>{words}</span>
      {kind === "stale" && (
        <button type="button" class="button" onClick={retryNow}>
          Try now
        </button>
      )}
    </p>
  );
}
