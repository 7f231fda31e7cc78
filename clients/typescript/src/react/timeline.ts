import type { EventMessage } from "../types.js";

/** How many events are kept; older ones can be loaded again. */
export const MAX_KEPT = 10_000;

/** Where to go on with older events. */
export type Cursor = { before: number | undefined } | { start: number };

/** The events of one kind in a room, oldest first and without doubles, as far as they are known. */
export class Timeline {
  /** Those with a place in the room's present life, by offset; or, where no history is kept, as they came. */
  #recent: EventMessage[] = [];
  /** Those of earlier lives of the room, from its store, which have no offset. */
  #stored: EventMessage[] = [];
  /** The last offset before a gap that has not been filled. */
  #floor: number | undefined;
  #hasGap = false;
  #hasOlder = true;

  get events(): EventMessage[] {
    return [...this.#stored, ...this.#recent];
  }

  get hasGap(): boolean {
    return this.#hasGap;
  }

  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  /** What is older than everything after the newest gap. */
  get cursor(): Cursor {
    if (this.#stored.length > 0 && this.#floor === undefined)
      return { start: this.#stored.length + this.#recent.length };
    const floor = this.#floor ?? -1;
    return { before: this.#recent.find(({ offset = -1 }) => offset > floor)?.offset };
  }

  /** Live events, or the newest ones of the history; in any order. */
  add(events: readonly EventMessage[]): void {
    for (const event of events) this.#insert(event);
    const excess = this.#recent.length - MAX_KEPT;
    if (excess <= 0) return;
    this.#recent.splice(0, excess);
    this.#stored = [];
    this.#hasOlder = true;
  }

  /** A page of older events, newest first. None means that there are no more. */
  addOlder(page: readonly EventMessage[]): void {
    if (page.length === 0) this.#hasOlder = false;
    const floor = this.#floor;
    const reachesOver = floor !== undefined && page.some(({ offset }) => offset === undefined || offset <= floor);
    for (const event of page) {
      if (event.offset === undefined) this.#store(event);
      else this.#insert(event);
    }
    if (reachesOver) this.#hasGap = false;
    if (reachesOver || page.length === 0) this.#floor = undefined;
  }

  /** Events may be missing after those that are here. */
  gap(newEpoch: boolean): void {
    this.#hasGap = true;
    this.#hasOlder = true;
    if (newEpoch) this.#forget();
    else this.#floor = this.#recent.at(-1)?.offset ?? this.#floor;
  }

  /** Begins anew. */
  reset(): void {
    this.#hasGap = false;
    this.#hasOlder = true;
    this.#forget();
  }

  #forget(): void {
    this.#recent = [];
    this.#stored = [];
    this.#floor = undefined;
  }

  #insert(event: EventMessage): void {
    const { offset } = event;
    if (offset === undefined) return void this.#recent.push(event);
    let index = this.#recent.length;
    while (index > 0 && (this.#recent[index - 1]?.offset ?? 0) > offset) index -= 1;
    if (this.#recent[index - 1]?.offset !== offset) this.#recent.splice(index, 0, event);
  }

  /** While new events arrive, pages that are counted from the newest one overlap. */
  #store(event: EventMessage): void {
    const key = keyOf(event);
    if (!this.#stored.some((other) => keyOf(other) === key)) this.#stored.unshift(event);
  }
}

const keyOf = ({ timestamp, from, id, data }: EventMessage): string => JSON.stringify([timestamp, from, id, data]);
