import { computed, signal } from "@preact/signals";
import { openQuestion } from "../actions/refusals";
import { get } from "../api/client";
import type { Change, Feature, FeatureList, FeatureStatus, Queue, Row, Slots } from "../api/types";
import { finishedStatuses, holdsSlot, openStatuses } from "../words/status";
import { keepSame, patchFeature, patchRow, patchSlots } from "./changes";

const QUEUE_STATUSES = "running,awaiting_answer,ready,awaiting_approval,queued";
const PAGE = 500;
/** More rows than this are counted, not drawn. */
const MOST_ROWS = 3000;
const FEATURES = 50;

export interface FeaturePage {
  features: Feature[];
  total: number;
}

export const slots = signal<Slots | null>(null);

/** The rows that run or wait, in true dispatch order. */
export const queue = signal<Row[]>([]);
export const queueTotal = signal(0);

/** A page of features of each status, newest first. */
export const features = signal<Partial<Record<FeatureStatus, FeaturePage>>>({});

/** What was searched for when the features were read. */
export const searched = signal("");

const of = (statuses: FeatureStatus[]) => statuses.flatMap((status) => features.value[status]?.features ?? []);
const byId = (a: Feature, b: Feature) => b.id - a.id;

export const openFeatures = computed(() => of(openStatuses).sort(byId));
export const finishedFeatures = computed(() => of(finishedStatuses).sort(byId));

/** The features of which nothing starts until they are resumed. */
export const suspended = computed(() => new Set(of(["suspended"]).map((feature) => feature.id)));

/** Since when a phase waits for a person. */
export const needsSince = (row: Row) => openQuestion(row)?.asked_at ?? row.ready_at ?? row.updated_at;

/** Phases that wait for a person, the longest wait first. */
export const needsYou = computed(() =>
  queue.value
    .filter((row) => row.status === "awaiting_approval" || openQuestion(row))
    .sort((a, b) => needsSince(a).localeCompare(needsSince(b))),
);

export const running = computed(() => queue.value.filter(holdsSlot));
export const waiting = computed(() => queue.value.filter((row) => row.status === "ready" || row.status === "queued"));

/** How many wait for no person, with those that were not read. */
export const waitingTotal = computed(() =>
  Math.max(
    waiting.value.length,
    queueTotal.value - running.value.length - queue.value.filter((row) => row.status === "awaiting_approval").length,
  ),
);

/** Failed phases of features in progress and of failed ones, the newest first. */
export const broken = computed(() =>
  [...of(["in_progress", "suspended"]), ...of(["failed"])]
    .flatMap((feature) => feature.phases.filter((row) => row.status === "failed"))
    .sort((a, b) => b.updated_at.localeCompare(a.updated_at)),
);

/** How many features failed, were the list longer than its page. */
export const brokenMore = computed(() => {
  const page = features.value.failed;
  return page ? page.total - page.features.length : 0;
});

/** Reads all that the home page shows. */
export async function readHome(search: string, pages: Partial<Record<FeatureStatus, number>>, signal: AbortSignal): Promise<void> {
  const [freshSlots, rows, ...lists] = await Promise.all([
    get<Slots>("api/v1/slots", signal),
    readQueue(signal),
    ...[...openStatuses, ...finishedStatuses].map(
      async (status) => [status, await readFeatures(status, search, pages[status] ?? 1, signal)] as const,
    ),
  ]);
  slots.value = freshSlots;
  queue.value = keepSame(queue.value, rows.phases, (row) => row.queue_id);
  queueTotal.value = rows.total;
  features.value = Object.fromEntries(
    lists.map(([status, page]) => [
      status,
      { ...page, features: keepSame(features.value[status]?.features ?? [], page.features, (feature) => feature.id) },
    ]),
  );
  searched.value = search;
}

/** Shows at once what changes say, before anything is read again. */
export function applyToHome(changes: Change[]): void {
  queue.value = queue.value.map((row) => changes.reduce(patchRow, row)).filter((row) => !isOver(row));
  features.value = Object.fromEntries(
    Object.entries(features.value).map(([status, page]) => [
      status,
      {
        ...page,
        features: page.features.filter((feature) => !isRemoved(feature, changes)).map((feature) => patchFeature(feature, changes)),
      },
    ]),
  );
  slots.value = slots.value && changes.reduce(patchSlots, slots.value);
}

const isRemoved = (feature: Feature, changes: Change[]) =>
  changes.some((change) => change.type === "feature_removed" && change.feature_id === feature.id);

const isOver = (row: Row) => ["completed", "failed", "cancelled", "blocked"].includes(row.status);

async function readQueue(signal: AbortSignal): Promise<Queue> {
  const path = `api/v1/queue?status=${QUEUE_STATUSES}&limit=${PAGE}`;
  let page = await get<Queue>(path, signal);
  const rows = [...page.phases];
  while (page.next_cursor && rows.length < MOST_ROWS) {
    page = await get<Queue>(`${path}&cursor=${page.next_cursor}`, signal);
    rows.push(...page.phases);
  }

  return { phases: rows, total: page.total };
}

async function readFeatures(status: FeatureStatus, search: string, pages: number, signal: AbortSignal): Promise<FeaturePage> {
  const limit = Math.min(200, FEATURES * pages);
  const path = `api/v1/planned-features?status=${status}&limit=${limit}${search ? `&q=${encodeURIComponent(search)}` : ""}`;
  let page = await get<FeatureList>(path, signal);
  const all = [...page.features];
  while (page.next_cursor && all.length < FEATURES * pages) {
    page = await get<FeatureList>(`${path}&cursor=${page.next_cursor}`, signal);
    all.push(...page.features);
  }

  return { features: all, total: page.total };
}

/** A feature that is on the page already, or is read. */
export async function findFeature(id: number): Promise<Feature> {
  return (
    [...openFeatures.value, ...finishedFeatures.value].find((feature) => feature.id === id) ??
    (await get<Feature>(`api/v1/planned-features/${id}`))
  );
}
