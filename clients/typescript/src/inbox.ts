import type { EventMessage } from "./types.js";

/** Where one has come to in a room. */
export interface Position {
  epoch: string;
  offset: number;
}

/** What a join is answered, as far as order is concerned. */
export interface Seat extends Position {
  resumed: boolean;
  /** How many missed events follow the answer. Servers that do not say so give no way to hold others back meanwhile. */
  missed?: number;
}

export type Delivery =
  | { kind: "event"; message: EventMessage }
  | { kind: "history"; events: EventMessage[] }
  | { kind: "gap"; newEpoch: boolean };

/** How many deliveries of a room are held; then the oldest ones go, and there is a gap. */
export const MAX_HELD = 1000;

/**
 * What arrives for one room, put into the room's order.
 *
 * From the beginning of a join to its answer everything is held: the server may have joined the client already, so that
 * live events come before those that were missed. And while the application is not ready, everything is held.
 */
export class Inbox {
  readonly #deliver: (delivery: Delivery) => void;
  #position: Position | undefined;
  /** Those that wait for the answer of a join, or for the missed events that follow it. */
  #early: Held | undefined = new Held();
  /** How many events that were missed are still to come. */
  #missed = 0;
  /** The position after the missed and the early ones. */
  #target = 0;
  /** Those that wait for the application. */
  readonly #ready = new Held();
  #holds = 0;

  constructor(deliver: (delivery: Delivery) => void) {
    this.#deliver = deliver;
  }

  /** Where to resume. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Whether the application is not ready. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** A join is asked for: what came on an earlier connection and is not in order yet will come again. */
  joining(): void {
    this.#early = new Held();
    this.#missed = 0;
  }

  /** The join has been answered. */
  joined(seat: Seat): void {
    const before = this.#position;
    const resumed = seat.resumed === true && before !== undefined;
    if (!resumed) {
      if (before) this.#pass({ kind: "gap", newEpoch: before.epoch !== seat.epoch });
      this.#position = { epoch: seat.epoch, offset: 0 };
    }
    if (resumed) this.#early?.dropHistory();
    this.#missed = resumed ? (seat.missed ?? 0) : 0;
    const isKnown = !resumed || seat.missed !== undefined;
    this.#target = isKnown ? seat.offset : 0;
    if (this.#missed === 0) this.#passEarly();
  }

  receive(delivery: Delivery): void {
    if (this.#missed > 0 && delivery.kind === "event") {
      this.#missed -= 1;
      this.#pass(delivery);
      if (this.#missed === 0) this.#passEarly();
    } else if (this.#early) {
      this.#early.add(delivery);
    } else {
      this.#pass(delivery);
    }
  }

  /** Holds everything, until as many calls of `release`. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    // A handler may hold again.
    while (this.#holds === 0) {
      const next = this.#ready.take();
      if (!next) return;
      this.#deliver(next);
    }
  }

  #passEarly(): void {
    const early = this.#early;
    this.#early = undefined;
    for (let next = early?.take(); next; next = early?.take()) this.#pass(next);
    this.#advance(this.#target);
  }

  #pass(delivery: Delivery): void {
    if (delivery.kind === "event") this.#advance(delivery.message.offset ?? 0);
    if (this.#holds > 0 || !this.#ready.isEmpty) this.#ready.add(delivery);
    else this.#deliver(delivery);
  }

  #advance(offset: number): void {
    if (this.#position && offset > this.#position.offset) this.#position.offset = offset;
  }
}

/** A bounded queue that says so where it has lost something. */
class Held {
  #deliveries: Delivery[] = [];
  #hasLost = false;

  get isEmpty(): boolean {
    return this.#deliveries.length === 0 && !this.#hasLost;
  }

  add(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    if (this.#deliveries.length <= MAX_HELD) return;
    this.#deliveries.shift();
    this.#hasLost = true;
  }

  take(): Delivery | undefined {
    if (!this.#hasLost) return this.#deliveries.shift();
    this.#hasLost = false;
    return { kind: "gap", newEpoch: false };
  }

  dropHistory(): void {
    this.#deliveries = this.#deliveries.filter(({ kind }) => kind !== "history");
  }
}
