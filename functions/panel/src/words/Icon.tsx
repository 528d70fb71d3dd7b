import type { PhaseStatus } from "../api/types";
import { phaseWords } from "./status";

interface Shape {
  /** Filled outline. */
  fill?: string;
  /** Drawn line, in the status' colour. */
  line?: string;
  /** Drawn over the fill, in the colour of the page. */
  mark?: string;
}

// A shape of its own for each status: colour alone tells nothing to many eyes.
const shapes: Record<PhaseStatus, Shape> = {
  queued: { line: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z" },
  ready: { fill: "M4 1.8v12.4L14 8z" },
  running: { line: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z", fill: "M8 2a6 6 0 0 1 0 12z" },
  completed: { fill: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z", mark: "M4.8 8.3 7 10.5l4.3-4.8" },
  failed: { fill: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z", mark: "M5.5 5.5l5 5m0-5-5 5" },
  blocked: { fill: "M8 .5 15.5 8 8 15.5.5 8z", mark: "M5 8h6" },
  cancelled: { line: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM3.8 12.2l8.4-8.4" },
  awaiting_approval: { fill: "M8 .8 15 15H1z", mark: "M8 6v4m0 2.2v.4" },
  awaiting_answer: { fill: "M1.5 2h13v9.5H8.6L5 15v-3.5H1.5z", mark: "M4.6 6.8h.2m3.1 0h.2m3.1 0h.2" },
};

/** The drawing of a status, for use inside an SVG; 16 units wide. */
export function StatusShape({ status }: { status: PhaseStatus }) {
  const { fill, line, mark } = shapes[status];
  return (
    <g class={`shape is-${status}`}>
      {line && <path class="line" d={line} />}
      {fill && <path class="fill" d={fill} />}
      {mark && <path class="mark" d={mark} />}
    </g>
  );
}

export function StatusIcon({ status }: { status: PhaseStatus }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <StatusShape status={status} />
    </svg>
  );
}

/** Colour, shape and word. */
export function Status({ status, word }: { status: PhaseStatus; word?: string | undefined }) {
  return (
    <span class={`status is-${status}`}>
      <StatusIcon status={status} />
      {word ?? phaseWords[status]}
    </span>
  );
}
