/** The element with this id; a missing one is a mistake in index.html. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/** A new element. Children that are strings become text, never markup. */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** How many characters a person (and the server) counts in a text. */
export const characters = (text) => [...text].length;

/** The first characters of a text, with an ellipsis where the rest was. */
export function shortened(text, max) {
  return characters(text) > max ? `${[...text].slice(0, max).join("")}…` : text;
}
