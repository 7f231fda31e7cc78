import { Emitter, NamedEmitter, type Report } from "./emitter.js";
import { DialogueError, about, disconnected } from "./error.js";
import { type Fields, type Joined, badAnswer, readEvents } from "./frames.js";
import { type Delivery, Inbox } from "./inbox.js";
import type { Link } from "./link.js";
import { type Budget, Outbox } from "./outbox.js";
import { Outcome } from "./outcome.js";
import type { EventMessage, Gap, HistoryCursor, Receipt, RoomContext, TriggerOptions, Unsubscribe } from "./types.js";

/** What a room needs of its client. */
export interface RoomHost {
  /** The link, if requests can be sent. */
  readonly link: Link | undefined;
  /** Whether there is a connection, or an attempt at one. */
  readonly isTrying: boolean;
  readonly budget: Budget;
  readonly report: Report;
  delivered(room: Room, delivery: Delivery): void;
  leave(room: Room): Promise<void>;
}

/** A room that has been joined: the `RoomContext` of the application. */
export class Room implements RoomContext {
  readonly roomId: string;
  readonly #host: RoomHost;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Set<string>();
  readonly #unanswered = new Set<(error: DialogueError) => void>();
  readonly #named: NamedEmitter<[EventMessage]>;
  readonly #any: Emitter<[string, EventMessage]>;
  readonly #histories: Emitter<[EventMessage[]]>;
  readonly #gaps: Emitter<[Gap]>;
  readonly #leavings: Emitter<[DialogueError?]>;
  #welcome = (): void => {};
  #name = "";
  #isJoined = false;
  #ending: { error: DialogueError | undefined } | undefined;

  constructor(roomId: string, host: RoomHost) {
    this.roomId = roomId;
    this.#host = host;
    this.#inbox = new Inbox((delivery) => this.#deliver(delivery));
    this.#outbox = new Outbox(host.budget);
    this.#named = new NamedEmitter(host.report);
    this.#any = new Emitter(host.report);
    this.#histories = new Emitter(host.report);
    this.#gaps = new Emitter(host.report);
    this.#leavings = new Emitter(host.report);
  }

  get roomName(): string {
    return this.#name;
  }

  get joined(): boolean {
    return this.#isJoined;
  }

  trigger = (event: string, data?: unknown, meta?: Fields, options: TriggerOptions = {}): Outcome<Receipt> => {
    const id = options.id ?? freshId();
    const work = this.#trigger({ roomId: this.roomId, event, data, meta, id }, options);
    return this.#outcome(
      work.catch((error: unknown) => {
        throw this.#about(error, { event, id });
      }),
    );
  };

  on = (event: string, handler: (message: EventMessage) => void): Unsubscribe => this.#named.on(event, handler);

  onAny(handler: (event: string, message: EventMessage<unknown>) => void): Unsubscribe {
    return this.#any.on(handler);
  }

  onHistory(handler: (events: EventMessage[]) => void): Unsubscribe {
    return this.#histories.on(handler);
  }

  onGap(handler: (gap: Gap) => void): Unsubscribe {
    return this.#gaps.on(handler);
  }

  onLeft(handler: (error?: DialogueError) => void): Unsubscribe {
    return this.#leavings.on(handler);
  }

  subscribe(event: string): Outcome<void> {
    return this.#outcome(this.#change("dialogue:subscribe", event, () => this.#subscriptions.add(event)));
  }

  subscribeAll(): Outcome<void> {
    return this.subscribe("*");
  }

  unsubscribe(event: string): Outcome<void> {
    return this.#outcome(this.#change("dialogue:unsubscribe", event, () => this.#subscriptions.delete(event)));
  }

  leave(): Outcome<void> {
    return this.#outcome(this.#ending ? Promise.resolve() : this.#host.leave(this));
  }

  getHistory = async (event: string, from?: number | HistoryCursor, end?: number): Promise<EventMessage[]> => {
    const range = rangeOf(from, end);
    const answer = await this.#ask("dialogue:getHistory", { roomId: this.roomId, eventName: event, ...range }, event);
    const events = readEvents(answer["events"]);
    if (!events) throw badAnswer("a malformed history", { roomId: this.roomId });
    return events;
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
  seated({ roomName, subscriptions, ...seat }: Joined, link: Link): void {
    this.#name = roomName;
    this.subscribed(subscriptions);
    this.#isJoined = true;
    this.#inbox.joined(seat);
    this.#outbox.open(link);
  }

  /** The subscriptions in force. */
  subscribed(subscriptions: string[]): void {
    this.#subscriptions.clear();
    for (const event of subscriptions) this.#subscriptions.add(event);
  }

  /** The connection has ended; the client may come back. */
  away(): void {
    this.#isJoined = false;
    this.#outbox.close();
  }

  /** The client does not try to come back by itself. */
  gaveUp(error: DialogueError): void {
    this.#outbox.fail(error);
  }

  /** The room has been left; not by the application, if there is an error. */
  end(error?: DialogueError): void {
    if (this.#ending) return;
    this.#ending = { error };
    this.#isJoined = false;
    this.#named.clear();
    this.#any.clear();
    this.#histories.clear();
    this.#gaps.clear();
    this.#outbox.fail(disconnected("the room was left before the server had the message", { roomId: this.roomId }));
    if (error) for (const settle of [...this.#unanswered]) settle(error);
    this.#leavings.emit(...(error ? [error] : []));
    this.#leavings.clear();
  }

  async #trigger(payload: Fields, { retry = false, timeout }: TriggerOptions): Promise<Receipt> {
    if (this.#ending) throw this.#left();
    const message = snapshot(payload);
    const isKept = retry && this.#host.isTrying;
    const sending = isKept
      ? this.#outbox.add(message, timeout)
      : this.#ask("dialogue:trigger", message, undefined, timeout);
    const { timestamp, offset } = await sending;
    this.#welcome();
    if (typeof timestamp !== "number")
      throw badAnswer("a malformed answer to `dialogue:trigger`", { roomId: this.roomId });
    return typeof offset === "number" ? { timestamp, offset } : { timestamp };
  }

  async #change(request: string, eventName: string, apply: () => void): Promise<void> {
    await this.#ask(request, { roomId: this.roomId, eventName }, eventName, undefined, apply);
  }

  /** Requests something; what follows from it is applied in the order of the answers. */
  #ask(request: string, payload: Fields, event?: string, timeout?: number, apply?: () => void): Promise<Fields> {
    const { link } = this.#host;
    const details = { roomId: this.roomId, event };
    if (this.#ending) return Promise.reject(about(this.#left(), { event }));
    if (!link)
      return Promise.reject(
        disconnected(`\`${request}\` was not sent, as there is no connection: wait for \`onConnect\``, details),
      );
    return new Promise((resolve, reject) => {
      const settle = link.ask(
        request,
        payload,
        (answer) => {
          this.#unanswered.delete(settle);
          this.#welcome();
          if (answer instanceof DialogueError) return reject(about(answer, details));
          apply?.();
          resolve(answer);
        },
        timeout,
      );
      this.#unanswered.add(settle);
    });
  }

  #deliver(delivery: Delivery): void {
    if (this.#ending) return;
    this.#host.delivered(this, delivery);
    if (delivery.kind === "history") this.#histories.emit(delivery.events);
    if (delivery.kind === "gap") this.#gaps.emit({ roomId: this.roomId, newEpoch: delivery.newEpoch });
    if (delivery.kind !== "event") return;
    this.#named.emit(delivery.message.event, delivery.message);
    this.#any.emit(delivery.message.event, delivery.message);
  }

  #left(): DialogueError {
    const cause = this.#ending?.error;
    const message = `the room \`${this.roomId}\` has been left: join it again for a new context`;
    return new DialogueError("NOT_IN_ROOM", message, { roomId: this.roomId, cause });
  }

  #outcome<T>(work: Promise<T>): Outcome<T> {
    return Outcome.of(work, this.#host.report);
  }

  #about(error: unknown, details: { event: string; id: string }): unknown {
    return error instanceof DialogueError ? about(error, { ...details, roomId: this.roomId }) : error;
  }
}

/** `start` and `end`, or those that a cursor means. */
function rangeOf(from?: number | HistoryCursor, end?: number): Fields {
  if (typeof from !== "object") return { start: from ?? 0, end: end ?? (from ?? 0) + 50 };
  const { before, limit = 50 } = from;
  return { before, start: 0, end: limit };
}

/** The payload as it is now, whatever becomes of its parts before it is sent. */
function snapshot(payload: Fields): Fields {
  try {
    return JSON.parse(JSON.stringify(payload)) as Fields;
  } catch (cause) {
    throw new DialogueError("INVALID_REQUEST", "the event could not be encoded: trigger what JSON can express", {
      cause,
    });
  }
}

/** A message id that nobody else makes. */
function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
