import type { Attempt, Change, Row } from "../api/types";

/** What a person is asked for. */
type Ask = "awaiting_approval" | "awaiting_answer";

/** A stretch of time of one attempt. An agent that waits for an answer is at work as well. */
export interface Bar {
  kind: "wait" | "work" | "ask";
  attempt: number;
  /** How it ended, or `running`. */
  look: "running" | "ready" | Ask | "completed" | "failed" | "cancelled";
  from: number;
  to: number;
  isOpen: boolean;
}

export interface Lane {
  row: Row;
  bars: Bar[];
  /** Milliseconds in the line for a slot, at work, and until a person answered or approved: none of them in another. */
  waited: number;
  worked: number;
  asked: number;
}

export interface Timeline {
  start: number;
  end: number;
  lanes: Lane[];
  /** How many phases of this feature were at work from each moment on. */
  occupancy: { at: number; count: number }[];
  peak: number;
}

interface Tries {
  ready?: number | undefined;
  start?: number | undefined;
  end?: number | undefined;
  completed?: boolean | undefined;
}

/** Time at work, in the line for a slot, and until a person approved or answered, apart: from the attempts, and from what the feed told of each. */
export function timelineOf(rows: Row[], attempts: Attempt[], changes: Change[], now: number, isOver = true): Timeline | null {
  const lanes = rows.map((row) => {
    const told = changes.filter((change) => change.type === "phase_changed" && change.queue_id === row.queue_id);
    return laneOf(row, triesOf(row, attempts, told), asksOf(row, told, now), now);
  });
  const bars = lanes.flatMap((lane) => lane.bars);
  if (bars.length === 0) {
    return null;
  }

  const start = Math.min(...bars.map((bar) => bar.from));
  // A wait that has no bar, such as for another attempt, is time all the same.
  const end = Math.max(start + 1000, isOver ? 0 : now, ...bars.map((bar) => bar.to));
  const occupancy = occupancyOf(bars.filter((bar) => bar.kind === "work"));
  return { start, end, lanes, occupancy, peak: Math.max(0, ...occupancy.map((step) => step.count)) };
}

function triesOf(row: Row, attempts: Attempt[], changes: Change[]): Map<number, Tries> {
  const tries = new Map<number, Tries>();
  const at = (attempt: number) => {
    const known = tries.get(attempt) ?? {};
    tries.set(attempt, known);
    return known;
  };
  for (const one of attempts) {
    if (one.queue_id === row.queue_id) {
      Object.assign(at(one.attempt), { start: time(one.launched_at), end: time(one.reported_at), completed: one.completed ?? undefined });
    }
  }

  for (const change of changes) {
    if (change.data.attempt) {
      const known = at(change.data.attempt);
      note(known, change.data);
      if (known.start === undefined && change.data.status !== "ready") {
        // It left the line without a slot.
        known.end ??= time(change.at);
      }
    }
  }

  if (row.attempt > 0) {
    note(at(row.attempt), row);
  }

  return tries;
}

function note(
  known: Tries,
  told: { ready_at?: string | null; started_at?: string | null; finished_at?: string | null; status?: string },
): void {
  const ready = time(told.ready_at);
  known.start = time(told.started_at) ?? known.start;
  // Later, it is the time at which an approval was asked for.
  if (ready !== undefined && (told.status === "ready" || ready <= (known.start ?? 0))) {
    known.ready = ready;
  }

  // Later, it is the time at which a phase ended that its attempt had left behind.
  known.end ??= time(told.finished_at);
  known.completed = told.status === "completed" ? true : told.status === "failed" ? false : known.completed;
}

/** When a person was asked for something, each time until it was given or refused, or nobody waited for it any more. */
function asksOf(row: Row, told: Change[], now: number): Bar[] {
  const bars: Bar[] = [];
  const turn = (status: string | undefined, attempt: number, at: number) => {
    const open = bars.at(-1);
    if (open?.isOpen) {
      if (open.look === status) {
        return;
      }

      open.isOpen = false;
      open.to = Math.max(open.from, at);
    }

    if (status === "awaiting_approval") {
      // It is the phase that is approved, before there is an attempt.
      bars.push({ kind: "ask", attempt: 0, look: status, from: at, to: Math.max(at, now), isOpen: true });
    } else if (status === "awaiting_answer") {
      bars.push({ kind: "ask", attempt, look: status, from: at, to: Math.max(at, now), isOpen: true });
    }
  };
  for (const { at, data } of told) {
    turn(data.status, data.attempt ?? 0, Date.parse(at));
  }

  const asked = { awaiting_approval: row.ready_at, awaiting_answer: row.question?.asked_at }[row.status as Ask];
  turn(row.status, row.attempt, time(asked) ?? now);
  return bars;
}

function laneOf(row: Row, tries: Map<number, Tries>, asks: Bar[], now: number): Lane {
  const bars: Bar[] = [];
  const isOver = ["completed", "failed", "cancelled", "blocked"].includes(row.status);
  for (const [attempt, { ready, start, end, completed }] of [...tries].sort(([a], [b]) => a - b)) {
    const isCurrent = attempt === row.attempt;
    if (ready !== undefined && (start === undefined || start > ready)) {
      const isOpen = start === undefined && row.status === "ready" && isCurrent;
      const to = start ?? end ?? (isOpen ? now : ready);
      bars.push({ kind: "wait", attempt, look: "ready", from: ready, to: Math.max(ready, to), isOpen });
    }

    if (start !== undefined) {
      const isOpen = end === undefined && isCurrent && !isOver;
      const to = end ?? (isOpen ? now : start);
      const look = isOpen ? "running" : completed === true ? "completed" : row.status === "cancelled" && isCurrent ? "cancelled" : "failed";
      bars.push({ kind: "work", attempt, look, from: start, to: Math.max(start, to), isOpen });
    }
  }

  const sum = (kind: Bar["kind"], look?: Bar["look"]) =>
    bars.filter((bar) => bar.kind === kind && (!look || bar.look === look)).reduce((all, bar) => all + bar.to - bar.from, 0);
  bars.push(...asks);
  const answers = sum("ask", "awaiting_answer");
  return { row, bars, waited: sum("wait"), worked: Math.max(0, sum("work") - answers), asked: answers + sum("ask", "awaiting_approval") };
}

function occupancyOf(bars: Bar[]): Timeline["occupancy"] {
  const steps = bars.flatMap((bar) => [
    { at: bar.from, by: 1 },
    { at: bar.to, by: -1 },
  ]);
  // What ends at a moment makes room for what begins then.
  steps.sort((a, b) => a.at - b.at || a.by - b.by);
  const result: Timeline["occupancy"] = [];
  let count = 0;
  for (const { at, by } of steps) {
    count += by;
    if (result.at(-1)?.at === at) {
      result.pop();
    }

    result.push({ at, count });
  }

  return result;
}

const time = (text: string | null | undefined) => (text ? Date.parse(text) : undefined);
