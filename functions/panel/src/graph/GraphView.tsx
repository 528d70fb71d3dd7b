import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { cutToWidth, widthOf } from "../words/width";
import { draw, fitScale, NODE_HEIGHT, nodeWidth } from "./layout";
import type { Node } from "./levels";

export interface GraphNode extends Node {
  title: string;
}

interface Props<T extends GraphNode> {
  label: string;
  nodes: T[];
  /** Where a node leads; a node without an address is no link. */
  addressOf?: (node: T) => string;
  /** The name of a node for those who do not see it. */
  nameOf: (node: T) => string;
  /** The second line of a node, which has so many pixels. */
  lineOf: (node: T, room: number) => ComponentChildren;
  lookOf: (node: T) => string;
  selected?: number | null;
}

const STEP = 1.35;
/** Smaller than this, words cannot be read: only numbers and shapes are drawn. */
const READABLE = 0.55;
/** Narrower than this, the graph grows down and not to the right. */
const NARROW = 620;
/** How wide a node is that shows no words. */
const COMPACT = 120;

/** Room between the edge of a node and its words. */
const INDENT = 8;

const titleWidth = (text: string) => widthOf(text, 600, 13);
const lineWidth = (text: string) => widthOf(text, 400, 12.5);

/** The words of a node's second line; what is more is left out where it does not fit. */
export function NodeWords({ x, room, text, more = "" }: { x: number; room: number; text: string; more?: string }) {
  return (
    <text class="word" x={x} y="11.5">
      {lineWidth(text + more) <= room - x ? text + more : cutToWidth(text, room - x, lineWidth)}
    </text>
  );
}

/** A graph of phases as SVG with real links, seen as a whole until somebody zooms. */
export function GraphView<T extends GraphNode>({ label, nodes, addressOf, nameOf, lineOf, lookOf, selected }: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const zoom = useSignal<number | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) {
      return;
    }

    width.value = element.clientWidth;
    const watch = new ResizeObserver(() => {
      width.value = element.clientWidth;
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const isTall = width.value > 0 && width.value < NARROW;
  const structure = nodes.map((node) => `${node.phase_number}:${node.depends_on}`).join(";");
  const size = useMemo(() => nodeWidth(nodes, isTall, width.value), [structure, isTall, width.value]);
  const full = useMemo(() => draw(nodes, isTall, size), [structure, isTall, size]);
  const byNumber = new Map(nodes.map((node) => [node.phase_number, node]));
  const height = Math.max(220, Math.round(innerHeight * (isTall ? 0.7 : 0.46)));
  const fitted = fitScale(full, width.value - 2, height);
  // Seen as a whole without words, the nodes need no room for words.
  const isCompact = zoom.value === null && fitted < READABLE && size > COMPACT;
  const compact = useMemo(() => (isCompact ? draw(nodes, isTall, COMPACT) : null), [structure, isTall, isCompact]);
  const drawing = compact ?? full;
  const nodeSize = compact ? COMPACT : size;
  const scale = zoom.value ?? (compact ? fitScale(compact, width.value - 2, height) : fitted);
  const isSmall = isCompact || scale < READABLE;
  const set = (value: number | null) => () => {
    zoom.value = value === null ? null : Math.min(2, Math.max(0.03, value));
  };
  return (
    <div class="graph-view">
      <div class="zoom">
        <button type="button" class="button" aria-label="Smaller" onClick={set(isCompact ? null : scale / STEP)}>
          −
        </button>
        <button type="button" class="button" aria-pressed={zoom.value === null} onClick={set(null)}>
          Fit
        </button>
        <button type="button" class="button" aria-label="Larger" onClick={set(isCompact ? READABLE : scale * STEP)}>
          +
        </button>
        <span class="sub">{Math.round(scale * 100)} %</span>
      </div>
      <section class="graph-frame" ref={frame} tabIndex={0} aria-label={`${label}, scrolls when it is larger than its frame`}>
        {/* biome-ignore lint/a11y/useSemanticElements: there is no element for a group of links within an SVG */}
        <svg
          class={`graph${isSmall ? " is-small" : ""}`}
          role="group"
          aria-label={label}
          viewBox={`0 0 ${drawing.width} ${drawing.height}`}
          width={Math.floor(drawing.width * scale)}
          height={Math.floor(drawing.height * scale)}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7.5"
              refY="4"
              markerUnits="userSpaceOnUse"
              markerWidth="9"
              markerHeight="9"
              orient="auto"
            >
              <path d="M0 0 8 4 0 8z" class="head" />
            </marker>
          </defs>
          {drawing.edges.map((edge) => (
            <path
              key={edge.key}
              class={`edge${edge.from === selected || edge.to === selected ? " is-near" : ""}`}
              d={edge.path}
              markerEnd="url(#arrow)"
            />
          ))}
          {drawing.nodes.map(({ node: placed, x, y }) => {
            const node = byNumber.get(placed.phase_number) ?? placed;
            const body = (
              // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; the title before it is its name
              <g aria-hidden="true">
                <rect width={nodeSize} height={NODE_HEIGHT} rx="8" />
                <text class="big" x={nodeSize - 2 * INDENT} y={NODE_HEIGHT / 2 + 12}>
                  {node.phase_number}
                </text>
                <text class="title" x={INDENT} y="21">
                  <tspan class="number">{node.phase_number}</tspan>{" "}
                  {cutToWidth(node.title, size - 2 * INDENT - titleWidth(`${node.phase_number} `), titleWidth)}
                </text>
                <g transform={`translate(${INDENT} 29)`}>{lineOf(node, size - 2 * INDENT)}</g>
              </g>
            );
            const look = `node ${lookOf(node)}${node.phase_number === selected ? " is-selected" : ""}`;
            return (
              <g key={node.phase_number} class={look} transform={`translate(${x} ${y})`} data-row={node.phase_number}>
                {addressOf ? (
                  <a href={addressOf(node)} aria-current={node.phase_number === selected ? "true" : undefined}>
                    <title>{nameOf(node)}</title>
                    {body}
                  </a>
                ) : (
                  // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a group of shapes is not interactive
                  <g role="img" aria-label={nameOf(node)}>
                    {body}
                  </g>
                )}
              </g>
            );
          })}
        </svg>
      </section>
    </div>
  );
}
