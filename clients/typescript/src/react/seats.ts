import { DialogueError } from "../error.js";
import type { AnyRoom, RoomShape } from "../ids.js";
import type { Room } from "../room.js";
import type { DialogueClient, RoomContext, Unsubscribe } from "../types.js";
import { later } from "./later.js";

/**
 * Whether a room has been joined: `joining` also while there is no connection, `failed` when the server has refused or
 * has taken the room away.
 */
export type Seat<S extends RoomShape = AnyRoom> =
  | { status: "joining"; room: undefined; error: undefined }
  | { status: "joined"; room: RoomContext<S>; error: undefined }
  | { status: "failed"; room: undefined; error: DialogueError };

const JOINING: Seat = { status: "joining", room: undefined, error: undefined };

const known = new WeakMap<DialogueClient, Seats>();

/** The rooms that the components of a client use: each is joined once, and left when the last of them has gone. */
export class Seats {
  readonly #client: DialogueClient;
  readonly #shared = new Map<string, SharedSeat>();

  static of(client: DialogueClient): Seats {
    const seats = known.get(client) ?? new Seats(client);
    known.set(client, seats);
    return seats;
  }

  private constructor(client: DialogueClient) {
    this.#client = client;
  }

  get(roomId: string): Seat {
    return this.#shared.get(roomId)?.seat ?? JOINING;
  }

  /** Uses a room until the returned function is called. */
  use(roomId: string, subscriptions: readonly string[] | undefined, changed: () => void): Unsubscribe {
    const shared = this.#shared.get(roomId) ?? new SharedSeat(this.#client, roomId);
    this.#shared.set(roomId, shared);
    const entry = { changed };
    shared.users.add(entry);
    shared.wish(subscriptions);
    return () => {
      entry.changed = () => {};
      later(() => {
        shared.users.delete(entry);
        if (shared.users.size > 0 || this.#shared.get(roomId) !== shared) return;
        this.#shared.delete(roomId);
        shared.close();
      });
    };
  }

  retry(roomId: string): void {
    this.#shared.get(roomId)?.retry();
  }

  /** The components that show the room have been rendered. */
  rendered(roomId: string): void {
    this.#shared.get(roomId)?.rendered();
  }
}

/** One room, used by several components. */
class SharedSeat {
  readonly users = new Set<{ changed: () => void }>();
  seat: Seat = JOINING;
  readonly #client: DialogueClient;
  readonly #roomId: string;
  readonly #offConnect: Unsubscribe;
  #subscriptions: readonly string[] | undefined;
  #isAsking = false;
  #isClosed = false;
  #release: (() => void) | undefined;

  constructor(client: DialogueClient, roomId: string) {
    this.#client = client;
    this.#roomId = roomId;
    this.#offConnect = client.onConnect(() => this.#join());
  }

  /** The newest wish counts for every component. */
  wish(subscriptions: readonly string[] | undefined): void {
    const isOther =
      subscriptions !== undefined && JSON.stringify(subscriptions) !== JSON.stringify(this.#subscriptions);
    this.#subscriptions = subscriptions ?? this.#subscriptions;
    if (!this.seat.room || isOther) this.#join();
  }

  retry(): void {
    if (this.seat.status !== "failed") return;
    this.#set(JOINING);
    this.#join();
  }

  rendered(): void {
    const release = this.#release;
    this.#release = undefined;
    if (release) later(release);
  }

  close(): void {
    this.#isClosed = true;
    this.#offConnect();
    this.seat.room?.leave();
  }

  async #join(): Promise<void> {
    if (this.#isAsking || this.seat.status === "failed" || !this.#client.connected) return;
    this.#isAsking = true;
    const asked = this.#subscriptions;
    try {
      this.#joined((await this.#client.join(this.#roomId, asked ? { subscriptions: asked } : {})) as Room);
    } catch (error) {
      if (!this.seat.room) this.#failed(error);
    } finally {
      this.#isAsking = false;
    }
    if (asked !== this.#subscriptions && this.seat.room) void this.#join();
  }

  #joined(room: Room): void {
    if (this.#isClosed) return void room.leave();
    if (this.seat.room === room) return;
    // Handlers are attached by effects, which run when the room has been rendered.
    this.#release = room.isHeld ? room.hold() : undefined;
    room.onLeft((error) => (error ? this.#failed(error) : this.#set(JOINING)));
    this.#set({ status: "joined", room, error: undefined });
  }

  #failed(error: unknown): void {
    if (!(error instanceof DialogueError)) return;
    // With the next connection it is asked again.
    this.#set(["DISCONNECTED", "UNAUTHENTICATED"].includes(error.code) ? JOINING : failed(error));
  }

  #set(seat: Seat): void {
    this.seat = seat;
    for (const { changed } of [...this.users]) changed();
  }
}

const failed = (error: DialogueError): Seat => ({ status: "failed", room: undefined, error });
