import { DialogueError } from "./error.js";
import type { Fields } from "./frames.js";

/** How many messages of a client are kept at most. */
export const MAX_KEPT = 1000;

/** How many are on their way at once; fewer than a server queues for one client. */
const WINDOW = 16;

/** How large a message may be that is kept, in characters of JSON: one that ends every connection would never be done with. */
const MAX_CHARACTERS = 500_000;

/** How many messages of all rooms are kept. */
export interface Budget {
  kept: number;
}

interface Message<T> {
  send(): Promise<T>;
  resolve(answer: T): void;
  reject(error: unknown): void;
  /** The seat from which it has been sent. */
  seat?: object;
}

/** The messages of one room that are kept until the server answers, in the order of the calls. */
export class Outbox<T> {
  readonly #budget: Budget;
  readonly #kept = new Set<Message<T>>();
  /** What the client has in the room while it is joined; another one after every loss. */
  #seat: object | undefined;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Sends the payload now and after every loss, until there is an answer. */
  add(payload: Fields, send: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#budget.kept >= MAX_KEPT) {
        throw new DialogueError("OVERLOADED", `${MAX_KEPT} messages wait to be sent: wait until they are`);
      }
      if (JSON.stringify(payload).length > MAX_CHARACTERS) {
        const message = `with \`retry\` a message has at most ${MAX_CHARACTERS} characters of JSON`;
        throw new DialogueError("INVALID_REQUEST", message);
      }
      this.#budget.kept += 1;
      this.#kept.add({ send, resolve, reject });
      this.#pump();
    });
  }

  /** The room has been joined: sends what is here, also what was sent before and never answered. */
  open(): void {
    this.#seat = {};
    this.#pump();
  }

  /** The connection has ended, and everything that was on its way is unanswered. */
  close(): void {
    this.#seat = undefined;
  }

  /** Gives everything up. */
  fail(error: DialogueError): void {
    this.close();
    for (const message of [...this.#kept]) if (this.#take(message)) message.reject(error);
  }

  /** What is on its way comes before what is not, as it was sent in this order. */
  #pump(): void {
    let onTheirWay = 0;
    for (const message of this.#kept) {
      onTheirWay += 1;
      if (!this.#seat || onTheirWay > WINDOW) return;
      if (message.seat !== this.#seat) void this.#send(message, this.#seat);
    }
  }

  async #send(message: Message<T>, seat: object): Promise<void> {
    message.seat = seat;
    try {
      const answer = await message.send();
      if (this.#take(message)) message.resolve(answer);
    } catch (error) {
      // If the connection has ended, it is sent again, or has been given up.
      if (seat !== this.#seat || !this.#take(message)) return;
      message.reject(error);
    }
    this.#pump();
  }

  #take(message: Message<T>): boolean {
    const isKept = this.#kept.delete(message);
    if (isKept) this.#budget.kept -= 1;
    return isKept;
  }
}
