import { type Socket, io } from "socket.io-client";
import { DialogueError, disconnected } from "./error.js";
import { type Fields, isFields, readAnswer, readError } from "./frames.js";
import { MAX_DELAY } from "./timing.js";
import type { AuthData, DialogueClientOptions } from "./types.js";

/** How a link came to its end. */
export interface End {
  error: DialogueError;
  /** Socket.IO's reason. */
  reason: string;
  /** Whether it makes sense to try again. */
  isFinal: boolean;
}

export interface LinkListener {
  greeted(link: Link, greeting: { clientId: string; userId: string }): void;
  frame(link: Link, name: string, payload: unknown): void;
  /** Told once, and not after `close`. */
  ended(link: Link, end: End): void;
}

export type Answered = (answer: Fields | DialogueError) => void;

/** Codes with which a server refuses a handshake that may succeed later. */
const PASSING = ["RATE_LIMITED", "INTERNAL", "OVERLOADED"];

const BY_US = "the client has been disconnected";

/** One connection, from the attempt to its end. It never connects again, so that nothing of it reaches another one. */
export class Link {
  readonly #socket: Socket;
  readonly #listener: LinkListener;
  readonly #timeout: number;
  readonly #unanswered = new Set<(error: DialogueError) => void>();
  readonly #deadline: ReturnType<typeof setTimeout>;
  #isGreeted = false;
  #hasEnded = false;

  constructor(options: DialogueClientOptions & { timeout: number }, listener: LinkListener) {
    this.#listener = listener;
    this.#timeout = options.timeout;
    this.#deadline = setTimeout(() => this.#late(), Math.min(options.timeout, MAX_DELAY));
    this.#socket = io(options.url, {
      transports: options.transports ?? ["websocket", "polling"],
      ...(options.path === undefined ? {} : { path: options.path }),
      tryAllTransports: true,
      forceNew: true,
      reconnection: false,
      autoConnect: false,
      timeout: Math.min(options.timeout, MAX_DELAY),
      auth: (give) => void this.#authenticate(options.auth, give),
    });
    this.#socket.onAny((name: string, payload: unknown) => this.#hear(name, payload));
    this.#socket.on("connect_error", (error: unknown) => this.#refused(error));
    this.#socket.on("disconnect", (reason: unknown) => this.#lost(String(reason)));
    this.#socket.connect();
  }

  /** Whether requests can be sent. */
  get isOpen(): boolean {
    return this.#isGreeted && !this.#hasEnded;
  }

  /** Requests something. The answer comes once, and in its place among the frames. What ends it sooner is returned. */
  ask(
    request: string,
    payload: Fields | undefined,
    answered: Answered,
    timeout = this.#timeout,
  ): (error: DialogueError) => void {
    const settle = (answer: Fields | DialogueError): void => {
      if (this.#unanswered.delete(settle)) answered(answer);
    };
    this.#unanswered.add(settle);
    const hear = (failure: Error | null, answer: unknown): void =>
      settle(failure ? this.#noAnswer(request, timeout) : readAnswer(request, answer));
    const args = payload === undefined ? [hear] : [payload, hear];
    try {
      this.#socket.timeout(Math.min(timeout, MAX_DELAY)).emit(request, ...args);
    } catch (cause) {
      const error = new DialogueError(
        "INVALID_REQUEST",
        `\`${request}\` could not be encoded: send what JSON can express`,
        { cause },
      );
      queueMicrotask(() => settle(error));
    }
    return settle;
  }

  /** Ends it, and tells the server. */
  close(): void {
    if (this.#end()) this.#settleAll(BY_US);
  }

  async #authenticate(auth: DialogueClientOptions["auth"], give: (data: AuthData) => void): Promise<void> {
    try {
      const data = typeof auth === "function" ? await auth() : auth;
      if (!this.#hasEnded) give(data ?? {});
    } catch (cause) {
      const message = "the `auth` function failed, so there is nothing to connect with: see the error's `cause`";
      this.#fail({
        error: new DialogueError("AUTH_FAILED", message, { cause }),
        reason: "auth failed",
        isFinal: false,
      });
    }
  }

  #hear(name: string, payload: unknown): void {
    if (this.#hasEnded) return;
    if (name !== "dialogue:connected" || this.#isGreeted) return this.#listener.frame(this, name, payload);
    const { clientId, userId } = isFields(payload) ? payload : {};
    if (typeof clientId !== "string" || typeof userId !== "string") return this.#listener.frame(this, name, payload);
    clearTimeout(this.#deadline);
    this.#isGreeted = true;
    this.#listener.greeted(this, { clientId, userId });
  }

  /** Either the server said no, or it was not reached. */
  #refused(error: unknown): void {
    const answer = error instanceof Error && "data" in error ? error : undefined;
    if (!answer) {
      const message = "the server was not reached: check the `url`, that it runs, and the network";
      return this.#fail({
        error: new DialogueError("CONNECT_FAILED", message, { cause: error }),
        reason: "unreachable",
        isFinal: false,
      });
    }
    const refusal = readError(answer.data) ?? new DialogueError("CONNECT_FAILED", answer.message);
    this.#fail({ error: refusal, reason: "refused", isFinal: !PASSING.includes(refusal.code) });
  }

  #lost(reason: string): void {
    const error = this.#isGreeted
      ? disconnected(`the connection was lost (${reason})`)
      : new DialogueError("CONNECT_FAILED", `the connection was lost before the server's greeting (${reason})`);
    this.#fail({ error, reason, isFinal: reason === "io server disconnect" });
  }

  #late(): void {
    const message = `the server did not greet this client within ${this.#timeout} ms: check the \`url\`, or raise \`timeout\``;
    this.#fail({ error: new DialogueError("TIMEOUT", message), reason: "timeout", isFinal: false });
  }

  #fail(end: End): void {
    if (!this.#end()) return;
    this.#settleAll(end.error.message);
    this.#listener.ended(this, end);
  }

  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    clearTimeout(this.#deadline);
    this.#socket.disconnect();
    return true;
  }

  #settleAll(why: string): void {
    for (const settle of [...this.#unanswered]) settle(unknownOutcome(why));
  }

  #noAnswer(request: string, timeout: number): DialogueError {
    // Socket.IO answers with an error, too, what is open when it disconnects.
    if (this.#hasEnded) return unknownOutcome(BY_US);
    return new DialogueError(
      "TIMEOUT",
      `\`${request}\` was not answered within ${timeout} ms: whether it was done is not known`,
    );
  }
}

const unknownOutcome = (why: string): DialogueError =>
  disconnected(`${why}: whether the request was done is not known`);
