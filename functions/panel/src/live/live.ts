import { effect, signal } from "@preact/signals";
import { ApiError, ask } from "../api/client";
import type { Change, FeatureStatus } from "../api/types";
import { Feed, type FeedState } from "../feed/feed";
import { type Locks, Share } from "../feed/share";
import { route } from "../route/route";
import { applyToHome, readHome } from "./home";
import { Refresher } from "./refresher";
import { retryNow } from "./retries";

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
  },
);

export const refreshHome = () => home.touch();

const feed = new Feed({
  ask,
  onOpen: () => {
    home.touch();
    tell(null);
    retryNow();
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

function tell(changes: Change[] | null): void {
  for (const listener of listeners) {
    listener(changes);
  }
}

/** Begins to listen and to read. */
export function startLive(): void {
  void feed.run();
  home.touch();
  addEventListener("online", retryNow);
  addEventListener("focus", retryNow);
  const share = new Share((may) => feed.hold(may), navigator.locks as Locks | undefined);
  const look = () => {
    if (document.hidden) {
      void share.hide();
    } else {
      share.show();
      retryNow();
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
  let search = route.value.params.q ?? "";
  effect(() => {
    const sought = route.value.params.q ?? "";
    if (sought !== search) {
      search = sought;
      home.touch();
    }
  });
}
