import { Emitter } from "./emitter.js";
import { DialogueError, disconnected } from "./error.js";
import type { Signals } from "./host.js";
import { Link, type LinkOwner, type Settings } from "./link.js";
import { Outcome } from "./outcome.js";
import { Requests } from "./requests.js";
import type { Rooms } from "./rooms.js";
import { backoff, retryDelay } from "./timing.js";
import type { ConnectionState } from "./types.js";

/** What keeps a client connected: a link to the server, and another one when it is lost. */
export abstract class Connection implements LinkOwner {
  abstract readonly rooms: Rooms;
  readonly requests: Requests;
  readonly signals: Emitter<Signals> = new Emitter((error, name) => {
    if (name === "error") console.error(error);
    else this.report(error);
  });
  readonly #settings: Settings;
  state: ConnectionState = "disconnected";
  userId = "";
  clientId = "";
  #link: Link | undefined;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** What `connect()` has returned, until it is settled. */
  #connecting: { outcome: Outcome<void>; settle(error?: DialogueError): void } | undefined;
  /** Whether the server has said that the session is over, which a fresh token mends. */
  protected hasExpired = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.requests = new Requests(settings.timeout);
  }

  abstract frame(name: string, payload: unknown): void;

  get connected(): boolean {
    return this.state === "connected";
  }

  connect(): Outcome<void> {
    if (this.#connecting) return this.#connecting.outcome;
    let settle = (_error?: DialogueError): void => {};
    const greeting = new Promise<void>((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve());
    });
    // Whoever calls `disconnect()` knows.
    const outcome = Outcome.of(greeting, (error) => error.code === "DISCONNECTED" || this.report(error));
    if (this.connected) {
      settle();
      return outcome;
    }
    this.#connecting = { outcome, settle };
    if (this.state === "disconnected") {
      this.#failures = 0;
      this.requests.expect();
    }
    if (!this.#link) this.#open();
    return outcome;
  }

  disconnect(): void {
    const wasConnected = this.connected;
    this.rooms.endAll();
    this.#link?.close();
    this.#close(disconnected("`disconnect()` was called"), "end");
    this.#setState("disconnected");
    if (wasConnected) this.signals.emit("disconnect", "io client disconnect");
  }

  greeted(link: Link, clientId: string, userId: string): void {
    this.#failures = 0;
    this.clientId = clientId;
    this.userId = userId;
    this.requests.open(link);
    this.rooms.greeted();
    this.requests.sendWaiting();
    this.#settle();
    this.#setState("connected");
    // Something that listens to the state may have called `disconnect()`.
    if (this.connected) this.signals.emit("connect");
  }

  ended(why: DialogueError, isFinal = false, reason = ""): void {
    const { rooms, signals, report } = this;
    const before = this.state;
    const wasConnected = before === "connected";
    const isAgain = this.#mayRetry(isFinal, wasConnected);
    const isSentAway = !isAgain && isFinal && wasConnected;
    const error = isSentAway ? this.#sentAway() : why;
    const isHeard = this.#close(error, isAgain ? "again" : "end");
    if (isAgain) this.#retry = setTimeout(() => this.#open(), this.#delay(error));
    const state = (this.state = isAgain ? "connecting" : "disconnected");
    rooms.away();
    if (isSentAway) rooms.endAll(error);
    else if (!isAgain) rooms.gaveUp(disconnected("the client has given up: `connect()` tries again", { cause: error }));
    if (wasConnected) signals.emit("disconnect", reason);
    // Something that listens may have called `connect()` or `disconnect()`.
    if (state !== before && this.state === state) signals.emit("state", state);
    if (!isHeard && !(wasConnected && isAgain)) report(error);
  }

  /** Tells of a failure that nobody waits for; what is no error of this library comes from a handler. */
  readonly report = (cause: unknown): void => {
    const message = "a handler failed: see the error's `cause`";
    const error = cause instanceof DialogueError ? cause : new DialogueError("HANDLER_FAILED", message, { cause });
    if (!this.signals.emit("error", error)) console.error(error);
  };

  #open(): void {
    clearTimeout(this.#retry);
    this.hasExpired = false;
    this.#setState("connecting");
    // Something that listens to the state may have called `disconnect()`.
    if (this.state === "connecting") this.#link = new Link(this.#settings, this);
  }

  /** Nothing is on its way any more; true if somebody waited for the connection. */
  #close(error: DialogueError, next: "again" | "end"): boolean {
    clearTimeout(this.#retry);
    this.#link = undefined;
    this.clientId = "";
    this.requests.close(error, next);
    return this.#settle(error);
  }

  #settle(error?: DialogueError): boolean {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    connecting?.settle(error);
    return connecting !== undefined;
  }

  #mayRetry(isFinal: boolean, wasConnected: boolean): boolean {
    const { reconnection, reconnectionAttempts, auth } = this.#settings;
    const isRenewable = wasConnected && this.hasExpired && typeof auth === "function";
    return reconnection && this.#failures < reconnectionAttempts && (!isFinal || isRenewable);
  }

  #delay({ retryAfter }: DialogueError): number {
    const { reconnectionDelay, reconnectionDelayMax } = this.#settings;
    const delay = backoff(this.#failures, reconnectionDelay, reconnectionDelayMax);
    this.#failures += 1;
    return retryAfter === undefined ? delay : Math.max(delay, retryDelay(retryAfter));
  }

  #sentAway(): DialogueError {
    return this.hasExpired
      ? new DialogueError("UNAUTHENTICATED", "the session has expired: connect with a fresh token")
      : disconnected("the server has sent this client away: `connect()` asks it again");
  }

  #setState(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    this.signals.emit("state", state);
  }
}
