import { Graph, layout } from "@dagrejs/dagre";
import type { Node } from "./levels";

export const NODE_HEIGHT = 52;

/** How wide a node is: less where there is little room, so that words stay readable. */
export const nodeWidth = (isTall: boolean) => (isTall ? 134 : 196);

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
export function draw<T extends Node>(nodes: T[], isTall: boolean): Drawing<T> {
  const graph = new Graph();
  graph.setGraph({ rankdir: isTall ? "TB" : "LR", nodesep: 14, ranksep: isTall ? 34 : 48, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  const nodeSize = nodeWidth(isTall);
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
  const size = graph.graph() as { width?: number; height?: number };
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: nodes.map((node) => {
      const at = graph.node(String(node.phase_number)) as { x: number; y: number };
      return { node, x: at.x - nodeSize / 2, y: at.y - NODE_HEIGHT / 2 };
    }),
    edges: graph.edges().map((edge) => ({
      key: `${edge.v}-${edge.w}`,
      from: Number(edge.v),
      to: Number(edge.w),
      path: smooth((graph.edge(edge) as { points: Point[] }).points),
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
