import { expect, test } from "vitest";
import { draw, fitScale, NODE_HEIGHT, nodeWidth } from "./layout";
import { descendants, levels, type Node } from "./levels";

const node = (phase_number: number, ...depends_on: number[]): Node => ({ phase_number, depends_on });
const diamond = [node(1), node(2, 1), node(3, 1), node(4, 2, 3), node(5, 1)];

test("levels are the longest chains that lead to a phase", () => {
  expect(levels(diamond).map((level) => level.map((one) => one.phase_number))).toEqual([[1], [2, 3, 5], [4]]);
  expect(levels([node(1), node(2, 1), node(3, 1, 2)]).map((level) => level.length)).toEqual([1, 1, 1]);
});

test("levels end where a preview has a cycle or names what is not there", () => {
  expect(
    levels([node(1, 2), node(2, 1), node(3, 99)])
      .flat()
      .map((one) => one.phase_number)
      .sort(),
  ).toEqual([1, 2, 3]);
});

test("descendants are all that follows, directly or not", () => {
  expect(descendants(diamond, [2])).toEqual([4]);
  expect(descendants(diamond, [1])).toEqual([2, 3, 4, 5]);
  expect(descendants(diamond, [1, 2])).toEqual([3, 4, 5]);
  expect(descendants(diamond, [4])).toEqual([]);
});

test("every edge of the drawing leads to the right, or down where it is narrow", () => {
  for (const isTall of [false, true]) {
    const drawing = draw(diamond, isTall, 100);
    const at = new Map(drawing.nodes.map((placed) => [placed.node.phase_number, isTall ? placed.y : placed.x]));
    expect(drawing.edges).toHaveLength(5);
    for (const edge of drawing.edges) {
      expect(at.get(edge.from)).toBeLessThan(at.get(edge.to) ?? 0);
      expect(edge.path).toMatch(/^M[\d. -]+/);
    }
  }
});

test.each([false, true])("phases beside each other stand in the order of their numbers (tall: %s)", (isTall) => {
  const { nodes } = draw(diamond, isTall, 100);
  const [first, ...others] = [2, 3, 5].map((number) => nodes.find((placed) => placed.node.phase_number === number));
  let before = first;
  for (const next of others) {
    expect((isTall ? before?.x : before?.y) ?? 0).toBeLessThan((isTall ? next?.x : next?.y) ?? 0);
    before = next;
  }
});

test("nodes of a narrow graph are as wide as there is room for them side by side, within reason", () => {
  expect(nodeWidth(diamond, true, 600)).toBe(186);
  expect(nodeWidth(diamond, true, 272)).toBe(100);
  expect(nodeWidth([node(1), node(2, 1)], true, 272)).toBe(196);
});

test("no two of 200 phases lie on each other, and all of them fit", () => {
  const many = Array.from({ length: 200 }, (_, index) => node(index + 1, ...(index > 6 ? [index - 6, index - 3] : [])));
  const width = nodeWidth(many, false, 700);
  const drawing = draw(many, false, width);
  const overlaps = drawing.nodes.flatMap((a, index) =>
    drawing.nodes.slice(index + 1).filter((b) => Math.abs(a.x - b.x) < width && Math.abs(a.y - b.y) < NODE_HEIGHT),
  );
  expect(overlaps).toEqual([]);

  const scale = fitScale(drawing, 700, 330);
  expect(drawing.width * scale).toBeLessThanOrEqual(700.01);
  expect(drawing.height * scale).toBeLessThanOrEqual(330.01);
});

test("a small drawing is not blown up, and dependencies that a preview lacks are left out", () => {
  expect(fitScale({ width: 100, height: 50 }, 700, 330)).toBe(1);
  expect(draw([node(1, 1, 9)], false, 100).edges).toEqual([]);
});
