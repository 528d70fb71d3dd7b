import type { Row } from "../api/types";

export type Node = Pick<Row, "phase_number" | "depends_on">;

/** The phases by the length of the longest chain that leads to them; unknown dependencies and cycles, as a preview may have, count for nothing. */
export function levels<T extends Node>(nodes: T[]): T[][] {
  const byNumber = new Map(nodes.map((node) => [node.phase_number, node]));
  const known = new Map<number, number>();
  const open = new Set<number>();
  const levelOf = (node: T): number => {
    const found = known.get(node.phase_number);
    if (found !== undefined || open.has(node.phase_number)) {
      return found ?? -1;
    }

    open.add(node.phase_number);
    let level = 0;
    for (const number of node.depends_on) {
      const dependency = byNumber.get(number);
      if (dependency) {
        level = Math.max(level, levelOf(dependency) + 1);
      }
    }

    open.delete(node.phase_number);
    known.set(node.phase_number, level);
    return level;
  };
  const result: T[][] = [];
  for (const node of nodes) {
    const level = levelOf(node);
    const at = result[level] ?? [];
    at.push(node);
    result[level] = at;
  }

  return Array.from(result, (level) => level ?? []);
}

/** All phases that follow, directly or not, on one of these, in order. */
export function descendants(nodes: Node[], of: number[]): number[] {
  const found = new Set<number>();
  const from = new Set(of);
  for (let more = true; more; ) {
    more = false;
    for (const node of nodes) {
      if (!found.has(node.phase_number) && node.depends_on.some((number) => from.has(number) || found.has(number))) {
        found.add(node.phase_number);
        more = true;
      }
    }
  }

  return [...found].filter((number) => !from.has(number)).sort((a, b) => a - b);
}
