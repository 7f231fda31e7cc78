import { DialogueError, disconnected } from "./error.js";
import { type End, Link } from "./link.js";
import { Outcome } from "./outcome.js";
import { backoff, retryDelay } from "./timing.js";
import type { ConnectionState, DialogueClientOptions } from "./types.js";

/** What has become of a connection, or of an attempt. */
export interface Ending {
  /** Whether the server had greeted the client. */
  wasConnected: boolean;
  /** Socket.IO's reason. */
  reason: string;
  error: DialogueError;
  /** The client tries again, has tried as often as it may, or was sent away by the server and does not come back. */
  next: "again" | "given up" | "sent away";
}

export interface ConnectionListener {
  greeted(link: Link): void;
  frame(link: Link, name: string, payload: unknown): void;
  ended(ending: Ending): void;
  stateChanged(state: ConnectionState): void;
  /** A failure that nobody waits for. */
  failed(error: DialogueError): void;
}

/** Whoever called `connect()`. */
interface Waiting {
  outcome: Outcome<void>;
  resolve(): void;
  reject(error: DialogueError): void;
}

type Settings = DialogueClientOptions & { timeout: number };

/** Keeps a link to the server: connects, and connects again. */
export class Connection {
  readonly #options: Settings;
  readonly #listener: ConnectionListener;
  #state: ConnectionState = "disconnected";
  #link: Link | undefined;
  #userId = "";
  #clientId = "";
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #waiting: Waiting | undefined;
  /** Whether the server has said that the session is over, which a fresh token mends. */
  #hasExpired = false;

  constructor(options: Settings, listener: ConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get userId(): string {
    return this.#userId;
  }

  get clientId(): string {
    return this.#clientId;
  }

  /** The link, if requests can be sent. */
  get link(): Link | undefined {
    return this.#link?.isOpen ? this.#link : undefined;
  }

  connect(): Outcome<void> {
    if (this.#waiting) return this.#waiting.outcome;
    if (this.#state === "connected") return Outcome.of(Promise.resolve(), () => {});
    const { outcome } = (this.#waiting = this.#wait());
    if (this.#state === "disconnected") this.#failures = 0;
    if (!this.#link) this.#open();
    return outcome;
  }

  /** Ends everything; true if there was a connection. */
  disconnect(): boolean {
    const wasConnected = this.#state === "connected";
    clearTimeout(this.#retry);
    const link = this.#link;
    this.#link = undefined;
    this.#clientId = "";
    link?.close();
    this.#setState("disconnected");
    this.#settle(disconnected("`disconnect()` was called before the server's greeting"));
    return wasConnected;
  }

  #wait(): Waiting {
    let resolve!: () => void;
    let reject!: (error: DialogueError) => void;
    const promise = new Promise<void>((...both) => ([resolve, reject] = both));
    const unwatched = (error: unknown): void => {
      // Whoever calls `disconnect()` knows.
      if (error instanceof DialogueError && error.code !== "DISCONNECTED") this.#listener.failed(error);
    };
    return { outcome: Outcome.of(promise, unwatched), resolve, reject };
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#hasExpired = false;
    this.#setState("connecting");
    // Something that listens to the state may have called `disconnect()`.
    if (this.#state !== "connecting") return;
    this.#link = new Link(this.#options, {
      greeted: (link, { clientId, userId }) => this.#greeted(link, clientId, userId),
      frame: (link, name, payload) => this.#frame(link, name, payload),
      ended: (link, end) => this.#ended(link, end),
    });
  }

  #greeted(link: Link, clientId: string, userId: string): void {
    if (link !== this.#link) return;
    this.#failures = 0;
    this.#clientId = clientId;
    this.#userId = userId;
    this.#listener.greeted(link);
    // Something that listens may have called `disconnect()`.
    if (link !== this.#link) return;
    this.#setState("connected");
    this.#settle();
  }

  #frame(link: Link, name: string, payload: unknown): void {
    if (link !== this.#link) return;
    if (name === "dialogue:error") {
      this.#hasExpired = (payload as { code?: unknown } | null | undefined)?.code === "UNAUTHENTICATED";
    }
    this.#listener.frame(link, name, payload);
  }

  #ended(link: Link, end: End): void {
    if (link !== this.#link) return;
    const ending = this.#judge(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#link = undefined;
    this.#clientId = "";
    if (ending.next === "again") this.#retry = setTimeout(() => this.#open(), this.#delay(end.error));
    const state = ending.next === "again" ? "connecting" : "disconnected";
    const hasChanged = this.#state !== state;
    this.#state = state;
    this.#listener.ended(ending);
    // Something that listens may have called `connect()` or `disconnect()`.
    if (hasChanged && this.#state === state) this.#listener.stateChanged(state);
    if (waiting) waiting.reject(ending.error);
    else if (!ending.wasConnected || ending.next !== "again") this.#listener.failed(ending.error);
  }

  #judge({ error, reason, isFinal }: End): Ending {
    const { reconnection = true, reconnectionAttempts = 5, auth } = this.#options;
    const wasConnected = this.#state === "connected";
    const mayRetry = reconnection && this.#failures < reconnectionAttempts;
    const isRenewable = this.#hasExpired && typeof auth === "function";
    if (mayRetry && (!isFinal || (wasConnected && isRenewable))) return { wasConnected, reason, error, next: "again" };
    if (!isFinal || !wasConnected) return { wasConnected, reason, error, next: "given up" };
    return { wasConnected, reason, error: this.#sentAway(), next: "sent away" };
  }

  #delay(error: DialogueError): number {
    const { reconnectionDelay = 1000, reconnectionDelayMax = 5000 } = this.#options;
    const delay = backoff(this.#failures, reconnectionDelay, reconnectionDelayMax);
    this.#failures += 1;
    return error.retryAfter === undefined ? delay : Math.max(delay, retryDelay(error.retryAfter));
  }

  #sentAway(): DialogueError {
    return this.#hasExpired
      ? new DialogueError("UNAUTHENTICATED", "the session has expired: connect with a fresh token")
      : disconnected("the server has sent this client away: `connect()` asks it again");
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#listener.stateChanged(state);
  }

  #settle(error?: DialogueError): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error) waiting?.reject(error);
    else waiting?.resolve();
  }
}
