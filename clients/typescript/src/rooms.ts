import { DialogueError } from "./error.js";
import { type Fields, type Joined, isJoined } from "./frames.js";
import type { Host } from "./host.js";
import type { Delivery } from "./inbox.js";
import type { Budget } from "./outbox.js";
import { Room } from "./room.js";
import { retryDelay } from "./timing.js";

/** In how many rooms the server may have put this client before the application joins them. */
const MAX_UNCLAIMED = 256;

/** Codes of joins that may succeed later. */
const PASSING = ["RATE_LIMITED", "OVERLOADED"];

/** Codes of leaves of who is not there any more. */
const OUT = ["DISCONNECTED", "NOT_IN_ROOM", "ROOM_NOT_FOUND"];

/** The rooms of a client: those that the application has joined, and those in which the server has put it. */
export class Rooms {
  readonly budget: Budget = { kept: 0 };
  readonly #host: Host;
  readonly #joined = new Map<string, Room>();
  /** What arrives for rooms that the application has not joined yet, or is joining. */
  readonly #unclaimed = new Map<string, Room>();
  readonly #joining = new Map<string, Promise<Room>>();
  /** Rooms with a request to leave on its way: what arrives before the answer is of the life that was left. */
  readonly #leaving: string[] = [];

  constructor(host: Host) {
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
    if (subscriptions) await this.#ask({ roomId, subscriptions }, (joined) => room.subscribed(joined.subscriptions));
    return room;
  }

  async leave(room: Room): Promise<void> {
    this.#end(room);
    if (this.#host.requests.isOpen) await this.#tellLeaving(room.roomId);
  }

  /** Joins every room again, in the order in which they were joined first. */
  greeted(): void {
    for (const room of this.#joined.values()) this.#rejoin(room);
  }

  /** The connection has ended. What the server did on it is over; what the application did is kept. */
  away(): void {
    this.#unclaimed.clear();
    for (const room of this.#joined.values()) room.away();
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
    this.#present(roomId)?.receive(delivery);
  }

  /** The server has put this client into a room. */
  wasJoined(roomId: string): void {
    this.#present(roomId);
  }

  /** The server has taken this client out of a room, or the room away. */
  wasTaken(roomId: string, code: string): void {
    this.#unclaimed.delete(roomId);
    const room = this.#joined.get(roomId);
    if (room) this.#end(room, new DialogueError(code, "the server has taken the room away", { roomId }));
  }

  #join(roomId: string, subscriptions?: readonly string[]): Promise<Room> {
    const asked = this.#ask({ roomId, subscriptions }, (joined) => this.#claim(roomId, joined));
    const joining = asked.finally(() => this.#joining.delete(roomId));
    this.#joining.set(roomId, joining);
    return joining;
  }

  /** The room is the application's, which hears of it from the next task on, when it has attached its handlers. */
  #claim(roomId: string, joined: Joined): Room {
    const room = this.#unclaimedRoom(roomId);
    this.#unclaimed.delete(roomId);
    this.#joined.set(roomId, room);
    room.holdForHandlers();
    room.seated(joined);
    return room;
  }

  #rejoin(room: Room): void {
    const isIn = (): boolean => this.#joined.get(room.roomId) === room;
    void this.#ask(
      room.rejoining(),
      (joined) => isIn() && room.seated(joined),
      (error) => {
        // Without a connection, it is joined again on the next one.
        if (isIn() && this.#host.requests.isOpen) this.#refused(room, error);
        return true;
      },
    );
  }

  #refused(room: Room, error: DialogueError): void {
    if (PASSING.includes(error.code)) return room.later(() => this.#rejoin(room), retryDelay(error.retryAfter));
    this.#end(room, error);
    this.#host.report(error);
  }

  #ask<T>(
    request: Fields & { roomId: string },
    read: (joined: Joined) => T,
    failed: (error: DialogueError) => boolean = () => false,
  ): Promise<T> {
    const { requests, report } = this.#host;
    const { roomId } = request;
    return requests.ask("join", request, {
      as: isJoined,
      read,
      failed: (error) => {
        // The server may still let this client in, which does not wait for it any more.
        if (error.code === "TIMEOUT" && requests.isOpen) this.#tellLeaving(roomId).catch(report);
        return failed(error);
      },
    });
  }

  async #tellLeaving(roomId: string): Promise<void> {
    this.#leaving.push(roomId);
    const read = (): unknown => this.#leaving.splice(this.#leaving.indexOf(roomId), 1);
    const failed = ({ code }: DialogueError): boolean => {
      read();
      return OUT.includes(code);
    };
    await this.#host.requests.ask("leave", { roomId }, { read, failed });
  }

  #end(room: Room, error?: DialogueError): void {
    if (this.#joined.get(room.roomId) === room) this.#joined.delete(room.roomId);
    room.end(error);
  }

  /** The room whose events these are; none while it is being left. */
  #present(roomId: string): Room | undefined {
    if (this.#leaving.includes(roomId)) return undefined;
    return this.#joined.get(roomId) ?? this.#unclaimedRoom(roomId);
  }

  #unclaimedRoom(roomId: string): Room {
    const room = this.#unclaimed.get(roomId) ?? new Room(roomId, this.#host);
    this.#unclaimed.set(roomId, room);
    const [oldest] = this.#unclaimed.keys();
    if (this.#unclaimed.size > MAX_UNCLAIMED && oldest !== undefined) this.#drop(oldest);
    return room;
  }

  #drop(roomId: string): void {
    this.#unclaimed.delete(roomId);
    const message = "what arrived for the room was let go: join the rooms that the server puts this client in";
    this.#host.report(new DialogueError("OVERLOADED", message, { roomId }));
  }
}
