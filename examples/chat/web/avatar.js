import { element } from "./dom.js";

const HUES = [5, 35, 60, 145, 170, 200, 235, 265, 300, 325, 345];

/** A round picture of somebody: initials on a colour that belongs to the name. */
export function avatar(name) {
  const node = element("span", { className: "avatar", ariaHidden: "true" }, initials(name));
  node.style.setProperty("--hue", hue(name));
  return node;
}

function initials(name) {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 1_000_003;
  return HUES[hash % HUES.length];
}
