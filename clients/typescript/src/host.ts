import type { Emitter } from "./emitter.js";
import type { DialogueError } from "./error.js";
import type { Requests } from "./requests.js";
import type { Rooms } from "./rooms.js";
import type { ConnectionState, EventMessage, Gap, RoomInfo } from "./types.js";

/** What there is to hear of a client. */
export interface Signals {
  state: [state: ConnectionState];
  connect: [];
  disconnect: [reason: string];
  error: [error: DialogueError];
  history: [roomId: string, events: EventMessage[]];
  gap: [gap: Gap];
  roomCreated: [room: RoomInfo];
  roomDeleted: [roomId: string];
}

/** The client, as its parts know it. */
export interface Host {
  readonly state: ConnectionState;
  readonly requests: Requests;
  readonly rooms: Rooms;
  readonly signals: Emitter<Signals>;
  /** Told of a failure that nobody waits for. */
  report(this: void, error: unknown): void;
}
