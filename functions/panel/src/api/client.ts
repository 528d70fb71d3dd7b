import { readJson } from "./json";
import { askForKey, currentKey, keyGiven } from "./key";
import type { Fault, Problem } from "./types";

// The root of the app, wherever a proxy has put it: this script lies in assets/.
const here = import.meta.url;
const root = import.meta.env.DEV ? new URL("/", location.href) : new URL("../", here);

/** An answer that is a problem, or no answer at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly faults: Fault[];

  constructor(status: number, message: string, faults: Fault[] = []) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.faults = faults;
  }
}

export interface Call {
  method?: string;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Milliseconds by which the host's clock is ahead of this one; what is within the grain of HTTP dates counts as none. */
export let clockSkew = 0;

/**
 * Asks the API; throws {@link ApiError} for whatever is no success. Where the host asks for its key, the question waits until somebody gives it: nothing
 * is asked that would be refused.
 */
export async function ask(path: string, call: Call = {}): Promise<Response> {
  for (;;) {
    await keyGiven;
    call.signal?.throwIfAborted();
    const key = currentKey();
    const response = await fetchWith(key, path, call);
    if (response.ok) {
      return response;
    }

    if (response.status !== 401) {
      throw await problemOf(response);
    }

    // A body that nobody reads would keep its connection.
    void response.body?.cancel();
    // An answer to an earlier key says nothing of the one that was given since.
    if (key === currentKey()) {
      askForKey();
    }
  }
}

async function fetchWith(key: string | null, path: string, call: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...call.headers };
  if (key) {
    headers["x-functions-key"] = key;
  }

  let response: Response;
  try {
    response = await fetch(new URL(path, root), { ...call, headers, cache: "no-store" });
  } catch (fault) {
    if (call.signal?.aborted) {
      throw fault;
    }

    throw new ApiError(0, "The host cannot be reached.");
  }

  noteClock(response.headers.get("date"));
  return response;
}

/** Reads JSON of the API. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return readJson<T>(await ask(path, signal ? { signal } : {}));
}

/** Sends JSON to the API, and reads its answer. */
export async function send<T>(method: string, path: string, body: unknown): Promise<T> {
  const response = await ask(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  return readJson<T>(response);
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const problem = await readJson<Problem>(response);
    return new ApiError(response.status, problem.detail ?? problem.title, problem.errors ?? []);
  } catch {
    return new ApiError(response.status, `The host answered ${response.status}.`);
  }
}

function noteClock(date: string | null): void {
  const skew = date ? Date.parse(date) - Date.now() : 0;
  clockSkew = Math.abs(skew) > 3000 ? skew : 0;
}
