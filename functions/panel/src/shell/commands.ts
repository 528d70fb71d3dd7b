import { proposal, proposeForFeature, proposeForPhase, verbOf } from "../actions/perform";
import { type FeatureAction, featureRefusal, type PhaseAction, phaseRefusal } from "../actions/refusals";
import type { Feature, Row } from "../api/types";
import { featureAddress, go, phaseAddress, type Route } from "../route/route";
import { featureWords, phaseWords } from "../words/status";
import { holds } from "../words/text";
import { goToSection } from "./keys";
import { overlay } from "./overlay";

/** Something that the palette offers. */
export interface Command {
  label: string;
  /** What it is, or where it leads. */
  hint: string;
  run: () => void;
}

const MOST = 40;

const places: Command[] = [
  { label: "Home", hint: "g h", run: () => go("#/") },
  { label: "Submit a feature", hint: "g s", run: () => go("#/submit") },
  { label: "What needs you", hint: "g n", run: () => goToSection("needs") },
  { label: "Queue", hint: "g q", run: () => goToSection("queue") },
  { label: "What is broken", hint: "g b", run: () => goToSection("broken") },
  { label: "Features", hint: "g f", run: () => goToSection("features") },
  { label: "Planned features", hint: "", run: () => go("#/?show=planned") },
  { label: "Finished features", hint: "", run: () => go("#/?show=finished") },
  {
    label: "Keyboard shortcuts",
    hint: "?",
    run: () => {
      overlay.value = "help";
    },
  },
];

const featureActions: FeatureAction[] = ["execute", "suspend", "resume", "retry", "cancel"];
const phaseActions: PhaseAction[] = ["answer", "approve", "deny", "retry", "prioritize", "cancel"];

/** What can be done now, with all features that are on the page; only what would be obeyed is offered. What is open is meant before anything else. */
export function commandsOf(features: Feature[], search: string, open: Pick<Route, "feature" | "phase"> = {}): Command[] {
  const here = features.filter((feature) => feature.id === open.feature);
  const elsewhere = features.filter((feature) => feature.id !== open.feature);
  const all = [
    ...here.flatMap((feature) => ofFeature(feature, open.phase)),
    ...places,
    ...elsewhere.flatMap((feature) => ofFeature(feature)),
  ];
  return (search.trim() ? all.filter((command) => holds(search.trim(), command.label, command.hint)) : all).slice(0, MOST);
}

function ofFeature(feature: Feature, openPhase?: number): Command[] {
  const name = `${feature.id} ${feature.title}`;
  const phasesWhere = (isMeant: (phase: number) => boolean) =>
    feature.phases.filter((row) => isMeant(row.phase_number)).flatMap((row) => ofPhase(row, feature));
  return [
    ...phasesWhere((phase) => phase === openPhase),
    { label: `Open ${name}`, hint: featureWords[feature.status], run: () => go(featureAddress(feature.id)) },
    ...featureActions
      .filter((action) => featureRefusal(action, feature) === null)
      .map((action) => ({
        label: `${verbOf(action)} ${name}`,
        hint: "feature",
        run: () => {
          proposal.value = proposeForFeature(action, feature);
        },
      })),
    ...phasesWhere((phase) => phase !== openPhase),
  ];
}

function ofPhase(row: Row, feature: Feature): Command[] {
  const name = `${row.feature_id}.${row.phase_number} ${row.title}`;
  return [
    ...phaseActions
      .filter((action) => phaseRefusal(action, row) === null)
      .map((action) => ({
        label: `${verbOf(action)} ${name}`,
        hint: "phase",
        run: () => {
          proposal.value = proposeForPhase(action, row, feature);
        },
      })),
    { label: `Open ${name}`, hint: phaseWords[row.status], run: () => go(phaseAddress(row.feature_id, row.phase_number)) },
  ];
}
