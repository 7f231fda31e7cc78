/** How many characters a person (and the server) counts in a text. */
export const characters = (text: string): number => [...text].length;

/** The first characters of a text, with an ellipsis where the rest was. */
export function shortened(text: string, max: number): string {
  return characters(text) > max ? `${[...text].slice(0, max).join("")}…` : text;
}
