import { element } from "./dom.js";
import { headNode, messageNode } from "./message.js";
import { Progress } from "./progress.js";

const GROUP_MS = 5 * 60_000;
const MAX_NODES = 1000;

/** The conversation: messages in the room's order, those of one person together, and quiet lines about the room. */
export class MessageLog {
  #root;
  #me;
  #onReply;
  #progress = new Progress();
  /** The messages of the room's current life, oldest first: `{message, node, since, continues}`. */
  #entries = [];
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

  /** Where to resume; undefined when nothing of the room is known. */
  get resume() {
    return this.#progress.resume;
  }

  /** The offset of the oldest message after which none is missing. */
  get oldest() {
    return this.#progress.oldest;
  }

  /** What comes from now on belongs to this life of the room. */
  enter(epoch) {
    if (!this.#progress.enter(epoch)) return;
    this.#entries = [];
    const last = this.#root.lastElementChild;
    if (!last || last.classList.contains("separator")) return;
    const text = "The server has restarted and has forgotten what was said before.";
    this.#append(element("p", { className: "note separator" }, element("span", {}, text)));
  }

  /** What is missing up to `offset` does not come by itself: says so at its place. */
  skipTo(offset) {
    if (!this.#progress.skipTo(offset)) return;
    const text = "You are back. Some messages from while you were away may be missing.";
    this.putBeforeOldest(element("p", { className: "note" }, text));
  }

  /** Adds a message at its place; false when it is there already. */
  add(message) {
    const { from, id, offset } = message;
    if (!this.#progress.add(offset)) return false;
    // Of what was sent again, the server knows only the recent.
    const key = id && JSON.stringify([from, id]);
    if (this.#shown.has(key)) return false;
    if (key) this.#shown.add(key);
    const node = messageNode(message, { isOwn: this.#isOwn(message), onReply: this.#onReply });
    node.key = key;
    const index = this.#after(offset);
    this.#root.insertBefore(node, this.#entries[index]?.node ?? null);
    this.#entries.splice(index, 0, { message, node });
    this.#regroup(index);
    this.#trim();
    return true;
  }

  /** Adds a line that nobody has said. */
  note(...text) {
    this.#append(element("p", { className: "note" }, ...text));
  }

  /** Puts something in front of the oldest message after which none is missing. */
  putBeforeOldest(node) {
    const first = this.#entries[this.#after(this.oldest - 1)]?.node ?? null;
    // Where it is already it stays: it may have the focus.
    if (!node.isConnected || node.nextElementSibling !== first) this.#root.insertBefore(node, first);
    this.#regroup(0);
  }

  /** Makes changes that a screen reader should not read out as if they were said now. */
  quietly(change) {
    this.#root.ariaBusy = "true";
    change();
    requestAnimationFrame(() => requestAnimationFrame(() => (this.#root.ariaBusy = "false")));
  }

  #isOwn({ from }) {
    return from === this.#me;
  }

  /** The index of the first message after `offset`. */
  #after(offset) {
    let index = this.#entries.length;
    while (index > 0 && this.#entries[index - 1].message.offset > offset) index -= 1;
    return index;
  }

  /** Decides, from `index` on, which messages go on what the one above has begun. */
  #regroup(index) {
    for (let at = index; at < this.#entries.length; at += 1) {
      const [above, entry] = [this.#entries[at - 1], this.#entries[at]];
      const { message, node } = entry;
      const continues =
        above?.node === node.previousElementSibling &&
        above.message.from === message.from &&
        message.timestamp - above.since < GROUP_MS;
      if (entry.continues !== continues) this.#setHead(entry, continues);
      entry.continues = continues;
      entry.since = continues ? above.since : message.timestamp;
    }
  }

  #setHead({ message, node }, continues) {
    node.classList.toggle("continues", continues);
    if (continues) node.querySelector(".head")?.remove();
    else node.querySelector(".body").prepend(headNode(message, { isOwn: this.#isOwn(message) }));
  }

  #append(node) {
    this.#root.append(node);
    this.#trim();
  }

  #trim() {
    if (this.#root.childElementCount <= MAX_NODES) return;
    const oldest = this.#root.querySelector(":scope > :not(.older)");
    this.#shown.delete(oldest.key);
    if (oldest === this.#entries[0]?.node) this.#progress.remove(this.#entries.shift().message.offset);
    oldest.remove();
  }
}
