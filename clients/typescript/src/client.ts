import { Connection, type Ending } from "./connection.js";
import { Emitter, NamedEmitter } from "./emitter.js";
import { DialogueError, about, disconnected } from "./error.js";
import { type Fields, badAnswer, isEventMessage, isRoomInfo, readError, readEvents, roomIdOf } from "./frames.js";
import type { AnyRooms, RoomsShape } from "./ids.js";
import type { Delivery } from "./inbox.js";
import type { Link } from "./link.js";
import type { Outcome } from "./outcome.js";
import type { Budget } from "./outbox.js";
import type { Room, RoomHost } from "./room.js";
import { Rooms } from "./rooms.js";
import type {
  ConnectionState,
  CreateRoomOptions,
  DialogueClient,
  DialogueClientOptions,
  EventMessage,
  Gap,
  JoinOptions,
  RoomInfo,
  Unsubscribe,
} from "./types.js";

const TIMEOUT = 10_000;

/**
 * Creates a client, and unless `autoConnect` is `false`, connects it.
 *
 * ```ts
 * const client = createDialogueClient<Rooms>({ url: "http://localhost:3000", auth: { userId: "alice" } });
 * await client.connect();
 * const general = await client.join("general");
 * ```
 */
export function createDialogueClient<R extends RoomsShape<R> = AnyRooms>(
  options: DialogueClientOptions,
): DialogueClient<R> {
  return new Client(options) as unknown as DialogueClient<R>;
}

class Client implements DialogueClient, RoomHost {
  readonly budget: Budget = { kept: 0 };
  readonly #errors = new Emitter<[DialogueError]>((error) => console.error(error));
  /** Tells of a failure that nobody waits for; what is no error of this library comes from a handler. */
  readonly report = (error: unknown): void => {
    const message = "a handler failed: see the error's `cause`";
    const told =
      error instanceof DialogueError ? error : new DialogueError("HANDLER_FAILED", message, { cause: error });
    if (this.#errors.size === 0) console.error(told);
    else this.#errors.emit(told);
  };
  readonly #states = new Emitter<[ConnectionState]>(this.report);
  readonly #connects = new Emitter<[]>(this.report);
  readonly #disconnects = new Emitter<[string]>(this.report);
  readonly #histories = new Emitter<[string, EventMessage[]]>(this.report);
  readonly #creations = new Emitter<[RoomInfo]>(this.report);
  readonly #deletions = new Emitter<[string]>(this.report);
  readonly #gaps = new Emitter<[Gap]>(this.report);
  readonly #own = new NamedEmitter<[any]>(this.report);
  readonly #rooms = new Rooms(this);
  readonly #connection: Connection;

  constructor(options: DialogueClientOptions) {
    if (typeof options.url !== "string") {
      throw new DialogueError(
        "INVALID_REQUEST",
        "a client needs the `url` of the server, such as `http://localhost:3000`",
      );
    }
    this.#connection = new Connection(
      { ...options, timeout: options.timeout ?? TIMEOUT },
      {
        greeted: (link) => this.#rooms.greeted(link),
        frame: (_link, name, payload) => this.#frame(name, payload),
        ended: (ending) => this.#ended(ending),
        stateChanged: (state) => this.#stateChanged(state),
        failed: this.report,
      },
    );
    if (options.autoConnect ?? true) this.connect();
  }

  get userId(): string {
    return this.#connection.userId;
  }

  get clientId(): string {
    return this.#connection.clientId;
  }

  get connected(): boolean {
    return this.state === "connected";
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get link(): Link | undefined {
    return this.#connection.link;
  }

  get isTrying(): boolean {
    return this.state !== "disconnected";
  }

  connect(): Outcome<void> {
    return this.#connection.connect();
  }

  disconnect(): void {
    this.#rooms.endAll();
    if (this.#connection.disconnect()) this.#disconnects.emit("io client disconnect");
  }

  join(roomId: string, options: JoinOptions = {}): Promise<Room> {
    return this.#rooms.join(roomId, options.subscriptions);
  }

  getRoom(roomId: string): Room | undefined {
    return this.#rooms.get(roomId);
  }

  async listRooms(): Promise<RoomInfo[]> {
    const { rooms } = await this.#ask("dialogue:listRooms");
    if (Array.isArray(rooms) && rooms.every(isRoomInfo)) return rooms;
    throw badAnswer("a malformed list of rooms");
  }

  async createRoom({ id, name, description, maxSize }: CreateRoomOptions): Promise<RoomInfo> {
    const { ok: _, ...room } = await this.#ask("dialogue:createRoom", { id, name, description, maxSize }, id);
    if (isRoomInfo(room)) return room;
    throw badAnswer("a malformed answer to `dialogue:createRoom`", { roomId: id });
  }

  async deleteRoom(roomId: string): Promise<void> {
    await this.#ask("dialogue:deleteRoom", { roomId }, roomId);
  }

  async renew(token: string): Promise<{ expiresAt?: number }> {
    const { expiresAt } = await this.#ask("dialogue:renew", { token });
    return typeof expiresAt === "number" ? { expiresAt } : {};
  }

  on<T = any>(name: string, handler: (data: T) => void): Unsubscribe {
    if (name.startsWith("dialogue:")) {
      throw new DialogueError(
        "INVALID_REQUEST",
        `\`${name}\` is the protocol's own: use the method for it, such as \`onError\``,
      );
    }
    return this.#own.on(name, handler);
  }

  onStateChange(handler: (state: ConnectionState) => void): Unsubscribe {
    return this.#states.on(handler);
  }

  onConnect(handler: () => void): Unsubscribe {
    return this.#connects.on(handler);
  }

  onDisconnect(handler: (reason: string) => void): Unsubscribe {
    return this.#disconnects.on(handler);
  }

  onError(handler: (error: DialogueError) => void): Unsubscribe {
    return this.#errors.on(handler);
  }

  onHistory(handler: (roomId: string, events: EventMessage[]) => void): Unsubscribe {
    return this.#histories.on(handler);
  }

  onRoomCreated(handler: (room: RoomInfo) => void): Unsubscribe {
    return this.#creations.on(handler);
  }

  onRoomDeleted(handler: (roomId: string) => void): Unsubscribe {
    return this.#deletions.on(handler);
  }

  onGap(handler: (gap: Gap) => void): Unsubscribe {
    return this.#gaps.on(handler);
  }

  delivered(room: Room, delivery: Delivery): void {
    const { roomId } = room;
    if (delivery.kind === "history") this.#histories.emit(roomId, delivery.events);
    if (delivery.kind === "gap") this.#gaps.emit({ roomId, newEpoch: delivery.newEpoch });
  }

  leave(room: Room): Promise<void> {
    return this.#rooms.leave(room);
  }

  #ask(request: string, payload?: Fields, roomId?: string): Promise<Fields> {
    const { link } = this;
    if (!link) {
      const message = `\`${request}\` was not sent, as there is no connection: await \`connect()\` first`;
      return Promise.reject(disconnected(message, { roomId }));
    }
    return new Promise((resolve, reject) => {
      link.ask(request, payload, (answer) => {
        if (answer instanceof DialogueError) reject(about(answer, { roomId }));
        else resolve(answer);
      });
    });
  }

  #stateChanged(state: ConnectionState): void {
    this.#states.emit(state);
    if (state === "connected" && this.connected) this.#connects.emit();
  }

  #ended({ wasConnected, reason, error, next }: Ending): void {
    this.#rooms.away();
    if (next === "given up")
      this.#rooms.gaveUp(disconnected("the client has given up: `connect()` tries again", { cause: error }));
    if (next === "sent away") this.#rooms.endAll(error);
    if (wasConnected) this.#disconnects.emit(reason);
  }

  #frame(name: string, payload: unknown): void {
    if (!name.startsWith("dialogue:")) return this.#own.emit(name, payload);
    if (!this.#take(name, payload)) this.report(badAnswer(`a malformed \`${name}\``));
  }

  /** Whether the frame is of the protocol; later versions of the server may send others. */
  #take(name: string, payload: unknown): boolean {
    const roomId = roomIdOf(payload);
    switch (name) {
      case "dialogue:event":
        return isEventMessage(payload) && this.#receive(payload.roomId, { kind: "event", message: payload });
      case "dialogue:history": {
        const events = readEvents((payload as Fields | undefined)?.["events"]);
        return roomId !== undefined && events !== undefined && this.#receive(roomId, { kind: "history", events });
      }
      case "dialogue:joined":
        if (roomId !== undefined) this.#rooms.wasJoined(roomId);
        return roomId !== undefined;
      case "dialogue:left":
        return (
          roomId !== undefined && this.#taken(roomId, "NOT_IN_ROOM", "the server has taken this client out of the room")
        );
      case "dialogue:roomDeleted":
        if (roomId === undefined) return false;
        this.#taken(roomId, "ROOM_NOT_FOUND", "the room has been deleted");
        this.#deletions.emit(roomId);
        return true;
      case "dialogue:roomCreated":
        if (!isRoomInfo(payload)) return false;
        this.#creations.emit(payload);
        return true;
      case "dialogue:error": {
        const error = readError(payload);
        if (error) this.report(error);
        return error !== undefined;
      }
      default:
        return name !== "dialogue:connected";
    }
  }

  #receive(roomId: string, delivery: Delivery): true {
    this.#rooms.receive(roomId, delivery);
    return true;
  }

  #taken(roomId: string, code: string, message: string): true {
    this.#rooms.wasTaken(roomId, new DialogueError(code, message, { roomId }));
    return true;
  }
}
