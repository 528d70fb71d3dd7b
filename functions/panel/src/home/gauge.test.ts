import { h, render } from "preact";
import { expect, test } from "vitest";
import type { Row } from "../api/types";
import { queue, slots } from "../live/home";
import { SlotGauge } from "./SlotGauge";

test("a slot says what its holder waits for", () => {
  slots.value = {
    capacity: 2,
    held: [{ slot: 2, queue_id: "queue-3-1", attempt: 1, adw_id: null, since: "2026-03-01T12:00:00Z" }],
    waiting: [],
  };
  queue.value = [
    {
      queue_id: "queue-3-1",
      title: "Deploy",
      status: "running",
      started_at: null,
      wait_reason: "its agent is being stopped: Cancelled.",
    } as Row,
  ];
  render(h(SlotGauge, {}), document.body);

  const pills = [...document.querySelectorAll(".pill")].map((pill) => pill.textContent);
  expect(pills[0]).toContain("free");
  expect(pills[1]).toContain("3.1 Deploy");
  expect(pills[1]).toContain("its agent is being stopped: Cancelled.");
});
