import { proposal, proposeForFeature, proposeForPhase, verbOf } from "../actions/perform";
import { type FeatureAction, featureRefusal, type PhaseAction, phaseRefusal } from "../actions/refusals";
import type { Feature } from "../api/types";
import { featureAddress, go, phaseAddress } from "../route/route";
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
const phaseActions: PhaseAction[] = ["approve", "deny", "retry", "prioritize", "cancel"];

/** What can be done now, with all features that are on the page; only what would be obeyed is offered. */
export function commandsOf(features: Feature[], search: string): Command[] {
  const all = [...places, ...features.flatMap(ofFeature)];
  return (search.trim() ? all.filter((command) => holds(search.trim(), command.label, command.hint)) : all).slice(0, MOST);
}

function ofFeature(feature: Feature): Command[] {
  const name = `${feature.id} ${feature.title}`;
  return [
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
    ...feature.phases.flatMap((row) => [
      ...phaseActions
        .filter((action) => phaseRefusal(action, row) === null)
        .map((action) => ({
          label: `${verbOf(action)} ${row.feature_id}.${row.phase_number} ${row.title}`,
          hint: "phase",
          run: () => {
            proposal.value = proposeForPhase(action, row, feature);
          },
        })),
      {
        label: `Open ${row.feature_id}.${row.phase_number} ${row.title}`,
        hint: phaseWords[row.status],
        run: () => go(phaseAddress(row.feature_id, row.phase_number)),
      },
    ]),
  ];
}
