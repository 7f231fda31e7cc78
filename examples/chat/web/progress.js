/**
 * Which messages of the room are on the page.
 *
 * The room numbers them without holes: that is how the page knows what it misses, what it has already, and where to
 * resume. The numbers count within one life of the room, which its epoch names.
 */
export class Progress {
  #epoch;
  #offsets = new Set();
  /** Up to there nothing is outstanding; unknown until the room has been joined. */
  #upTo;

  /** The room is in this life; true when the page has been in another one. */
  enter(epoch) {
    const before = this.#epoch;
    if (epoch === before) return false;
    this.#epoch = epoch;
    this.#offsets.clear();
    this.#upTo = undefined;
    return before !== undefined;
  }

  /** A message comes onto the page; false when it is there already. */
  add(offset) {
    if (this.#offsets.has(offset)) return false;
    this.#offsets.add(offset);
    this.#advance();
    return true;
  }

  /** A message has been taken from the page. */
  remove(offset) {
    this.#offsets.delete(offset);
  }

  /** What is missing up to `offset` will not come by itself; true when something is, since the page was last here. */
  skipTo(offset) {
    const before = this.#upTo;
    this.#upTo = offset;
    this.#advance();
    return before !== undefined && this.oldest > before + 1;
  }

  /** The oldest message after which none is missing; 1 when there is nothing older. */
  get oldest() {
    let oldest = (this.#upTo ?? 0) + 1;
    while (this.#offsets.has(oldest - 1)) oldest -= 1;
    return oldest;
  }

  /** Where the page has come to; undefined when it has not been in the room. */
  get resume() {
    return this.#upTo === undefined ? undefined : { epoch: this.#epoch, offset: this.#upTo };
  }

  #advance() {
    while (this.#offsets.has(this.#upTo + 1)) this.#upTo += 1;
  }
}
