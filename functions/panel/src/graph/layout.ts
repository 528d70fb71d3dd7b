import { Graph, layout } from "@dagrejs/dagre";
import { levels, type Node } from "./levels";

export const NODE_HEIGHT = 52;
const WIDEST = 196;
const NARROWEST = 100;
const GAP = 14;
const MARGIN = 6;

/** How wide the nodes of a graph that grows down are: what fits side by side, so that words stay readable. */
export function nodeWidth<T extends Node>(nodes: T[], isTall: boolean, room: number): number {
  const abreast = Math.max(1, ...levels(nodes).map((level) => level.length));
  const share = Math.floor((room - 2 * MARGIN + GAP) / abreast) - GAP;
  return isTall ? Math.min(WIDEST, Math.max(NARROWEST, share)) : WIDEST;
}

export interface Placed<T extends Node> {
  node: T;
  /** The upper left corner. */
  x: number;
  y: number;
}

export interface Drawing<T extends Node> {
  width: number;
  height: number;
  nodes: Placed<T>[];
  edges: { key: string; from: number; to: number; path: string }[];
}

/** Places phases in layers, so that every edge leads onwards: to the right, or down where there is little width. */
export function draw<T extends Node>(nodes: T[], isTall: boolean, nodeSize: number): Drawing<T> {
  const graph = new Graph();
  graph.setGraph({ rankdir: isTall ? "TB" : "LR", nodesep: GAP, ranksep: isTall ? 34 : 48, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(nodes.map((node) => node.phase_number));
  for (const node of nodes) {
    graph.setNode(String(node.phase_number), { width: nodeSize, height: NODE_HEIGHT });
  }

  for (const node of nodes) {
    for (const number of node.depends_on) {
      if (known.has(number) && number !== node.phase_number) {
        graph.setEdge(String(number), String(node.phase_number));
      }
    }
  }

  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const middles = nodes.map((node) => graph.node(String(node.phase_number)) as Point);
  // Which end of a layer comes first is all the same to the layout: it is turned to where the numbers grow.
  const turn = !isReversed(nodes, middles, isTall)
    ? (point: Point) => point
    : ({ x, y }: Point) => (isTall ? { x: width - x, y } : { x, y: height - y });
  return {
    width,
    height,
    nodes: nodes.map((node, index) => {
      const { x, y } = turn(middles[index] ?? { x: 0, y: 0 });
      return { node, x: x - nodeSize / 2, y: y - NODE_HEIGHT / 2 };
    }),
    edges: graph.edges().map((edge) => ({
      key: `${edge.v}-${edge.w}`,
      from: Number(edge.v),
      to: Number(edge.w),
      path: smooth((graph.edge(edge) as { points: Point[] }).points.map(turn)),
    })),
  };
}

/** Which part of its size a drawing is shown at, so that all of it is seen. */
export function fitScale(drawing: { width: number; height: number }, width: number, height: number): number {
  return drawing.width === 0 || width <= 0 ? 1 : Math.min(1, width / drawing.width, height / drawing.height);
}

interface Point {
  x: number;
  y: number;
}

/** Whether the numbers of the phases that lie beside each other mostly fall from the upper or left end on. */
function isReversed(nodes: Node[], middles: Point[], isTall: boolean): boolean {
  const placed = nodes.map((node, index) => {
    const { x, y } = middles[index] ?? { x: 0, y: 0 };
    return { number: node.phase_number, layer: isTall ? y : x, across: isTall ? x : y };
  });
  placed.sort((a, b) => a.layer - b.layer || a.across - b.across);
  let falls = 0;
  placed.forEach((node, index) => {
    const next = placed[index + 1];
    if (next?.layer === node.layer) {
      falls += Math.sign(node.number - next.number);
    }
  });
  return falls > 0;
}

/** A line through the points with its corners rounded: from middle to middle, each corner the control point between. */
function smooth(points: Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) {
    return "";
  }

  let path = `M${at(first)}`;
  rest.forEach((point, index) => {
    const next = rest[index + 1] ?? last;
    const end = index === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += `Q${at(point)} ${at(end)}`;
  });
  return rest.length === 0 ? `${path}L${at(last)}` : path;
}

const at = (point: Point) => `${Math.round(point.x * 10) / 10} ${Math.round(point.y * 10) / 10}`;
