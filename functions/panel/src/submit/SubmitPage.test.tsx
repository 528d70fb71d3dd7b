import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { SubmitPage } from "./SubmitPage";

afterEach(() => {
  render(null, document.body);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a draft that could not be checked has no fault, and is checked again", async () => {
  vi.useFakeTimers();
  const plan = { title: "F", phases: [], priority: 50, max_cost_usd: null };
  const fetch = vi
    .fn()
    .mockRejectedValueOnce(new TypeError("refused"))
    .mockResolvedValueOnce(new Response("{}", { status: 503 }))
    .mockImplementation(() => Promise.resolve(new Response(JSON.stringify(plan))));
  vi.stubGlobal("fetch", fetch);
  render(<SubmitPage />, document.body);
  const field = document.querySelector("textarea") as HTMLTextAreaElement;
  field.value = "# F";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await vi.advanceTimersByTimeAsync(500);
  expect(fetch).toHaveBeenCalled();
  expect(document.querySelector(".faults")).toBeNull();
  expect(document.querySelector('[role="status"]')?.textContent).toMatch(/^It could not be checked: The host/);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(document.querySelector('[role="status"]')?.textContent).toBe("0 phases, 0 may start at once.");
});
