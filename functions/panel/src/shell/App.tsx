import { ActionDialog } from "../actions/ActionDialog";
import { clockSkew } from "../api/client";
import { Home } from "../home/Home";
import { now } from "../live/clock";
import { feedState, homeFault } from "../live/live";
import { route } from "../route/route";
import { Announcer } from "./Announcer";
import { Header } from "./Header";
import { Help } from "./Help";
import { KeyPrompt } from "./KeyPrompt";
import { lazy } from "./Lazy";
import { liveness } from "./liveness";
import { overlay } from "./overlay";
import { Palette } from "./Palette";

const FeaturePage = lazy(async () => (await import("../feature/FeaturePage")).FeaturePage);
const SubmitPage = lazy(async () => (await import("../submit/SubmitPage")).SubmitPage);

export function App() {
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it is a jump within the page, made by hand because the address is the panel's own */}
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header />
      <Main />
      <Announcer />
      {overlay.value === "help" && <Help />}
      {overlay.value === "palette" && <Palette />}
      <ActionDialog />
      <KeyPrompt />
    </>
  );
}

function Main() {
  const isStale = liveness(feedState.value, now.value - clockSkew, homeFault.value).kind === "stale";
  return (
    <main id="main" tabIndex={-1} class={isStale ? "is-stale" : ""}>
      <Page />
    </main>
  );
}

function Page() {
  const { page, feature, phase } = route.value;
  switch (page) {
    case "home":
      return <Home />;
    case "feature":
      return <FeaturePage key={feature} id={feature ?? 0} phase={phase ?? null} />;
    case "submit":
      return <SubmitPage />;
    default:
      return (
        <p class="page-note">
          There is no such page. <a href="#/">Go home</a>.
        </p>
      );
  }
}

// The address after # is the panel's own: a jump within the page is made by hand.
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
