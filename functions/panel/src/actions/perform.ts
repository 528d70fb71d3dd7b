import { signal } from "@preact/signals";
import { ApiError, send } from "../api/client";
import type { Feature, Question, Row } from "../api/types";
import { finishedFeatures, openFeatures, waiting } from "../live/home";
import { refreshHome } from "../live/live";
import { cut, firstLine } from "../words/text";
import { featureConsequence, phaseConsequence, priorityConsequence } from "./consequences";
import { type FeatureAction, openQuestion, type PhaseAction } from "./refusals";

/** An action that waits for a person's word. */
export interface Proposal {
  /** What is acted on, and how: no other proposal has the same. */
  id: string;
  title: string;
  /** Said anew whenever what it touches changes, or another priority is chosen. */
  consequence: (priority: number) => string;
  /** The word on the button. */
  verb: string;
  isDestructive: boolean;
  takesReason: boolean;
  /** What is answered, where the action does that: it takes the answer in place of a reason. */
  question?: Question;
  /** The priority that is proposed, where the action gives one. */
  priority?: number;
  perform: (text: string, priority: number) => Promise<void>;
}

/** The action whose consequences are being shown. */
export const proposal = signal<Proposal | null>(null);

/** What was done last, or went wrong; it is told to screen readers as well. */
export const notice = signal<{ text: string; isFault: boolean } | null>(null);

const verbs: Record<FeatureAction | PhaseAction, [verb: string, done: string]> = {
  execute: ["Execute", "is executed"],
  generate: ["Generate phases", "has phases now"],
  cancel: ["Cancel", "is being cancelled"],
  suspend: ["Suspend", "is suspended"],
  resume: ["Resume", "goes on"],
  retry: ["Retry", "runs again"],
  answer: ["Answer", "has its answer"],
  approve: ["Approve", "is approved"],
  deny: ["Deny", "is denied"],
  prioritize: ["Set the priority of", "has its new priority"],
};

export const verbOf = (action: FeatureAction | PhaseAction) => verbs[action][0];

export function proposeForFeature(action: FeatureAction, feature: Feature): Proposal {
  const [verb, done] = verbs[action];
  const path = `api/v1/planned-features/${feature.id}/${action === "generate" ? "generate-implementation" : action}`;
  return {
    id: path,
    title: `${verb} feature ${feature.id}: ${feature.title}`,
    consequence: () => featureConsequence(action, newest(feature)),
    verb: action === "cancel" ? "Cancel the feature" : verb,
    isDestructive: action === "cancel",
    takesReason: action !== "generate",
    perform: (reason) => perform(`${path}`, () => send("POST", path, bodyOf(reason)), `Feature ${feature.id} ${done}.`),
  };
}

export function proposeForPhase(action: PhaseAction, row: Row, feature: Feature): Proposal {
  const [verb, done] = verbs[action];
  const path = `api/v1/queue/${row.queue_id}`;
  const word = `Phase ${row.phase_number} of feature ${feature.id} ${done}.`;
  if (action === "prioritize") {
    return {
      id: path,
      title: `Set the priority of phase ${row.phase_number}: ${row.title}`,
      consequence: (priority) =>
        priorityConsequence(waiting.value.find((one) => one.queue_id === row.queue_id) ?? row, priority, waiting.value),
      verb: "Set the priority",
      isDestructive: false,
      takesReason: true,
      priority: row.priority > URGENT ? URGENT : NORMAL,
      perform: (reason, priority) => perform(path, () => send("PATCH", path, { priority, ...bodyOf(reason) }), word),
    };
  }

  const title = `${verb} phase ${row.phase_number}: ${row.title}`;
  if (action === "answer" && row.question) {
    const { question } = row;
    return {
      id: `${path} ${question.number}`,
      title,
      // Of the question that is shown, whatever is asked by now.
      consequence: () => {
        const known = newest(feature).phases.find((phase) => phase.queue_id === row.queue_id) ?? row;
        return openQuestion(known)?.number === question.number
          ? phaseConsequence(action, row, feature)
          : `Question ${question.number} is not open any more${known.question?.number === question.number && known.question.answer ? `: it was answered with “${cut(firstLine(known.question.answer), 100)}”` : ""}.`;
      },
      verb,
      isDestructive: false,
      takesReason: false,
      question,
      // Another answer is another thing, which the host refuses: it must not be taken for this one.
      perform: (answer) =>
        perform(`${path} ${question.number} ${answer}`, () => send("POST", `${path}/answer`, { answer, question: question.number }), word),
    };
  }

  return {
    id: `${path}/${action}`,
    title,
    consequence: () => {
      const known = newest(feature);
      return phaseConsequence(action, known.phases.find((phase) => phase.queue_id === row.queue_id) ?? row, known);
    },
    verb: action === "cancel" ? "Cancel the phase" : verb,
    isDestructive: action === "cancel" || action === "deny",
    takesReason: true,
    perform: (reason) =>
      perform(
        `${path}/${action}`,
        () => (action === "cancel" ? send("DELETE", path, bodyOf(reason)) : send("POST", `${path}/${action}`, bodyOf(reason))),
        word,
      ),
  };
}

/** The feature as it is on the page by now. */
const newest = (feature: Feature) =>
  [...openFeatures.value, ...finishedFeatures.value].find((known) => known.id === feature.id && known.updated_at >= feature.updated_at) ??
  feature;

const bodyOf = (reason: string) => (reason.trim() ? { reason: reason.trim() } : {});

/** 10 is urgent, 50 is what nobody chose, 90 is background. */
const URGENT = 10;
const NORMAL = 50;

const underWay = new Map<string, Promise<void>>();

/** Does a thing once, however often it is asked for while it is being done. */
export function once(key: string, work: () => Promise<void>): Promise<void> {
  const known = underWay.get(key);
  if (known) {
    return known;
  }

  const task = work().finally(() => underWay.delete(key));
  underWay.set(key, task);
  return task;
}

function perform(key: string, call: () => Promise<unknown>, done: string): Promise<void> {
  return once(key, async () => {
    try {
      await call();
      notice.value = { text: done, isFault: false };
    } catch (fault) {
      notice.value = { text: fault instanceof ApiError ? fault.message : String(fault), isFault: true };
      throw fault;
    } finally {
      refreshHome();
    }
  });
}
