import type { Feature, Row } from "../api/types";
import { isSpent, spendWords, usd } from "../feature/usage";
import { descendants } from "../graph/levels";
import { holdsSlot } from "../words/status";
import { count, phases } from "../words/text";
import { type FeatureAction, isOver, isRetryable, type PhaseAction } from "./refusals";

const numbers = (rows: Row[]) => rows.map((row) => row.phase_number);

/** What an action on a feature does, in a sentence that names what it touches. */
export function featureConsequence(action: FeatureAction, feature: Feature): string {
  const agents = feature.phases.filter(holdsSlot);
  const waiting = feature.phases.filter((row) => !holdsSlot(row) && !isOver(row));
  switch (action) {
    case "execute": {
      const first = feature.phases.filter((row) => row.depends_on.length === 0);
      return `Executes feature ${feature.id}: ${phases(numbers(first))} may start at once, ${count(feature.phases.length, "phase")} in all${
        feature.max_cost_usd === null ? "" : `; once it has spent ${usd(feature.max_cost_usd)} it asks before anything more starts`
      }.`;
    }
    case "generate":
      return `Makes phases for feature ${feature.id} from its description. Nothing starts yet.`;
    case "cancel":
      return `Cancel feature ${feature.id}: ${stops(agents.length)}, ${neverStart(waiting.length)}; issues stay open. A retry starts it again.`;
    case "suspend":
      return `Suspends feature ${feature.id}: ${goOn(agents.length)}, ${waits(waiting.length)} until it is resumed.${leave(feature)}`;
    case "resume":
      return `Resumes feature ${feature.id}: ${count(waiting.length, "phase")} may start again. What is ready joins the line for a slot anew.`;
    case "retry":
      return `${again(feature, feature.phases.filter(isRetryable))} What is completed stays.`;
  }
}

/** What an action on a phase does, in a sentence that names what it touches. */
export function phaseConsequence(action: PhaseAction, row: Row, feature: Feature): string {
  const following = descendants(feature.phases, [row.phase_number]).filter((number) => {
    const status = feature.phases.find((phase) => phase.phase_number === number)?.status;
    return status !== "completed" && status !== "cancelled";
  });
  const blocks =
    following.length === 0
      ? "nothing depends on it"
      : `${phases(following)}, which ${following.length === 1 ? "depends on it, is" : "depend on it, are"} blocked`;
  switch (action) {
    case "answer":
      return `Answers question ${row.question?.number} of phase ${row.phase_number} of feature ${feature.id}: its agent goes on.`;
    case "retry":
      return `${again(feature, [row])} What is completed stays.`;
    case "cancel":
      if (isOver(row)) {
        return `Gives on the slot of phase ${row.phase_number} of feature ${feature.id}, although its agent may still be at work. The phase stays ${row.status}.`;
      }

      return `Cancels phase ${row.phase_number} of feature ${feature.id}: ${holdsSlot(row) ? "its agent is stopped" : "it never starts"}; ${blocks}.${row.issue_number === null ? "" : " Its issue stays open."}`;
    case "approve":
      return `Approves phase ${row.phase_number} of feature ${feature.id}: its agent starts ${feature.status === "suspended" ? "once its feature is resumed" : "as soon as there is a slot for it"}.${
        isSpent(feature) ? ` The feature has spent ${spendWords(feature)}; what this phase costs comes on top.` : ""
      }`;
    case "prioritize":
      return `Gives phase ${row.phase_number} of feature ${feature.id} another priority.`;
    case "deny":
      return `Denies phase ${row.phase_number} of feature ${feature.id}: it fails without ${row.started_at ? "another attempt" : "having started"}; ${blocks}. A retry asks for the approval again.`;
  }
}

/** What a new priority does to a phase's place in the line, as far as the line is known. */
export function priorityConsequence(row: Row, priority: number, line: Row[]): string {
  const what = `Phase ${row.phase_number} of feature ${row.feature_id}`;
  if (priority === row.priority) {
    return `${what} has priority ${priority} already: nothing changes.`;
  }

  const change = `${what} gets priority ${priority} in place of ${row.priority}`;
  const { position } = row;
  if (position === null) {
    return `${change}. It counts once the phase is in the line for a slot.`;
  }

  const passed = line.filter(
    (other) =>
      other.position !== null &&
      (priority < row.priority
        ? other.position < position && other.priority > priority
        : other.position > position && other.priority < priority),
  ).length;
  const where = priority < row.priority ? "goes ahead of" : "goes behind";
  return passed === 0 ? `${change}: it keeps its place in the line.` : `${change}: it ${where} ${count(passed, "phase")} in the line.`;
}

function again(feature: Feature, rows: Row[]): string {
  const which = numbers(rows);
  const freed = descendants(feature.phases, which).filter((number) =>
    ["blocked", "queued"].includes(feature.phases.find((row) => row.phase_number === number)?.status ?? ""),
  );
  const after = freed.length === 0 ? "" : `, then what ${which.length === 1 ? "it" : "they"} blocked: ${phases(freed)}`;
  return `Runs ${phases(which)} of feature ${feature.id} again${after}.`;
}

const stops = (agents: number) => (agents === 0 ? "no agent is at work" : `stops ${count(agents, "agent")}`);
const goOn = (agents: number) =>
  agents === 0 ? "no agent is at work" : `${count(agents, "agent")} at work ${agents === 1 ? "goes on to its end" : "go on to their end"}`;
const waits = (waiting: number) => `${count(waiting, "phase")} ${waiting === 1 ? "waits" : "wait"}`;

/** What a suspension costs those that stand in the line for a slot. */
function leave(feature: Feature): string {
  const ready = feature.phases.filter((row) => row.status === "ready");
  return ready.length === 0
    ? ""
    : ` ${ready.length === 1 ? `Phase ${numbers(ready)[0]} loses its place` : `${count(ready.length, "phase")} lose their places`} in the line for a slot.`;
}

const neverStart = (waiting: number) =>
  waiting === 0 ? "nothing else was to start" : `${count(waiting, "phase")} never ${waiting === 1 ? "starts" : "start"}`;
