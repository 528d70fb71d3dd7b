import { afterEach, expect, test, vi } from "vitest";
import { ask, get } from "./client";
import { parseJson } from "./json";
import { giveKey, keyNeeded } from "./key";

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

test("nothing is asked while the key is asked for, and all of it once it is given", async () => {
  const fetch = vi.fn((_: URL, { headers }: { headers: Record<string, string> }) =>
    Promise.resolve(
      new Response(headers["x-functions-key"] === "sesame" ? "[1]" : "{}", { status: headers["x-functions-key"] === "sesame" ? 200 : 401 }),
    ),
  );
  vi.stubGlobal("fetch", fetch);
  const first = get("api/v1/slots");
  await vi.waitFor(() => expect(keyNeeded.value).toBe(true));
  const left = new AbortController();
  const others = [ask("api/v1/queue"), ask("api/v1/queue", { signal: left.signal })];
  others.push(...Array.from({ length: 20 }, () => ask("api/v1/events")));
  await new Promise((done) => setTimeout(done));
  expect(fetch).toHaveBeenCalledTimes(1);

  giveKey("wrong");
  await vi.waitFor(() => expect(keyNeeded.value).toBe(true));
  left.abort();
  giveKey("sesame");
  expect(await first).toEqual([1]);
  const ended = await Promise.allSettled(others);
  expect(ended.map((one) => one.status)).toEqual(["fulfilled", "rejected", ...Array.from({ length: 20 }, () => "fulfilled")]);
  expect(keyNeeded.value).toBe(false);
});

test("an answer to a key of before does not ask for the one that was given since", async () => {
  let refuse = () => {};
  const fetch = vi
    .fn()
    .mockImplementationOnce(
      () =>
        new Promise((done) => {
          refuse = () => done(new Response("{}", { status: 401 }));
        }),
    )
    .mockImplementation(() => Promise.resolve(new Response("[2]")));
  vi.stubGlobal("fetch", fetch);
  const late = get("api/v1/slots");
  await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(1));
  giveKey("sesame");
  refuse();
  expect(await late).toEqual([2]);
  expect(keyNeeded.value).toBe(false);
});

test.each(["\u202e", "\\u202E", "\u2066"])("characters that turn the order of a text are told by their names", (character) => {
  const title = parseJson<{ title: string }>(`{ "title": "a${character}gnp.exe", "attempt": 2 }`);
  expect(title).toEqual({ title: expect.stringMatching(/^a\[U\+20(2E|66)\]gnp\.exe$/), attempt: 2 });
});

test("other texts stay as they are, in whatever script", () => {
  expect(parseJson('{ "title": "\u05e9\u05dc\u05d5\u05dd \\\\u202e" }')).toEqual({ title: "\u05e9\u05dc\u05d5\u05dd \\u202e" });
});
