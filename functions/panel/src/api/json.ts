/** Characters that turn the order of what is written after them: a title could make a line of the page say something else. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** The same as they may stand in JSON. */
const MAY_TURN = /[\u202a-\u202e\u2066-\u2069]|\\u20(?:2[a-e]|6[6-9])/i;

const named = (character: string) => `[U+${character.charCodeAt(0).toString(16).toUpperCase()}]`;

/** Reads JSON of the host. What it is shown of is written by anybody: characters that would turn its order are told by their names. */
export function parseJson<T>(text: string): T {
  return JSON.parse(
    text,
    MAY_TURN.test(text) ? (_, value) => (typeof value === "string" ? value.replace(TURNING, named) : value) : undefined,
  ) as T;
}

/** Reads JSON of an answer. */
export const readJson = async <T>(response: Response): Promise<T> => parseJson<T>(await response.text());
