import { type Socket, io } from "socket.io-client";
import { DialogueError } from "./error.js";
import { type Fields, PREFIX, isErrorBody, isGreeting, readAnswer, readError } from "./frames.js";
import { bounded } from "./timing.js";
import type { AuthData, DialogueClientOptions } from "./types.js";

/** The options with their defaults. */
export type Settings = DialogueClientOptions & Required<Omit<DialogueClientOptions, "path">>;

/** Hears of a link, until it has ended or been closed. */
export interface LinkOwner {
  greeted(link: Link, clientId: string, userId: string): void;
  frame(name: string, payload: unknown): void;
  /** `isFinal`: trying again makes no sense. `reason`: that of Socket.IO, if there was a connection. */
  ended(error: DialogueError, isFinal?: boolean, reason?: string): void;
}

/** Codes with which a server refuses a handshake that may succeed later. */
const PASSING = ["RATE_LIMITED", "LIMIT_REACHED", "INTERNAL", "OVERLOADED"];

/** One connection, from the attempt to its end. It never connects again, so that nothing of it reaches another one. */
export class Link {
  readonly #owner: LinkOwner;
  readonly #socket: Socket;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #isGreeted = false;
  #hasEnded = false;

  constructor(settings: Settings, owner: LinkOwner) {
    this.#owner = owner;
    const timeout = bounded(settings.timeout);
    this.#deadline = setTimeout(() => this.#fail("TIMEOUT", `the server sent no greeting in ${timeout} ms`), timeout);
    this.#socket = io(settings.url, {
      ...settings,
      timeout,
      tryAllTransports: true,
      forceNew: true,
      reconnection: false,
      autoConnect: false,
      auth: (give) => void this.#authenticate(settings.auth, give),
    });
    this.#socket.onAny((name: string, payload: unknown) => this.#hear(name, payload));
    this.#socket.on("connect_error", (error: unknown) => this.#refused(error));
    this.#socket.on("disconnect", (reason: unknown) => this.#lost(String(reason)));
    this.#socket.connect();
  }

  /** Sends a request. The answer comes once, and in its place among the frames, unless the link ends before. */
  send(
    request: string,
    payload: Fields | undefined,
    timeout: number,
    answered: (answer: Fields | DialogueError) => void,
  ): void {
    const hear = (failure: Error | null, answer: unknown): void => {
      if (this.#hasEnded) return;
      const message = `\`${request}\` was not answered in ${timeout} ms: whether it was done is not known`;
      answered(failure ? new DialogueError("TIMEOUT", message) : readAnswer(request, answer));
    };
    const args = payload ? [payload, hear] : [hear];
    this.#socket.timeout(bounded(timeout)).emit(request, ...args);
  }

  /** Ends it, and tells the server; false if it had ended before. */
  close(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    clearTimeout(this.#deadline);
    this.#socket.disconnect();
    return true;
  }

  async #authenticate(auth: DialogueClientOptions["auth"], give: (data: AuthData) => void): Promise<void> {
    try {
      const data = typeof auth === "function" ? await auth() : auth;
      if (!this.#hasEnded) give(data ?? {});
    } catch (cause) {
      this.#fail("AUTH_FAILED", "the `auth` function failed: see the error's `cause`", cause);
    }
  }

  #hear(name: string, payload: unknown): void {
    if (this.#hasEnded) return;
    if (this.#isGreeted || name !== `${PREFIX}connected` || !isGreeting(payload)) {
      return this.#owner.frame(name, payload);
    }
    clearTimeout(this.#deadline);
    this.#isGreeted = true;
    this.#owner.greeted(this, payload.clientId, payload.userId);
  }

  /** Either the server said no, or it was not reached. */
  #refused(error: unknown): void {
    if (!(error instanceof Error && "data" in error)) {
      return this.#fail("CONNECT_FAILED", "the server was not reached: check the `url` and the network", error);
    }
    const { data, message } = error;
    const refusal = isErrorBody(data) ? readError(data) : new DialogueError("CONNECT_FAILED", message);
    this.#end(refusal, !PASSING.includes(refusal.code));
  }

  #lost(reason: string): void {
    const code = this.#isGreeted ? "DISCONNECTED" : "CONNECT_FAILED";
    const error = new DialogueError(code, `the connection was lost (${reason})`);
    this.#end(error, reason === "io server disconnect", reason);
  }

  #fail(code: string, message: string, cause?: unknown): void {
    this.#end(new DialogueError(code, message, { cause }));
  }

  #end(...end: Parameters<LinkOwner["ended"]>): void {
    if (this.close()) this.#owner.ended(...end);
  }
}
