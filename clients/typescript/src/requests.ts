import { DialogueError, type ErrorDetails, about, badAnswer, disconnected, unanswered } from "./error.js";
import { type Fields, PREFIX } from "./frames.js";
import type { Link } from "./link.js";
import { bounded } from "./timing.js";

/** How a request is sent, and what becomes of its answer `A`. */
export interface Request<A, T> {
  /** How long a connection, and then the answer, may take, in milliseconds. */
  timeout?: number | undefined;
  /** The room that asks: `cancel` means it. */
  owner?: object;
  /** Whether the answer is well-formed. */
  as?(answer: unknown): answer is A;
  /** Makes the result of the answer, in its place among the frames. */
  read?(answer: A): T;
  /** Told of a failure, in its place among the frames; whether that is dealt with. */
  failed?(error: DialogueError): boolean;
}

interface Pending {
  owner: object | undefined;
  settle(answer: Fields | DialogueError): void;
  /** Absent once it has been sent. */
  send: ((link: Link) => void) | undefined;
}

/** The requests of a client until they are answered. */
export class Requests {
  readonly #timeout: number;
  readonly #pending = new Set<Pending>();
  #link: Link | undefined;
  /** Who waits for a connection: all for the first one, for one that was lost those that are of no room. */
  #waiting: "all" | "client" | "nobody" = "nobody";

  /** `timeout`: how long a connection, and then an answer, may take, in milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** Whether they are sent. */
  get isOpen(): boolean {
    return this.#link !== undefined;
  }

  /** Asks for something, by the name of the request without its prefix. The payload goes out as it is now. */
  async ask<A = Fields, T = A>(what: string, payload?: Fields, request: Request<A, T> = {}): Promise<T> {
    const { timeout = this.#timeout, owner } = request;
    const name = PREFIX + what;
    const message = payload && snapshot(what, payload);
    return new Promise((resolve, reject) => {
      let patience: ReturnType<typeof setTimeout> | undefined;
      const settle = (answer: Fields | DialogueError): void => {
        clearTimeout(patience);
        if (!this.#pending.delete(pending)) return;
        const result = resultOf(name, answer, subjectOf(payload), request);
        if (result instanceof DialogueError) reject(result);
        else resolve(result as T);
      };
      const send = (link: Link): void => {
        clearTimeout(patience);
        pending.send = undefined;
        link.send(name, message, timeout, settle);
      };
      const pending: Pending = { owner, settle, send };
      this.#pending.add(pending);
      const notSent = disconnected(`\`${name}\` was not sent, as there is no connection: await \`connect()\``);
      if (this.#link) send(this.#link);
      else if (this.#mayWait(owner)) patience = setTimeout(() => settle(notSent), bounded(timeout));
      else settle(notSent);
    });
  }

  /** An attempt to connect begins with which all may wait. */
  expect(): void {
    this.#waiting = "all";
  }

  /** They are sent from now on. */
  open(link: Link): void {
    this.#link = link;
  }

  /** Sends those that have waited, in the order in which they were made. */
  sendWaiting(): void {
    for (const { send } of this.#pending) if (this.#link) send?.(this.#link);
  }

  /** The connection or the attempt has ended. Unless one that was lost is made again, nobody waits any more. */
  close(error: DialogueError, next: "again" | "end"): void {
    const wasOpen = this.isOpen;
    this.#link = undefined;
    if (wasOpen) this.#waiting = "client";
    if (next === "end") this.#waiting = "nobody";
    for (const { send, settle } of [...this.#pending]) {
      if (!send) settle(unanswered(error.message));
      else if (this.#waiting !== "client") settle(error);
    }
  }

  /** What this room has asked for fails. */
  cancel(owner: object, error: DialogueError): void {
    for (const pending of [...this.#pending]) if (pending.owner === owner) pending.settle(error);
  }

  #mayWait(owner: object | undefined): boolean {
    return this.#waiting === "all" || (this.#waiting === "client" && !owner);
  }
}

function resultOf<A, T>(
  name: string,
  answer: Fields | DialogueError,
  subject: ErrorDetails,
  { as, read, failed }: Request<A, T>,
): unknown {
  const isError = answer instanceof DialogueError;
  if (!isError && (as?.(answer) ?? true)) return read ? read(answer as A) : answer;
  const error = about(isError ? answer : badAnswer(`the answer to \`${name}\``), subject);
  return failed?.(error) ? undefined : error;
}

/** The payload as it is now, whatever becomes of its parts before it is sent. */
export function snapshot(what: string, payload: Fields): Fields {
  try {
    return JSON.parse(JSON.stringify(payload)) as Fields;
  } catch (cause) {
    const details = { ...subjectOf(payload), cause };
    throw new DialogueError("INVALID_REQUEST", `\`${what}\` can only send what JSON can express`, details);
  }
}

/** What the errors of a request are about, by its payload. */
export function subjectOf({ roomId, event, eventName, id }: Fields = {}): ErrorDetails {
  // What is created has an id of its own, and no room yet.
  return (roomId ? { roomId, event: event ?? eventName, id } : { roomId: id }) as ErrorDetails;
}
