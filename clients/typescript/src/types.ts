import type { DialogueError } from "./error.js";
import type { AnyRoom, AnyRooms, Checked, RoomOf, RoomShape, RoomsShape } from "./ids.js";
import type { Outcome } from "./outcome.js";

/** An event of a room, as it arrives. */
export interface EventMessage<T = any> {
  /** The name of the event. */
  event: string;
  roomId: string;
  data: T;
  /** The user id of the sender, or `"system"`. */
  from: string;
  /** When the server published it, in Unix milliseconds. */
  timestamp: number;
  /** What the sender said about it: an object, if a client did. */
  meta?: Record<string, unknown>;
  /** The sender's own key for it. */
  id?: string;
  /** Its place in the room's history; absent if the event's type keeps none. */
  offset?: number;
}

/** A room, as the server lists it. */
export interface RoomInfo {
  id: string;
  name: string;
  description?: string;
  /** How many connections are in it. */
  size: number;
  /** How many it seats; absent if there is no limit. */
  maxSize?: number;
  /** The user who created it, if a client did. */
  createdById?: string;
}

/** A room that is wished for. */
export interface CreateRoomOptions {
  id: string;
  name: string;
  description?: string;
  maxSize?: number;
}

/** What the server says about an event that it has published. */
export interface Receipt {
  /** When, in Unix milliseconds. */
  timestamp: number;
  /** Its place in the room's history; absent if the event's type keeps none. */
  offset?: number;
}

/**
 * Events may be missing: more happened while this client was away than the server still had.
 * What the room remembers follows as history, where the room sends that to who joins.
 */
export interface Gap {
  roomId: string;
  /** Whether the room has begun a new life, with offsets from 1, as after a restart of the server. */
  newEpoch: boolean;
}

/**
 * - `disconnected`: not connected, and not trying
 * - `connecting`: trying for the first time, or again
 * - `connected`: the server has greeted this client
 */
export type ConnectionState = "disconnected" | "connecting" | "connected";

/** Ends what a call of an `on..` method began. */
export type Unsubscribe = () => void;

/** Who one is, as the server's authenticate hook wants it. */
export interface AuthData {
  userId?: string;
  token?: string;
  [key: string]: unknown;
}

export interface DialogueClientOptions {
  /** The server: `http://localhost:3000`, or the same with `https`, `ws` or `wss`. */
  url: string;
  /** What is sent with every connection; a function is asked for it each time, and so can hand out fresh tokens. */
  auth?: AuthData | (() => AuthData | Promise<AuthData>);
  /** Whether creating the client connects it. Default: `true`. */
  autoConnect?: boolean;
  /** Whether to connect again after a loss or a failure. Default: `true`. */
  reconnection?: boolean;
  /**
   * After how many attempts in a row that failed to give up. Default: 5, which takes about 15 seconds; `Infinity` never
   * gives up.
   */
  reconnectionAttempts?: number;
  /** How long to wait before the second attempt, in milliseconds, give or take a half; it doubles. Default: 1,000. */
  reconnectionDelay?: number;
  /** How long to wait between attempts at most, in milliseconds, give or take a half. Default: 5,000. */
  reconnectionDelayMax?: number;
  /**
   * How long an attempt to connect may take, how long a request waits for a connection, and then for its answer, in
   * milliseconds. Default: 10,000.
   */
  timeout?: number;
  /** The ways to the server, tried in this order. Default: `["websocket", "polling"]`. */
  transports?: ("websocket" | "polling")[];
  /** The path of Socket.IO on the server. Default: `/socket.io/`. */
  path?: string;
}

export interface JoinOptions<Event extends string = string> {
  /** What to hear, instead of the room's default subscriptions; `"*"` is everything. */
  subscriptions?: readonly (Event | "*")[];
}

export interface TriggerOptions {
  /** The message's key, at most 256 bytes. The server publishes one message of a user under it, however often it is sent. */
  id?: string;
  /**
   * Keep the message over a loss of the connection, and send it again, under the same id and in the order of the calls,
   * until the server answers. Default: `false`.
   */
  retry?: boolean;
  /** How long the answer may take while there is a connection, in milliseconds. Default: the client's `timeout`. */
  timeout?: number;
}

/** A place in a room's history. */
export interface HistoryCursor {
  /** Only events that are older than this offset. Default: the newest ones. */
  before?: number | undefined;
  /** How many. Default: 50; at most 1,000. */
  limit?: number | undefined;
}

/** The untyped form, where the names of events are not known; else the typed one. */
type ByNames<Events, Untyped, Typed> = string extends keyof Events ? Untyped : Typed;

type Name<Events> = keyof Events & string;

/** `data` may be left out where it may be `null`. */
type TriggerArguments<Data> = null extends Data
  ? [data?: Data, meta?: Record<string, unknown>, options?: TriggerOptions]
  : [data: Data, meta?: Record<string, unknown>, options?: TriggerOptions];

type Trigger<Events> = ByNames<
  Events,
  <T = any>(event: string, data?: T, meta?: Record<string, unknown>, options?: TriggerOptions) => Outcome<Receipt>,
  <E extends Name<Events>>(event: E, ...rest: TriggerArguments<Events[E]>) => Outcome<Receipt>
>;

type On<Events> = ByNames<
  Events,
  <T = Events[keyof Events]>(event: string, handler: (message: EventMessage<T>) => void) => Unsubscribe,
  <E extends Name<Events>>(event: E, handler: (message: EventMessage<Events[E]>) => void) => Unsubscribe
>;

type GetHistory<Events> = ByNames<
  Events,
  {
    <T = Events[keyof Events]>(event: string, start?: number, end?: number): Promise<EventMessage<T>[]>;
    <T = Events[keyof Events]>(event: string, cursor: HistoryCursor): Promise<EventMessage<T>[]>;
  },
  {
    <E extends Name<Events>>(event: E, start?: number, end?: number): Promise<EventMessage<Events[E]>[]>;
    <E extends Name<Events>>(event: E, cursor: HistoryCursor): Promise<EventMessage<Events[E]>[]>;
  }
>;

/** A room that has been joined. It is kept over lost connections, until it is left. */
export interface RoomContext<S extends RoomShape = AnyRoom> {
  readonly roomId: string;
  /** The room's name for people. */
  readonly roomName: string;
  /** Whether the server has this client in the room now: not while the connection is away, and never after leaving. */
  readonly joined: boolean;
  /**
   * Triggers an event. Resolves when the server has published it; whoever heard it in the room before that, heard it in
   * this place, the sender too.
   *
   * Rejects with a {@link DialogueError}, for example `VALIDATION_FAILED` with all `issues`, `DISCONNECTED` or `TIMEOUT`;
   * then whether it was published is not known, and triggering again with the error's `id` is safe. If nobody looks at
   * the promise, `onError` hears of the failure instead.
   */
  trigger: Trigger<S["triggers"]>;
  /** Hears one kind of event, if it is subscribed to. */
  on: On<S["events"]>;
  /** Hears every event that is subscribed to. */
  onAny(handler: (event: string, message: EventMessage<unknown>) => void): Unsubscribe;
  /** Subscribes to an event, or with `"*"` to all. */
  subscribe(event: Name<S["events"]> | "*"): Outcome<void>;
  /** The same as `subscribe("*")`. */
  subscribeAll(): Outcome<void>;
  /** Ends a subscription. That to `"*"` is one of its own. */
  unsubscribe(event: Name<S["events"]> | "*"): Outcome<void>;
  /** Leaves the room and forgets every handler. Joining again gives another context. */
  leave(): Outcome<void>;
  /**
   * What the room remembers of an event, newest first: from the `start`-th newest (0 by default) up to, not including,
   * the `end`-th (`start` + 50 by default); or, by a cursor that new events do not shift, what is older than an offset.
   *
   * There may be fewer than asked for, as an answer has at most 256 KiB: go on from there. None means that there are
   * no more.
   */
  getHistory: GetHistory<S["events"]>;
  /** Hears what the server remembers of the room, newest first, after joining and after a gap. */
  onHistory(handler: (events: EventMessage[]) => void): Unsubscribe;
  /** Hears when events may be missing. */
  onGap(handler: (gap: Gap) => void): Unsubscribe;
  /** Hears once when the room has been left: with an error if that was not by `leave()` or `disconnect()`. */
  onLeft(handler: (error?: DialogueError) => void): Unsubscribe;
}

/**
 * The connection to a Dialogue server.
 *
 * Requests that are made before the first connection wait for it, and reject with its error if the attempt fails. After
 * a loss `join`, `listRooms`, `createRoom`, `deleteRoom` and `renew` wait for the next one, for `timeout` at most; requests
 * in a room reject at once with `DISCONNECTED`, as all do when the client does not try to connect.
 */
export interface DialogueClient<R extends RoomsShape<R> = AnyRooms> {
  /** The user id that the server has given; empty before the first connection. */
  readonly userId: string;
  /** The id of this connection; empty while there is none. */
  readonly clientId: string;
  readonly connected: boolean;
  readonly state: ConnectionState;
  /**
   * Connects. Resolves when the server has greeted this client, at once if it has.
   *
   * Rejects with a {@link DialogueError} if this attempt fails: with the server's own code if it refused, else with
   * `CONNECT_FAILED`, `AUTH_FAILED` or `TIMEOUT`. Unless the refusal is final, the client then goes on trying by itself
   * as long as `reconnection` says: see `state`, and `disconnect()` ends it.
   */
  connect(): Outcome<void>;
  /** Leaves all rooms and disconnects. */
  disconnect(): void;
  /** Joins a room, or gives the context of one that is joined. */
  join<const Id extends string>(
    roomId: Checked<R, Id>,
    options?: JoinOptions<keyof RoomOf<R, Id>["events"] & string>,
  ): Promise<RoomContext<RoomOf<R, Id>>>;
  /** The context of a room that is joined. */
  getRoom<const Id extends string>(roomId: Checked<R, Id>): RoomContext<RoomOf<R, Id>> | undefined;
  /** The rooms of the server, the first 1,000. */
  listRooms(): Promise<RoomInfo[]>;
  /** Creates a room, where the server lets clients do that. */
  createRoom(options: CreateRoomOptions): Promise<RoomInfo>;
  /** Deletes a room that the same user has created. */
  deleteRoom(roomId: string): Promise<void>;
  /** Goes on with a fresh token of the same user; says when that expires, if it does, in Unix milliseconds. */
  renew(token: string): Promise<{ expiresAt?: number }>;
  /** Hears what the server sends under a name of its own, to this client or to all. */
  on<T = any>(name: string, handler: (data: T) => void): Unsubscribe;
  /** Hears every change of `state`. */
  onStateChange(handler: (state: ConnectionState) => void): Unsubscribe;
  /** Hears when the server has greeted this client, also after a loss. */
  onConnect(handler: () => void): Unsubscribe;
  /** Hears when a connection has ended, with Socket.IO's reason, such as `transport close`. */
  onDisconnect(handler: (reason: string) => void): Unsubscribe;
  /** Hears of every failure that no promise told of. Without such a handler they are printed to the console. */
  onError(handler: (error: DialogueError) => void): Unsubscribe;
  /** Hears what rooms remember, newest first, after joining and after a gap. */
  onHistory(handler: (roomId: string, events: EventMessage[]) => void): Unsubscribe;
  onRoomCreated(handler: (room: RoomInfo) => void): Unsubscribe;
  onRoomDeleted(handler: (roomId: string) => void): Unsubscribe;
  /** Hears when events of a room may be missing. */
  onGap(handler: (gap: Gap) => void): Unsubscribe;
}
