import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { DialogueError, badAnswer } from "./error.js";
import {
  PREFIX,
  hasRooms,
  isErrorBody,
  isEventMessage,
  isHistory,
  isOfRoom,
  isRenewal,
  isRoomInfo,
  readError,
} from "./frames.js";
import type { AnyRooms, RoomsShape } from "./ids.js";
import type { Settings } from "./link.js";
import type { Room } from "./room.js";
import { Rooms } from "./rooms.js";
import type {
  CreateRoomOptions,
  DialogueClient,
  DialogueClientOptions,
  JoinOptions,
  RoomInfo,
  Unsubscribe,
} from "./types.js";

const DEFAULTS = {
  auth: {},
  autoConnect: true,
  reconnection: true,
  reconnectionAttempts: 5,
  reconnectionDelay: 1000,
  reconnectionDelayMax: 5000,
  timeout: 10_000,
  transports: ["websocket", "polling"],
};

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

class Client extends Connection implements DialogueClient {
  readonly rooms: Rooms = new Rooms(this);
  readonly #own = new Emitter<Record<string, [any]>>(this.report);
  /** What to do with the frames of the protocol; whether one is well-formed. */
  readonly #frames = new Map<string, (payload: unknown) => boolean>([
    // It has come already.
    ["connected", () => false],
    ["event", taking(isEventMessage, (message) => this.rooms.receive(message.roomId, { kind: "event", message }))],
    ["history", taking(isHistory, ({ roomId, events }) => this.rooms.receive(roomId, { kind: "history", events }))],
    ["joined", taking(isOfRoom, ({ roomId }) => this.rooms.wasJoined(roomId))],
    ["left", taking(isOfRoom, ({ roomId }) => this.rooms.wasTaken(roomId, "NOT_IN_ROOM"))],
    ["roomCreated", taking(isRoomInfo, (room) => this.signals.emit("roomCreated", room))],
    ["roomDeleted", taking(isOfRoom, ({ roomId }) => this.#deleted(roomId))],
    ["error", taking(isErrorBody, (body) => this.#told(readError(body)))],
  ]);

  readonly onStateChange = this.signals.onOf("state");
  readonly onConnect = this.signals.onOf("connect");
  readonly onDisconnect = this.signals.onOf("disconnect");
  readonly onError = this.signals.onOf("error");
  readonly onHistory = this.signals.onOf("history");
  readonly onGap = this.signals.onOf("gap");
  readonly onRoomCreated = this.signals.onOf("roomCreated");
  readonly onRoomDeleted = this.signals.onOf("roomDeleted");

  constructor(options: DialogueClientOptions) {
    if (typeof options.url !== "string") {
      throw new DialogueError("INVALID_REQUEST", "a client needs the `url` of the server");
    }
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const settings = { ...DEFAULTS, ...Object.fromEntries(given) } as Settings;
    super(settings);
    if (settings.autoConnect) this.connect();
  }

  join(roomId: string, options: JoinOptions = {}): Promise<Room> {
    return this.rooms.join(roomId, options.subscriptions);
  }

  getRoom(roomId: string): Room | undefined {
    return this.rooms.get(roomId);
  }

  listRooms(): Promise<RoomInfo[]> {
    return this.requests.ask("listRooms", undefined, { as: hasRooms, read: ({ rooms }) => rooms });
  }

  createRoom(options: CreateRoomOptions): Promise<RoomInfo> {
    return this.requests.ask("createRoom", { ...options }, { as: isRoomInfo });
  }

  async deleteRoom(roomId: string): Promise<void> {
    await this.requests.ask("deleteRoom", { roomId });
  }

  renew(token: string): Promise<{ expiresAt?: number }> {
    return this.requests.ask("renew", { token }, { as: isRenewal });
  }

  on<T = any>(name: string, handler: (data: T) => void): Unsubscribe {
    if (name.startsWith(PREFIX)) {
      throw new DialogueError("INVALID_REQUEST", `\`${name}\` is the protocol's own: use its \`on..\` method`);
    }
    return this.#own.on(name, handler);
  }

  #told(error: DialogueError): void {
    this.hasExpired = error.code === "UNAUTHENTICATED";
    this.report(error);
  }

  #deleted(roomId: string): void {
    this.rooms.wasTaken(roomId, "ROOM_NOT_FOUND");
    this.signals.emit("roomDeleted", roomId);
  }

  frame(name: string, payload: unknown): void {
    if (!name.startsWith(PREFIX)) return void this.#own.emit(name, payload);
    // Later versions of the server may send others.
    const isTaken = this.#frames.get(name.slice(PREFIX.length))?.(payload) ?? true;
    if (!isTaken) this.report(badAnswer(`\`${name}\``));
  }
}

/** Takes a frame if it is well-formed; whether it is. */
const taking =
  <T>(check: (payload: unknown) => payload is T, take: (payload: T) => void) =>
  (payload: unknown): boolean => {
    const isGood = check(payload);
    if (isGood) take(payload);
    return isGood;
  };
