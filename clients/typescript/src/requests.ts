import { DialogueError, type ErrorDetails, about, badAnswer, disconnected, unanswered } from "./error.js";
import type { Fields } from "./frames.js";
import type { Link } from "./link.js";

/** How a request is sent, and what becomes of its answer `A`. */
export interface Request<A, T> {
  /** What its errors are about. */
  about?: ErrorDetails;
  /** How long the answer may take, in milliseconds. */
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
}

/** The requests of a client until they are answered. */
export class Requests {
  readonly #timeout: number;
  readonly #pending = new Set<Pending>();
  #link: Link | undefined;

  /** `timeout`: how long an answer may take, in milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** Whether they are sent. */
  get isOpen(): boolean {
    return this.#link !== undefined;
  }

  /** Asks for something. The payload goes out as it is now. */
  async ask<A = Fields, T = A>(name: string, payload?: Fields, request: Request<A, T> = {}): Promise<T> {
    const { about: details = {}, timeout = this.#timeout, owner } = request;
    const link = this.#link;
    if (!link) throw disconnected(`\`${name}\` was not sent, as there is no connection: await \`connect()\``, details);
    const message = payload && snapshot(name, payload, details);
    return new Promise((resolve, reject) => {
      const settle = (answer: Fields | DialogueError): void => {
        if (!this.#pending.delete(pending)) return;
        const result = resultOf(name, answer, request);
        if (result instanceof DialogueError) reject(result);
        else resolve(result as T);
      };
      const pending = { owner, settle };
      this.#pending.add(pending);
      link.send(name, message, timeout, settle);
    });
  }

  /** They are sent from now on. */
  open(link: Link): void {
    this.#link = link;
  }

  /** The connection has ended, or an attempt. */
  close(error: DialogueError): void {
    this.#link = undefined;
    for (const { settle } of [...this.#pending]) settle(unanswered(error.message));
  }

  /** What this room has asked for fails. */
  cancel(owner: object, error: DialogueError): void {
    for (const pending of [...this.#pending]) if (pending.owner === owner) pending.settle(error);
  }
}

function resultOf<A, T>(name: string, answer: Fields | DialogueError, request: Request<A, T>): unknown {
  const { about: details = {}, as, read, failed } = request;
  const isError = answer instanceof DialogueError;
  if (!isError && (as?.(answer) ?? true)) return read ? read(answer as A) : answer;
  const error = about(isError ? answer : badAnswer(`the answer to \`${name}\``), details);
  return failed?.(error) ? undefined : error;
}

/** The payload as it is now, whatever becomes of its parts before it is sent. */
export function snapshot(name: string, payload: Fields, details?: ErrorDetails): Fields {
  try {
    return JSON.parse(JSON.stringify(payload)) as Fields;
  } catch (cause) {
    throw new DialogueError("INVALID_REQUEST", `\`${name}\` can only send what JSON can express`, { ...details, cause });
  }
}
