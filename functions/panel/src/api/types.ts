import type { components } from "./contract";

type Schemas = components["schemas"];

export type Feature = Schemas["Feature"];
export type FeatureStatus = Schemas["FeatureStatus"];
export type Row = Schemas["QueueRow"];
export type PhaseStatus = Schemas["PhaseStatus"];
export type Question = Schemas["Question"];
export type Attempt = Schemas["Attempt"];
export type Slots = Schemas["Slots"];
export type Queue = Schemas["Queue"];
export type FeatureList = Schemas["FeatureList"];
export type Output = Schemas["Output"];
export type Issue = Schemas["Issue"];
export type Plan = Schemas["Plan"];
export type Usage = Schemas["Usage"];
export type Problem = Schemas["Problem"];
export type Fault = NonNullable<Problem["errors"]>[number];
export type Events = Schemas["Events"];

/** One entry of the change feed, with what the panel reads of its data. */
export type Change = Omit<Events["events"][number], "data"> & { data: ChangeData };

/** What an entry says: of a phase where it stands now, of a feature its status, of a report what became of it. */
export interface ChangeData {
  status?: string;
  result?: string;
  attempt?: number;
  priority?: number | null;
  adw_id?: string | null;
  slot?: number | null;
  issue_number?: number | null;
  pr_number?: number | null;
  error_message?: string | null;
  question?: Question | null;
  ready_at?: string | null;
  started_at?: string | null;
  finished_at?: string | null;
}
