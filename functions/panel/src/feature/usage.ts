import type { Usage } from "../api/types";

/** What agents used, in words; empty where none told. */
export function usageWords(usage: Usage | null | undefined): string {
  if (!usage) {
    return "";
  }

  const tokens = `${usage.input_tokens.toLocaleString("en")} tokens in, ${usage.output_tokens.toLocaleString("en")} out`;
  return `${tokens}, $${usage.cost_usd.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;
}
