import { avatar } from "./avatar.js";
import { element } from "./dom.js";

const GROUP_MS = 5 * 60_000;
const MAX_GROUPS = 500;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** What somebody says, with what it answers. */
export function bubble({ text, replyTo }) {
  const quote = replyTo ? [element("blockquote", { dir: "auto" }, replyTo)] : [];
  return element("div", { className: "bubble", dir: "auto" }, ...quote, text);
}

/** The conversation: messages in groups of one author, and quiet lines about the room. */
export class MessageLog {
  #root;
  #me;
  #onReply;
  #last;
  #shown = new Set();

  constructor(root, { me, onReply }) {
    this.#root = root;
    this.#me = me;
    this.#onReply = onReply;
    root.replaceChildren();
  }

  get isEmpty() {
    return this.#root.childElementCount === 0;
  }

  /** Adds a message at the end; false when it is there already. */
  add({ from, text, replyTo, timestamp, id }) {
    const key = id && JSON.stringify([from, id]);
    if (this.#shown.has(key)) return false;
    const bubbles = this.#groupOf(from, timestamp);
    if (key) {
      this.#shown.add(key);
      bubbles.keys.push(key);
    }
    bubbles.node.append(this.#line({ from, text, replyTo }));
    return true;
  }

  /** Adds a line that nobody has said. */
  note(...text) {
    this.#append(element("p", { className: "note" }, ...text), []);
    this.#last = undefined;
  }

  #groupOf(from, timestamp) {
    const last = this.#last;
    if (last?.from === from && timestamp - last.since < GROUP_MS) return last;
    const time = element(
      "time",
      { dateTime: new Date(timestamp).toISOString(), title: date.format(timestamp) },
      clock.format(timestamp),
    );
    const own = from === this.#me;
    const name = element("span", { className: "name", dir: "auto" }, own ? "You" : from);
    const node = element("div", { className: "bubbles" }, element("p", { className: "head" }, name, " ", time));
    const keys = [];
    this.#append(element("div", { className: own ? "group own" : "group" }, avatar(from), node), keys);
    this.#last = { from, since: timestamp, node, keys };
    return this.#last;
  }

  #line({ from, text, replyTo }) {
    const reply = element(
      "button",
      { type: "button", className: "quiet reply-to", title: "Reply", ariaLabel: `Reply to ${from}: ${text}` },
      "↩",
    );
    reply.addEventListener("click", () => this.#onReply({ from, text }));
    return element("div", { className: "line" }, bubble({ text, replyTo }), reply);
  }

  #append(node, keys) {
    node.keys = keys;
    this.#root.append(node);
    if (this.#root.childElementCount > MAX_GROUPS) {
      const oldest = this.#root.firstElementChild;
      oldest.keys.forEach((key) => this.#shown.delete(key));
      oldest.remove();
    }
  }
}
