import { memo } from "preact/compat";
import type { Row } from "../api/types";
import { levels } from "../graph/levels";
import { StatusIcon, StatusShape } from "../words/Icon";
import { countsOf, phaseOrder, phaseWords } from "../words/status";

const STEP = 22;
const ROW = 20;
/** More phases, or more beside each other, than an eye can tell apart at this size. */
const MOST = 24;
const MOST_ABREAST = 4;

/** A feature's graph at the size of a line: a dot a phase, coloured and shaped by its status. */
export const MiniGraph = memo(function MiniGraph({ phases }: { phases: Row[] }) {
  const columns = levels(phases);
  if (phases.length > MOST || columns.some((column) => column.length > MOST_ABREAST)) {
    return <Tally phases={phases} />;
  }

  const height = ROW * Math.max(1, ...columns.map((column) => column.length));
  const at = new Map<number, { x: number; y: number; row: Row }>();
  columns.forEach((column, level) => {
    column.forEach((row, index) => {
      at.set(row.phase_number, { x: 10 + level * STEP, y: (height * (index + 0.5)) / column.length, row });
    });
  });
  return (
    <svg
      class="mini"
      role="img"
      aria-label={`${phases.length} phases: ${countsOf(phases.map((row) => row.status))}`}
      width={columns.length * STEP}
      height={height}
    >
      {phases.flatMap((row) =>
        row.depends_on.map((number) => {
          const from = at.get(number);
          const to = at.get(row.phase_number);
          return from && to && <path key={`${number}-${row.phase_number}`} class="edge" d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />;
        }),
      )}
      {[...at.values()].map(({ x, y, row }) => (
        <g key={row.phase_number} transform={`translate(${x - 6.4} ${y - 6.4}) scale(.8)`}>
          <circle class="ground" cx="8" cy="8" r="8.5" />
          <StatusShape status={row.status} />
        </g>
      ))}
    </svg>
  );
});

/** How many phases there are of each status. */
function Tally({ phases }: { phases: Row[] }) {
  const counts = phaseOrder.map((status) => [status, phases.filter((row) => row.status === status).length] as const);
  return (
    <span class="tally">
      {counts
        .filter(([, number]) => number > 0)
        .map(([status, number]) => (
          <span key={status} class={`is-${status}`}>
            <StatusIcon status={status} />
            {number}
            <span class="unseen"> {phaseWords[status]}</span>
          </span>
        ))}
    </span>
  );
}
