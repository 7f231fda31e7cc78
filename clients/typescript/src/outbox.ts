import { DialogueError } from "./error.js";
import type { Fields } from "./frames.js";
import type { Link } from "./link.js";

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

interface Message {
  payload: Fields;
  timeout: number | undefined;
  resolve(answer: Fields): void;
  reject(error: DialogueError): void;
}

/** The messages of one room that are kept until the server answers, in the order of the calls. */
export class Outbox {
  readonly #budget: Budget;
  #link: Link | undefined;
  #waiting: Message[] = [];
  #sent = new Set<Message>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  add(payload: Fields, timeout: number | undefined): Promise<Fields> {
    const refusal = this.#refuse(payload);
    if (refusal) return Promise.reject(refusal);
    this.#budget.kept += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ payload, timeout, resolve, reject });
      this.#pump();
    });
  }

  /** The room has been joined on this link: sends what is here, also what was sent before and never answered. */
  open(link: Link): void {
    this.#link = link;
    this.#pump();
  }

  /** The link has ended, and everything that was on its way is unanswered. */
  close(): void {
    this.#link = undefined;
    this.#waiting.unshift(...this.#sent);
    this.#sent.clear();
  }

  /** Gives everything up. */
  fail(error: DialogueError): void {
    this.close();
    for (const message of this.#waiting.splice(0)) {
      this.#budget.kept -= 1;
      message.reject(error);
    }
  }

  #refuse(payload: Fields): DialogueError | undefined {
    if (this.#budget.kept >= MAX_KEPT) {
      return new DialogueError("OVERLOADED", `${MAX_KEPT} messages wait to be sent already: wait until they are`);
    }
    const size = JSON.stringify(payload).length;
    if (size <= MAX_CHARACTERS) return undefined;
    const message = `a message that is kept has at most ${MAX_CHARACTERS} characters of JSON, and this one ${size}`;
    return new DialogueError("INVALID_REQUEST", message);
  }

  #pump(): void {
    while (this.#link && this.#sent.size < WINDOW) {
      const message = this.#waiting.shift();
      if (!message) return;
      this.#send(this.#link, message);
    }
  }

  #send(link: Link, message: Message): void {
    this.#sent.add(message);
    const answered = (answer: Fields | DialogueError): void => {
      // The link has ended: it is sent again, or has been given up.
      if (link !== this.#link || !link.isOpen) return;
      this.#sent.delete(message);
      this.#budget.kept -= 1;
      if (answer instanceof DialogueError) message.reject(answer);
      else message.resolve(answer);
      this.#pump();
    };
    link.ask("dialogue:trigger", message.payload, answered, message.timeout);
  }
}
