import type { Feature, Usage } from "../api/types";

/** `$1.25`. */
export const usd = (amount: number) => `$${amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;

export const tokenWords = (usage: Usage) =>
  `${usage.input_tokens.toLocaleString("en")} tokens in, ${usage.output_tokens.toLocaleString("en")} out`;

/** What agents used, in words; empty where none told. */
export const usageWords = (usage: Usage | null | undefined) => (usage ? `${tokenWords(usage)}, ${usd(usage.cost_usd)}` : "");

type Spender = Pick<Feature, "usage" | "max_cost_usd">;

/** What a feature has spent, and of how much: `$1.25 of $5.00`; empty where nothing was spent and nothing limits it. */
export function spendWords({ usage, max_cost_usd: cap }: Spender): string {
  const spent = usage?.cost_usd ?? 0;
  return cap !== null ? `${usd(spent)} of ${usd(cap)}` : spent > 0 ? usd(spent) : "";
}

/** Whether a feature has spent what it may without a person's word. */
export const isSpent = ({ usage, max_cost_usd: cap }: Spender) => cap !== null && (usage?.cost_usd ?? 0) >= cap;
