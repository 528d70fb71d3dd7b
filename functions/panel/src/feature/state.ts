import { type Signal, signal } from "@preact/signals";
import { ApiError, get } from "../api/client";
import type { Change, Events, Feature } from "../api/types";
import { patchFeature } from "../live/changes";
import { onChange } from "../live/live";
import { Refresher } from "../live/refresher";

/** A feature that is looked at: kept up to date until it is left. */
export interface Watched {
  feature: Signal<Feature | null>;
  changes: Signal<Change[]>;
  fault: Signal<string>;
  stop: () => void;
}

/** Entries that are kept of one feature, at most. */
const MOST = 20_000;

export function watch(id: number): Watched {
  const feature = signal<Feature | null>(null);
  const changes = signal<Change[]>([]);
  const fault = signal("");
  let cursor = 0;
  const add = (more: Change[]) => {
    const fresh = more.filter((change) => change.feature_id === id && change.cursor > (changes.value.at(-1)?.cursor ?? 0));
    if (fresh.length > 0) {
      changes.value = [...changes.value, ...fresh].slice(-MOST);
    }
  };
  const read = async (after: number, ending: AbortSignal): Promise<Events> => {
    try {
      return await get<Events>(`api/v1/events?feature=${id}&after=${after}`, ending);
    } catch (problem) {
      // What followed is kept no longer: what is, begins later.
      if (problem instanceof ApiError && problem.status === 410) {
        return get<Events>(`api/v1/events?feature=${id}&after=0`, ending);
      }

      throw problem;
    }
  };
  const refresher = new Refresher(
    async (ending) => {
      feature.value = await get<Feature>(`api/v1/planned-features/${id}`, ending);
      fault.value = "";
      // From where the history was read last, to its end: what the feed told meanwhile is among it.
      for (let from = -1; from !== cursor; ) {
        from = cursor;
        const page = await read(cursor, ending);
        cursor = page.cursor;
        add(page.events as Change[]);
      }
    },
    (problem) => {
      if (problem instanceof ApiError && problem.status === 404) {
        fault.value = `There is no feature ${id}.`;
        return;
      }

      fault.value = problem instanceof Error ? problem.message : String(problem);
    },
  );
  const leave = onChange((told) => {
    if (told === null) {
      refresher.touch();
    } else if (told.some((change) => change.feature_id === id)) {
      if (feature.value) {
        feature.value = patchFeature(feature.value, told);
      }

      refresher.touch();
    }
  });
  refresher.touch();
  return {
    feature,
    changes,
    fault,
    stop: () => {
      leave();
      refresher.stop();
    },
  };
}
