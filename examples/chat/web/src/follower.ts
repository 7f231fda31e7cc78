const NEAR_PX = 48;

/**
 * Keeps the end of the conversation in view while the reader is there. Otherwise keeps in view what the reader is at,
 * whatever is added above it, and tells what is new.
 */
export class Follower {
  readonly #scroller: Element;
  readonly #content: Element;
  readonly #onUnread: (unread: number) => void;
  readonly #resized = new ResizeObserver(() => (this.#following ? this.toEnd() : this.#stay()));
  #following = true;
  #unread = 0;
  #top = 0;
  #anchor: { node: Element; top: number } | undefined;

  /** `onUnread` is told how many messages have been added below the reader. */
  constructor(scroller: Element, content: Element, onUnread: (unread: number) => void) {
    this.#scroller = scroller;
    this.#content = content;
    this.#onUnread = onUnread;
    scroller.addEventListener("scroll", this.#moved);
    this.#resized.observe(scroller);
    this.#resized.observe(content);
  }

  close(): void {
    this.#scroller.removeEventListener("scroll", this.#moved);
    this.#resized.disconnect();
  }

  /** Messages of somebody else have been added. */
  added(count: number): void {
    if (this.#following) this.toEnd();
    else this.#tell(this.#unread + count);
  }

  toEnd(): void {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
    this.#tell(0);
  }

  readonly #moved = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    // What is added meanwhile moves the end away from the reader, and not the reader from the end.
    const isUp = scrollTop < this.#top;
    this.#top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) {
      this.#following = true;
      this.#tell(0);
    } else if (isUp) {
      this.#following = false;
    }
    if (!this.#following) this.#remember();
  };

  #remember(): void {
    const { top } = this.#scroller.getBoundingClientRect();
    const lines = [...this.#content.querySelectorAll(".bubble, .note")];
    const node = lines.find((line) => line.getBoundingClientRect().bottom > top);
    this.#anchor = node && { node, top: node.getBoundingClientRect().top - top };
  }

  #stay(): void {
    if (!this.#anchor?.node.isConnected) return;
    const top = this.#anchor.node.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
    this.#scroller.scrollTop += top - this.#anchor.top;
    this.#top = this.#scroller.scrollTop;
  }

  #tell(unread: number): void {
    this.#unread = unread;
    this.#onUnread(unread);
  }
}
