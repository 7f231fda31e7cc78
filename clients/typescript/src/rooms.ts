import { DialogueError, about, disconnected } from "./error.js";
import { type Fields, type Joined, badAnswer, readJoined } from "./frames.js";
import type { Delivery } from "./inbox.js";
import type { Link } from "./link.js";
import { Room, type RoomHost } from "./room.js";
import { retryDelay } from "./timing.js";

/** In how many rooms the server may have put this client before the application joins them. */
const MAX_UNCLAIMED = 256;

/** Codes of joins that may succeed later. */
const PASSING = ["RATE_LIMITED", "OVERLOADED"];

/** The rooms of a client: those that the application has joined, and those in which the server has put it. */
export class Rooms {
  readonly #host: RoomHost;
  readonly #joined = new Map<string, Room>();
  /** What arrives for rooms that the application has not joined yet, or is joining. */
  readonly #unclaimed = new Map<string, Room>();
  readonly #joining = new Map<string, Promise<Room>>();
  /** How many requests to leave are on their way: what arrives before their answers is of the life that was left. */
  readonly #leaving = new Map<string, number>();
  readonly #retries = new Map<Room, ReturnType<typeof setTimeout>>();

  constructor(host: RoomHost) {
    this.#host = host;
  }

  get(roomId: string): Room | undefined {
    return this.#joined.get(roomId);
  }

  async join(roomId: string, subscriptions?: readonly string[]): Promise<Room> {
    const pending = this.#joining.get(roomId);
    if (pending) await pending.catch(() => {});
    const room = this.#joined.get(roomId);
    if (!room) return this.#joining.get(roomId) ?? this.#join(roomId, subscriptions);
    if (subscriptions) await this.#resubscribe(room, subscriptions);
    return room;
  }

  async leave(room: Room): Promise<void> {
    const { roomId } = room;
    const { link } = this.#host;
    this.#forget(room);
    room.end();
    if (link) await this.#tellLeaving(link, roomId);
  }

  /** Joins every room again, in the order in which they were joined first. */
  greeted(link: Link): void {
    this.#unclaimed.clear();
    this.#leaving.clear();
    for (const room of this.#joined.values()) this.#rejoin(room, link);
  }

  /** The connection has ended. What the server did on it is over; what the application did is kept. */
  away(): void {
    this.#unclaimed.clear();
    this.#leaving.clear();
    for (const room of this.#joined.values()) {
      this.#cancelRetry(room);
      room.away();
    }
  }

  gaveUp(error: DialogueError): void {
    for (const room of this.#joined.values()) room.gaveUp(error);
  }

  /** Every room has been left. */
  endAll(error?: DialogueError): void {
    this.#unclaimed.clear();
    for (const room of [...this.#joined.values()]) this.#end(room, error);
  }

  /** Something has arrived for a room. */
  receive(roomId: string, delivery: Delivery): void {
    if (this.#leaving.has(roomId)) return;
    (this.#joined.get(roomId) ?? this.#unclaimedRoom(roomId)).receive(delivery);
  }

  /** The server has put this client into a room. */
  wasJoined(roomId: string): void {
    if (!this.#joined.has(roomId) && !this.#leaving.has(roomId)) this.#unclaimedRoom(roomId);
  }

  /** The server has taken this client out of a room, or the room away. */
  wasTaken(roomId: string, error: DialogueError): void {
    this.#unclaimed.delete(roomId);
    const room = this.#joined.get(roomId);
    if (room) this.#end(room, error);
  }

  #join(roomId: string, subscriptions?: readonly string[]): Promise<Room> {
    const { link } = this.#host;
    if (!link) {
      const message = `the room \`${roomId}\` was not joined, as there is no connection: await \`connect()\` first`;
      return Promise.reject(disconnected(message, { roomId }));
    }
    const joining = new Promise<Room>((resolve, reject) => {
      const request = { roomId, ...(subscriptions && { subscriptions }) };
      this.#request(link, request, (answer) => {
        this.#joining.delete(roomId);
        if (answer instanceof DialogueError) return reject(answer);
        resolve(this.#claim(roomId, answer, link));
      });
    });
    this.#joining.set(roomId, joining);
    return joining;
  }

  /** The room is the application's, which hears of it from the next task on, when it has attached its handlers. */
  #claim(roomId: string, joined: Joined, link: Link): Room {
    const room = this.#unclaimedRoom(roomId);
    this.#unclaimed.delete(roomId);
    this.#joined.set(roomId, room);
    room.holdForHandlers();
    room.seated(joined, link);
    return room;
  }

  #resubscribe(room: Room, subscriptions: readonly string[]): Promise<void> {
    const { roomId } = room;
    const { link } = this.#host;
    if (!link) {
      return Promise.reject(disconnected("the subscriptions were not changed, as there is no connection", { roomId }));
    }
    return new Promise((resolve, reject) => {
      this.#request(link, { roomId, subscriptions }, (answer) => {
        if (answer instanceof DialogueError) return reject(answer);
        room.subscribed(answer.subscriptions);
        resolve();
      });
    });
  }

  #rejoin(room: Room, link: Link): void {
    this.#request(link, room.rejoining(), (answer) => {
      if (this.#joined.get(room.roomId) !== room) return;
      if (!(answer instanceof DialogueError)) return room.seated(answer, link);
      // It is joined again on the next connection.
      if (!link.isOpen) return;
      if (!PASSING.includes(answer.code)) return this.#refused(room, answer);
      const again = (): void => this.#rejoin(room, link);
      this.#retries.set(room, setTimeout(again, retryDelay(answer.retryAfter)));
    });
  }

  #refused(room: Room, error: DialogueError): void {
    this.#end(room, error);
    this.#host.report(error);
  }

  #request(link: Link, request: Fields & { roomId: string }, answered: (answer: Joined | DialogueError) => void): void {
    const { roomId } = request;
    link.ask("dialogue:join", request, (answer) => {
      if (!(answer instanceof DialogueError)) {
        return answered(readJoined(answer) ?? badAnswer("a malformed answer to `dialogue:join`", { roomId }));
      }
      // The server may still let this client in, which does not wait for it any more.
      if (answer.code === "TIMEOUT" && link.isOpen) void this.#tellLeaving(link, roomId).catch(this.#host.report);
      answered(about(answer, { roomId }));
    });
  }

  #tellLeaving(link: Link, roomId: string): Promise<void> {
    this.#leaving.set(roomId, (this.#leaving.get(roomId) ?? 0) + 1);
    return new Promise((resolve, reject) => {
      link.ask("dialogue:leave", { roomId }, (answer) => {
        if (this.#host.link === link) this.#hasLeft(roomId);
        // Who is not there any more has left.
        const isOut =
          !(answer instanceof DialogueError) || ["DISCONNECTED", "NOT_IN_ROOM", "ROOM_NOT_FOUND"].includes(answer.code);
        if (isOut) resolve();
        else reject(about(answer, { roomId }));
      });
    });
  }

  #hasLeft(roomId: string): void {
    const count = (this.#leaving.get(roomId) ?? 1) - 1;
    if (count > 0) this.#leaving.set(roomId, count);
    else this.#leaving.delete(roomId);
  }

  #end(room: Room, error?: DialogueError): void {
    this.#forget(room);
    room.end(error);
  }

  #forget(room: Room): void {
    this.#cancelRetry(room);
    if (this.#joined.get(room.roomId) === room) this.#joined.delete(room.roomId);
  }

  #cancelRetry(room: Room): void {
    clearTimeout(this.#retries.get(room));
    this.#retries.delete(room);
  }

  #unclaimedRoom(roomId: string): Room {
    const known = this.#unclaimed.get(roomId);
    if (known) return known;
    const room = new Room(roomId, this.#host);
    this.#unclaimed.set(roomId, room);
    if (this.#unclaimed.size > MAX_UNCLAIMED) this.#dropOldest();
    return room;
  }

  #dropOldest(): void {
    const [oldest] = this.#unclaimed.keys();
    if (oldest === undefined) return;
    this.#unclaimed.delete(oldest);
    const message = `what arrived for the room \`${oldest}\` was let go: join the rooms that the server puts this client in`;
    this.#host.report(new DialogueError("OVERLOADED", message, { roomId: oldest }));
  }
}
