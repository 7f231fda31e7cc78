const NEAR_PX = 48;

/** Keeps the end of the conversation in view while the reader is there, and tells what is new when they are not. */
export class Follower {
  #scroller;
  #pill;
  #following = true;
  #unread = 0;

  constructor(scroller, content, pill) {
    this.#scroller = scroller;
    this.#pill = pill;
    scroller.addEventListener("scroll", () => this.#moved());
    pill.addEventListener("click", () => this.toEnd());
    const resized = new ResizeObserver(() => this.#following && this.toEnd());
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
    this.#show(0);
  }

  #moved() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#following) this.#show(0);
  }

  #show(unread) {
    this.#unread = unread;
    this.#pill.hidden = unread === 0;
    this.#pill.textContent = unread === 1 ? "1 new message ↓" : `${unread} new messages ↓`;
  }
}
