const NEAR_PX = 48;

/**
 * Keeps the end of the conversation in view while the reader is there. Otherwise keeps in view what the reader is at,
 * whatever is added above it, and tells what is new.
 */
export class Follower {
  #scroller;
  #content;
  #pill;
  #following = true;
  #unread = 0;
  #top = 0;
  #anchor;

  constructor(scroller, content, pill) {
    this.#scroller = scroller;
    this.#content = content;
    this.#pill = pill;
    scroller.addEventListener("scroll", () => this.#moved());
    pill.addEventListener("click", () => this.toEnd());
    const resized = new ResizeObserver(() => (this.#following ? this.toEnd() : this.#stay()));
    resized.observe(scroller);
    resized.observe(content);
  }

  /** A message of somebody else has been added. */
  added() {
    if (this.#following) return this.toEnd();
    this.#show(this.#unread + 1);
  }

  toEnd() {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
    this.#show(0);
  }

  #moved() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    // What is added meanwhile moves the end away from the reader, and not the reader from the end.
    const isUp = scrollTop < this.#top;
    this.#top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) {
      this.#following = true;
      this.#show(0);
    } else if (isUp) {
      this.#following = false;
    }
    if (!this.#following) this.#remember();
  }

  #remember() {
    const { top } = this.#scroller.getBoundingClientRect();
    const lines = [...this.#content.querySelectorAll(".bubble, .note")];
    const node = lines.find((line) => line.getBoundingClientRect().bottom > top);
    this.#anchor = node && { node, top: node.getBoundingClientRect().top - top };
  }

  #stay() {
    if (!this.#anchor?.node.isConnected) return;
    const top = this.#anchor.node.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
    this.#scroller.scrollTop += top - this.#anchor.top;
    this.#top = this.#scroller.scrollTop;
  }

  #show(unread) {
    this.#unread = unread;
    this.#pill.hidden = unread === 0;
    this.#pill.textContent = unread === 1 ? "1 new message ↓" : `${unread} new messages ↓`;
  }
}
