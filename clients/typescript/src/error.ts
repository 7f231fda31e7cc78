/** What the server found wrong with one field of a payload. */
export interface Issue {
  /** Where, by the names on the wire: `text`, or `items[2].price`. */
  path: string;
  /** Which rule was broken, for programs: `length`, `required`, `type`. */
  code: string;
  /** The same for people: `too short`. */
  message: string;
  /** The bounds of the rule, such as `{ min: 1 }`. */
  params?: Record<string, unknown>;
}

/** Codes that the server sends; `PROTOCOL.md` says when. */
export type ServerErrorCode =
  | "ROOM_NOT_FOUND"
  | "ROOM_FULL"
  | "ROOM_EXISTS"
  | "JOIN_DENIED"
  | "NOT_IN_ROOM"
  | "EVENT_NOT_ALLOWED"
  | "VALIDATION_FAILED"
  | "EVENT_REJECTED"
  | "PERMISSION_DENIED"
  | "RATE_LIMITED"
  | "LIMIT_REACHED"
  | "INVALID_REQUEST"
  | "OVERLOADED"
  | "UNAUTHENTICATED"
  | "INTERNAL";

/**
 * Codes of the client itself.
 *
 * - `CONNECT_FAILED`: no connection could be made
 * - `AUTH_FAILED`: the function that was given as `auth` failed
 * - `TIMEOUT`: there was no answer in time
 * - `DISCONNECTED`: there is no connection, or it ended before the answer
 * - `BAD_ANSWER`: the server sent something that is not of the protocol
 * - `HANDLER_FAILED`: a handler of the application threw; its error is the `cause`
 */
export type ClientErrorCode =
  "CONNECT_FAILED" | "AUTH_FAILED" | "TIMEOUT" | "DISCONNECTED" | "BAD_ANSWER" | "HANDLER_FAILED";

/** Every code; a newer server may send others, too. */
export type ErrorCode = ServerErrorCode | ClientErrorCode | (string & {});

/** What an error is about. */
export interface ErrorDetails {
  roomId?: string | undefined;
  event?: string | undefined;
  issues?: readonly Issue[] | undefined;
  retryAfter?: number | undefined;
  id?: string | undefined;
  cause?: unknown;
}

/**
 * Every error of this library.
 *
 * ```ts
 * try {
 *   await room.trigger("message", { text: "" });
 * } catch (error) {
 *   if (error instanceof DialogueError && error.code === "VALIDATION_FAILED") show(error.issues);
 * }
 * ```
 */
export class DialogueError extends Error {
  override readonly name = "DialogueError";
  /** What happened, for programs. */
  declare readonly code: ErrorCode;
  /** The room that it is about. */
  declare readonly roomId: string | undefined;
  /** The event that it is about. */
  declare readonly event: string | undefined;
  /** Every fault of a payload, sorted by path; empty unless `code` is `VALIDATION_FAILED`. */
  declare readonly issues: readonly Issue[];
  /** In how many milliseconds the request may succeed, if waiting helps. */
  declare readonly retryAfter: number | undefined;
  /** The id of the message that was triggered: triggering again under it publishes it once. */
  declare readonly id: string | undefined;

  constructor(code: ErrorCode, message: string, { cause, ...details }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { ...details, issues: details.issues ?? [], code });
  }
}

/** The same error, about this, too. */
export function about(error: DialogueError, details: ErrorDetails): DialogueError {
  return new DialogueError(error.code, error.message, { ...details, ...error, cause: error.cause });
}

/** That there is no connection. */
export function disconnected(why: string, details?: ErrorDetails): DialogueError {
  return new DialogueError("DISCONNECTED", why, details);
}

/** That a connection has ended before an answer. */
export function unanswered(why: string): DialogueError {
  return disconnected(`${why}: whether the request was done is not known`);
}

/** The server has sent something that is not of the protocol. */
export function badAnswer(what: string): DialogueError {
  return new DialogueError("BAD_ANSWER", `${what} is malformed: is the server a Dialogue server of this version?`);
}
