import { slots } from "../live/home";
import { homeFault } from "../live/live";
import { retryNow } from "../live/retries";
import { route } from "../route/route";
import { Broken } from "./Broken";
import { Features } from "./Features";
import { NeedsYou } from "./NeedsYou";
import { QueueList } from "./QueueList";
import { SlotGauge } from "./SlotGauge";

/** Who needs me, what runs, what is next, what broke, and how the features stand: in this order. */
export function Home() {
  const search = route.value.params.q ?? "";
  if (slots.value === null) {
    return homeFault.value ? (
      <div class="page-note" role="alert">
        <p>Nothing can be shown yet: {homeFault.value}</p>
        <button type="button" class="button" onClick={retryNow}>
          Try again
        </button>
      </div>
    ) : (
      <p class="page-note">Slots, queue and features are loading…</p>
    );
  }

  return (
    <div class="home">
      <h1 class="unseen" tabIndex={-1}>
        Home
      </h1>
      <NeedsYou search={search} />
      <SlotGauge />
      <QueueList search={search} />
      <Broken search={search} />
      <Features search={search} />
    </div>
  );
}
