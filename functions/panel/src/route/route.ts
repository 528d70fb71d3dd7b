import { computed, signal } from "@preact/signals";

/** Where in the panel one is: all of it stands in the address. */
export interface Route {
  page: "home" | "feature" | "submit" | "missing";
  feature?: number;
  phase?: number;
  params: Record<string, string>;
}

/** Reads the part of the address after `#`. */
export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const params = Object.fromEntries(new URLSearchParams(query));
  if (/^\/?$/.test(path)) {
    return { page: "home", params };
  }

  if (/^\/submit\/?$/.test(path)) {
    return { page: "submit", params };
  }

  const feature = /^\/features\/(\d+)(?:\/phases\/(\d+))?\/?$/.exec(path);
  if (!feature) {
    return { page: "missing", params };
  }

  const route: Route = { page: "feature", feature: Number(feature[1]), params };
  return feature[2] ? { ...route, phase: Number(feature[2]) } : route;
}

/** The address of a place; parameters without a value are left out. */
export function format(path: string, params: Record<string, string | undefined> = {}): string {
  const given = Object.entries(params).filter((entry): entry is [string, string] => !!entry[1]);
  const query = new URLSearchParams(given).toString();
  return `#${path}${query ? `?${query}` : ""}`;
}

export const homeAddress = (params: Record<string, string | undefined> = {}) => format("/", params);
export const featureAddress = (id: number, params?: Record<string, string | undefined>) => format(`/features/${id}`, params);
export const phaseAddress = (id: number, phase: number, params?: Record<string, string | undefined>) =>
  format(`/features/${id}/phases/${phase}`, params);

const hash = signal(location.hash);
addEventListener("hashchange", catchUp);

/** Takes the address as it is: the browser tells of a link that was followed a little later, and a key may come before that. */
export function catchUp(): void {
  hash.value = location.hash;
}

export const route = computed(() => parse(hash.value));

/** The page that is open, whatever its parameters. */
export const place = computed(() => hash.value.split("?", 1)[0]);

export function go(address: string): void {
  location.hash = address;
  catchUp();
}

/** Changes parameters of this place. A step that is no place of its own, such as a letter of a search, leaves no entry to go back to. */
export function setParams(change: Record<string, string | undefined>): void {
  const path = hash.value.replace(/^#/, "").split("?", 1)[0] || "/";
  const address = format(path, { ...route.value.params, ...change });
  history.replaceState(history.state, "", address);
  hash.value = address;
}
