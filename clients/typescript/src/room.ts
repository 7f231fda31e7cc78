import { Emitter } from "./emitter.js";
import { DialogueError, about, disconnected } from "./error.js";
import { type Fields, type Joined, hasEvents, isReceipt } from "./frames.js";
import type { Host } from "./host.js";
import { type Delivery, Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { Outcome } from "./outcome.js";
import { type Request, snapshot, subjectOf } from "./requests.js";
import type { EventMessage, Gap, HistoryCursor, Receipt, RoomContext, TriggerOptions, Unsubscribe } from "./types.js";

/** What there is to hear of a room, besides its events. */
interface RoomSignals {
  any: [event: string, message: EventMessage];
  history: [events: EventMessage[]];
  gap: [gap: Gap];
  left: [error?: DialogueError];
}

/** A room that has been joined: the `RoomContext` of the application. */
export class Room implements RoomContext {
  readonly roomId: string;
  roomName = "";
  joined = false;
  readonly #host: Host;
  readonly #outbox: Outbox<Receipt>;
  readonly #inbox = new Inbox((delivery) => this.#deliver(delivery));
  #subscriptions = new Set<string>();
  readonly #events = new Emitter<Record<string, [EventMessage]>>((error) => this.#host.report(error));
  readonly #signals = new Emitter<RoomSignals>((error) => this.#host.report(error));
  #welcome = (): void => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** That it has been left, and why if that was not the application's wish. */
  #end: { cause: DialogueError | undefined } | undefined;

  readonly onAny = this.#signals.onOf("any");
  readonly onHistory = this.#signals.onOf("history");
  readonly onGap = this.#signals.onOf("gap");
  readonly onLeft = this.#signals.onOf("left");

  constructor(roomId: string, host: Host) {
    this.roomId = roomId;
    this.#host = host;
    this.#outbox = new Outbox(host.rooms.budget);
  }

  on = (event: string, handler: (message: EventMessage) => void): Unsubscribe => this.#events.on(event, handler);

  trigger = (event: string, data?: unknown, meta?: Fields, options: TriggerOptions = {}): Outcome<Receipt> => {
    const id = options.id ?? freshId();
    return this.#outcome(this.#trigger({ roomId: this.roomId, event, data, meta, id }, options));
  };

  subscribe(event: string): Outcome<void> {
    return this.#change("subscribe", event, () => this.#subscriptions.add(event));
  }

  subscribeAll(): Outcome<void> {
    return this.subscribe("*");
  }

  unsubscribe(event: string): Outcome<void> {
    return this.#change("unsubscribe", event, () => this.#subscriptions.delete(event));
  }

  leave(): Outcome<void> {
    return this.#outcome(this.#end ? Promise.resolve() : this.#host.rooms.leave(this));
  }

  getHistory = (event: string, from?: number | HistoryCursor, end?: number): Promise<EventMessage[]> => {
    const payload = { roomId: this.roomId, eventName: event, ...rangeOf(from, end) };
    return this.#ask("getHistory", payload, { as: hasEvents, read: ({ events }) => events });
  };

  /** Holds everything that arrives until the returned function is called; what renders later than it joins needs that. */
  hold(): () => void {
    this.#inbox.hold();
    let isHeld = true;
    return () => {
      if (isHeld) this.#inbox.release();
      isHeld = false;
    };
  }

  /**
   * Holds everything until the next task, so that the application can attach its handlers when it has the room; or until
   * an answer comes to what it asked for there, as it hears its own events before that.
   */
  holdForHandlers(): void {
    this.#welcome = this.hold();
    setTimeout(this.#welcome);
  }

  get isHeld(): boolean {
    return this.#inbox.isHeld;
  }

  /** What arrives for the room. */
  receive(delivery: Delivery): void {
    this.#inbox.receive(delivery);
  }

  /** What to ask for when joining again: everything as it was. */
  rejoining(): Fields & { roomId: string } {
    this.#inbox.joining();
    return { roomId: this.roomId, subscriptions: [...this.#subscriptions], resume: this.#inbox.position };
  }

  /** A join has been answered. */
  seated(joined: Joined): void {
    this.roomName = joined.roomName;
    this.joined = true;
    this.subscribed(joined.subscriptions);
    this.#inbox.joined(joined);
    this.#outbox.open();
  }

  /** The subscriptions in force. */
  subscribed(subscriptions: string[]): void {
    this.#subscriptions = new Set(subscriptions);
  }

  /** Does something after a while, if the connection lasts and the room is not left before. */
  later(action: () => void, delay: number): void {
    this.#timer = setTimeout(action, delay);
  }

  /** The connection has ended; the client may come back. */
  away(): void {
    this.joined = false;
    clearTimeout(this.#timer);
    this.#outbox.close();
  }

  /** The client does not try to come back by itself. */
  gaveUp(error: DialogueError): void {
    this.#outbox.fail(error);
  }

  /** The room has been left; not by the application, if there is an error. */
  end(error?: DialogueError): void {
    if (this.#end) return;
    this.#end = { cause: error };
    this.away();
    this.#events.clear();
    this.gaveUp(disconnected("the room was left before the server had the message"));
    if (error) this.#host.requests.cancel(this, error);
    this.#signals.emit("left", ...(error ? [error] : []));
    this.#signals.clear();
  }

  async #trigger(payload: Fields, { retry, timeout }: TriggerOptions): Promise<Receipt> {
    const send = (message: Fields): Promise<Receipt> => this.#ask("trigger", message, { timeout, as: isReceipt });
    if (!retry || this.#end || this.#host.state === "disconnected") return send(payload);
    try {
      const message = snapshot("trigger", payload);
      return await this.#outbox.add(message, () => send(message));
    } catch (error) {
      throw about(error as DialogueError, subjectOf(payload));
    }
  }

  /** Changes the subscriptions, here in the order of the answers. */
  #change(request: string, eventName: string, apply: () => unknown): Outcome<void> {
    const payload = { roomId: this.roomId, eventName };
    return this.#outcome(this.#ask(request, payload, { read: () => void apply() }));
  }

  async #ask<A, T>(name: string, payload: Fields, request: Request<A, T>): Promise<T> {
    if (this.#end) {
      const details = { ...subjectOf(payload), ...this.#end };
      throw new DialogueError("NOT_IN_ROOM", "the room has been left: join it again", details);
    }
    try {
      return await this.#host.requests.ask(name, payload, { ...request, owner: this });
    } finally {
      this.#welcome();
    }
  }

  #deliver(delivery: Delivery): void {
    // Nobody hears what comes after the end.
    if (this.#end) return;
    const { roomId } = this;
    const { signals } = this.#host;
    if (delivery.kind === "event") {
      const { message } = delivery;
      this.#events.emit(message.event, message);
      this.#signals.emit("any", message.event, message);
    } else if (delivery.kind === "history") {
      signals.emit("history", roomId, delivery.events);
      this.#signals.emit("history", delivery.events);
    } else {
      const gap = { roomId, newEpoch: delivery.newEpoch };
      signals.emit("gap", gap);
      this.#signals.emit("gap", gap);
    }
  }

  #outcome<T>(work: Promise<T>): Outcome<T> {
    return Outcome.of(work, this.#host.report);
  }
}

/** `start` and `end`, or those that a cursor means. */
function rangeOf(from?: number | HistoryCursor, end?: number): Fields {
  if (typeof from !== "object") return { start: from ?? 0, end: end ?? (from ?? 0) + 50 };
  const { before, limit = 50 } = from;
  return { before, start: 0, end: limit };
}

/** A message id that nobody else makes. */
function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
