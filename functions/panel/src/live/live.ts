import { effect, signal } from "@preact/signals";
import { ApiError, ask } from "../api/client";
import { keyNeeded } from "../api/key";
import type { Change, FeatureStatus } from "../api/types";
import { Feed, type FeedState } from "../feed/feed";
import { type Locks, Share } from "../feed/share";
import { route } from "../route/route";
import { applyToHome, readHome } from "./home";
import { Refresher } from "./refresher";

/** How the first read of the home page went: null while it goes on, an empty text where it is done, or what is wrong. */
export const homeFault = signal<string | null>(null);
export const feedState = signal<FeedState>({ kind: "connecting", mode: "stream", heardAt: 0, fault: "" });

/** How many pages of features of a status are shown. */
export const featurePages = signal<Partial<Record<FeatureStatus, number>>>({});

type Listener = (changes: Change[] | null) => void;
const listeners = new Set<Listener>();

/** Hears every change; null says that some may have been missed. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const home = new Refresher(
  async (signal) => {
    await readHome(route.value.params.q ?? "", featurePages.value, signal);
    homeFault.value = "";
  },
  (fault) => {
    homeFault.value = fault instanceof ApiError ? fault.message : String(fault);
    // A feed that lives says when to read again; one that does not reads again when it is back.
    setTimeout(() => home.touch(), 3000);
  },
);

export const refreshHome = () => home.touch();

const feed = new Feed({
  ask,
  onOpen: () => {
    home.touch();
    tell(null);
  },
  onChanges: (changes) => {
    applyToHome(changes);
    home.touch();
    tell(changes);
  },
  onState: (state) => {
    feedState.value = state;
  },
});

export const retryFeed = () => feed.retryNow();

function tell(changes: Change[] | null): void {
  for (const listener of listeners) {
    listener(changes);
  }
}

/** Begins to listen and to read. */
export function startLive(): void {
  void feed.run();
  home.touch();
  addEventListener("online", retryFeed);
  addEventListener("focus", retryFeed);
  const share = new Share((may) => feed.hold(may), navigator.locks as Locks | undefined);
  const look = () => (document.hidden ? void share.hide() : share.show());
  document.addEventListener("visibilitychange", look);
  look();
  effect(() => {
    if (!keyNeeded.value) {
      feed.retryNow();
      home.touch();
    }
  });
  let search = route.value.params.q ?? "";
  effect(() => {
    const sought = route.value.params.q ?? "";
    if (sought !== search) {
      search = sought;
      home.touch();
    }
  });
}
