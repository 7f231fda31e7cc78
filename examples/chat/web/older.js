import { element } from "./dom.js";

/** The way to messages that are older than those on the page: a button, and reading up to it is as good as pressing. */
export class Older {
  #scroller;
  #log;
  #load;
  #button = element("button", { type: "button", className: "quiet", onclick: () => this.#press() });
  #end = element("p", { className: "hint" });
  #node = element("div", { className: "older" }, this.#button, this.#end);
  #reached;
  #busy = false;
  #closed = false;

  /** `load(offset)` puts what is older than the offset onto the log, and resolves to how many messages that are. */
  constructor(scroller, log, load) {
    this.#scroller = scroller;
    this.#log = log;
    this.#load = load;
    this.#reached = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && this.#press(), { root: scroller });
  }

  /** Goes to where messages are missing: above the first, or where there is a hole. */
  refresh() {
    if (this.#log.oldest > 1) this.#offer("Show older messages");
    else this.#node.remove();
    this.#watch();
  }

  close() {
    this.#reached.disconnect();
    this.#closed = true;
  }

  async #press() {
    if (this.#busy) return;
    this.#busy = true;
    this.#button.textContent = "Loading older messages…";
    try {
      const count = await this.#load(this.#log.oldest);
      if (count === 0 || this.#log.oldest === 1) this.#finish();
      else this.refresh();
    } catch {
      if (!this.#closed) this.#offer("Older messages could not be loaded. Try again");
    }
    this.#busy = false;
  }

  #offer(text) {
    this.#button.textContent = text;
    this.#button.hidden = false;
    this.#end.hidden = true;
    this.#place();
  }

  /** The server has nothing older. */
  #finish() {
    this.#reached.disconnect();
    this.#place();
    if (document.activeElement === this.#button) this.#focusScroller();
    const isFirst = !this.#node.previousElementSibling;
    if (!isFirst && this.#log.oldest === 1) return this.#node.remove();
    this.#button.hidden = true;
    this.#end.hidden = false;
    this.#end.textContent = isFirst ? "No older messages" : "What is missing here is no longer kept.";
  }

  #place() {
    const hadFocus = document.activeElement === this.#button;
    this.#log.putBeforeOldest(this.#node);
    // It loses the focus where it is moved.
    if (hadFocus && document.activeElement !== this.#button) this.#focusScroller();
  }

  #focusScroller() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** Where it is in view still, it tells so again. */
  #watch() {
    this.#reached.disconnect();
    this.#reached.observe(this.#button);
  }
}
