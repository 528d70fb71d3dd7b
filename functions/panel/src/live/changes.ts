import type { Change, Feature, FeatureStatus, PhaseStatus, Row, Slots } from "../api/types";

/** What a change says at once about a row, before the row is read again: the reason and the place in the line are not among it. */
export function patchRow(row: Row, change: Change): Row {
  if (change.type !== "phase_changed" || change.queue_id !== row.queue_id) {
    return row;
  }

  const data = change.data;
  const status = (data.status as PhaseStatus | undefined) ?? row.status;
  return {
    ...row,
    status,
    attempt: data.attempt ?? row.attempt,
    priority: data.priority ?? row.priority,
    adw_id: data.adw_id === undefined ? row.adw_id : data.adw_id,
    slot: data.slot === undefined ? row.slot : data.slot,
    issue_number: data.issue_number === undefined ? row.issue_number : data.issue_number,
    pr_number: data.pr_number === undefined ? row.pr_number : data.pr_number,
    error_message: data.error_message === undefined ? row.error_message : data.error_message,
    question: data.question === undefined ? row.question : data.question,
    ready_at: data.ready_at === undefined ? row.ready_at : data.ready_at,
    started_at: data.started_at === undefined ? row.started_at : data.started_at,
    finished_at: data.finished_at === undefined ? row.finished_at : data.finished_at,
    position: status === row.status ? row.position : null,
    wait_reason: status === row.status ? row.wait_reason : null,
    updated_at: change.at,
  };
}

/** Applies changes to a feature and its phases; the same feature where none is about it. */
export function patchFeature<T extends Feature>(feature: T, changes: Change[]): T {
  let result = feature;
  for (const change of changes) {
    if (change.feature_id !== feature.id) {
      continue;
    }

    if (change.type === "feature_changed" && change.data.status) {
      result = { ...result, status: change.data.status as FeatureStatus, updated_at: change.at };
    } else if (change.type === "phase_changed") {
      const phases = result.phases.map((row) => patchRow(row, change));
      const completed = phases.filter((row) => row.status === "completed").length;
      result = {
        ...result,
        phases,
        phases_completed: completed,
        progress: phases.length === 0 ? 0 : Math.floor((100 * completed) / phases.length),
        updated_at: change.at,
      };
    }
  }

  return result;
}

/** Who holds a slot, as a change tells it: a phase has the one it names, and no other. */
export function patchSlots(slots: Slots, change: Change): Slots {
  const { slot, attempt, adw_id, started_at } = change.data;
  if (change.type !== "phase_changed" || !change.queue_id || slot === undefined) {
    return slots;
  }

  const others = slots.held.filter((held) => held.queue_id !== change.queue_id && held.slot !== slot);
  const holder = {
    slot: slot ?? 0,
    queue_id: change.queue_id,
    attempt: attempt ?? 1,
    adw_id: adw_id ?? null,
    since: started_at ?? change.at,
  };
  return { ...slots, held: slot === null ? others : [...others, holder] };
}

/** The new list with the old objects where nothing changed, so that only what changed is drawn again. */
export function keepSame<T>(old: T[], fresh: T[], key: (item: T) => string | number): T[] {
  const known = new Map(old.map((item) => [key(item), item]));
  return fresh.map((item) => {
    const before = known.get(key(item));
    return before !== undefined && JSON.stringify(before) === JSON.stringify(item) ? before : item;
  });
}
