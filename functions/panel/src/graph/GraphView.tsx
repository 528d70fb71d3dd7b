import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { cut } from "../words/text";
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
  /** The second line of a node. */
  lineOf: (node: T) => ComponentChildren;
  lookOf: (node: T) => string;
  selected?: number | null;
}

const STEP = 1.35;
/** Smaller than this, words cannot be read: only numbers and shapes are drawn. */
const READABLE = 0.55;
/** Narrower than this, the graph grows down and not to the right. */
const NARROW = 620;

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
  const size = nodeWidth(isTall);
  const structure = nodes.map((node) => `${node.phase_number}:${node.depends_on}`).join(";");
  const drawing = useMemo(() => draw(nodes, isTall), [structure, isTall]);
  const byNumber = new Map(nodes.map((node) => [node.phase_number, node]));
  const height = Math.max(220, Math.round(innerHeight * (isTall ? 0.7 : 0.46)));
  const fitted = fitScale(drawing, Math.max(0, width.value - 2), height);
  const scale = zoom.value ?? fitted;
  const set = (value: number | null) => () => {
    zoom.value = value === null ? null : Math.min(2, Math.max(0.03, value));
  };
  return (
    <div class="graph-view">
      <div class="zoom">
        <button type="button" class="button" aria-label="Smaller" onClick={set(scale / STEP)}>
          −
        </button>
        <button type="button" class="button" aria-pressed={zoom.value === null} onClick={set(null)}>
          Fit
        </button>
        <button type="button" class="button" aria-label="Larger" onClick={set(scale * STEP)}>
          +
        </button>
        <span class="sub">{Math.round(scale * 100)} %</span>
      </div>
      <section class="graph-frame" ref={frame} tabIndex={0} aria-label={`${label}, scrolls when it is larger than its frame`}>
        {/* biome-ignore lint/a11y/useSemanticElements: there is no element for a group of links within an SVG */}
        <svg
          class={`graph${scale < READABLE ? " is-small" : ""}`}
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
                <rect width={size} height={NODE_HEIGHT} rx="8" />
                <text class="big" x={size / 2} y={NODE_HEIGHT / 2 + 13}>
                  {node.phase_number}
                </text>
                <text class="title" x="12" y="21">
                  <tspan class="number">{node.phase_number}</tspan> {cut(node.title, isTall ? 14 : 22)}
                </text>
                <g transform="translate(12 29)">{lineOf(node)}</g>
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
