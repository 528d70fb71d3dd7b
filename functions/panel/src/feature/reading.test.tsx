import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { OutputView } from "./OutputView";
import { watch } from "./state";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const answer = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

test("an output that is still being fetched is not called live", async () => {
  vi.useFakeTimers();
  const part = { text: "x", offset: 0, next_offset: 262_144, complete: false, truncated: false };
  const fetch = vi
    .fn()
    .mockResolvedValueOnce(answer(part))
    .mockReturnValue(new Promise(() => {}));
  vi.stubGlobal("fetch", fetch);
  render(<OutputView queueId="queue-1-1" attempt={1} name="Output of attempt 1" />, document.body);
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetch).toHaveBeenCalledTimes(2);
  expect(document.querySelector("#output-title .count")?.textContent).toBe("loading…");
  render(null, document.body);
});

test("an output that is kept no longer is not asked for again, and one that cannot be read ever more rarely", async () => {
  vi.useFakeTimers();
  for (const [status, least, most] of [
    [404, 1, 1],
    [503, 20, 50],
  ] as const) {
    const fetch = vi.fn().mockImplementation(() => Promise.resolve(answer({ title: "No." }, status)));
    vi.stubGlobal("fetch", fetch);
    render(<OutputView queueId="queue-1-1" attempt={1} name="Output of attempt 1" />, document.body);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(fetch.mock.calls.length).toBeGreaterThanOrEqual(least);
    expect(fetch.mock.calls.length).toBeLessThanOrEqual(most);
    render(null, document.body);
    await vi.advanceTimersByTimeAsync(0);
  }
});

test("a feature that could not be read is read again", async () => {
  vi.useFakeTimers();
  const feature = { id: 1, title: "F", phases: [] };
  const fetch = vi
    .fn()
    .mockResolvedValueOnce(answer({ status: 503, title: "Unavailable" }, 503))
    .mockImplementation((address: string) =>
      Promise.resolve(answer(String(address).includes("events") ? { events: [], cursor: 0 } : feature)),
    );
  vi.stubGlobal("fetch", fetch);
  const watched = watch(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(watched.fault.value).not.toBe("");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(watched.fault.value).toBe("");
  expect(watched.feature.value?.title).toBe("F");
  watched.stop();
});
