import { avatar } from "./avatar.js";
import { element } from "./dom.js";

const TYPING_MS = 5000;

/** Who is in the room, by name. */
export class People {
  #list;
  #counts;
  #me;
  #names = new Set();

  constructor(list, counts, me) {
    this.#list = list;
    this.#counts = counts;
    this.#me = me;
    this.replace([]);
  }

  replace(names) {
    this.#names = new Set(names);
    this.#show();
  }

  add(name) {
    this.#names.add(name);
    this.#show();
  }

  remove(name) {
    this.#names.delete(name);
    this.#show();
  }

  #show() {
    const others = [...this.#names].filter((name) => name !== this.#me).sort((a, b) => a.localeCompare(b));
    const names = this.#names.has(this.#me) ? [this.#me, ...others] : others;
    this.#list.replaceChildren(...names.map((name) => this.#person(name)));
    const count = names.length === 1 ? "1 person" : `${names.length} people`;
    this.#counts.forEach((node) => (node.textContent = count));
  }

  #person(name) {
    const label = element("span", { className: "name", dir: "auto", title: name }, name);
    const you = name === this.#me ? [element("span", { className: "you" }, "you")] : [];
    return element("li", {}, avatar(name), label, ...you);
  }
}

/** Who is writing: each name is forgotten when nothing more is heard of it. */
export class Typists {
  #root;
  #timers = new Map();

  constructor(root) {
    this.#root = root;
    this.clear();
  }

  set(name, isTyping) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
    if (isTyping)
      this.#timers.set(
        name,
        setTimeout(() => this.set(name, false), TYPING_MS),
      );
    this.#root.textContent = sentence([...this.#timers.keys()]);
  }

  clear() {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers.clear();
    this.#root.textContent = "";
  }
}

function sentence(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length > 3) return `${names.length} people are typing…`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
}
