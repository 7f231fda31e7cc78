import { DialogueError, type ErrorDetails, type Issue, badAnswer } from "./error.js";
import type { Seat } from "./inbox.js";
import type { EventMessage, Receipt, RoomInfo } from "./types.js";

/** What the names of the protocol's frames begin with. */
export const PREFIX = "dialogue:";

/** The fields of a JSON object. */
export type Fields = Record<string, unknown>;

type Check = (value: unknown) => boolean;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const listOf =
  <T>(check: (value: unknown) => value is T) =>
  (value: unknown): value is T[] =>
    Array.isArray(value) && value.every(check);

/** An object whose fields pass these checks; other fields may be anything. */
const shape =
  <T>(checks: { [Name in keyof T]?: Check }) =>
  (value: unknown): value is T =>
    isFields(value) && Object.entries<Check | undefined>(checks).every(([name, check]) => check?.(value[name]));

/** A `dialogue:connected`. */
export const isGreeting = shape<{ clientId: string; userId: string }>({ clientId: isText, userId: isText });

/** What says which room it is about. */
export const isOfRoom = shape<{ roomId: string }>({ roomId: isText });

export const isEventMessage = shape<EventMessage>({
  event: isText,
  roomId: isText,
  from: isText,
  timestamp: isNumber,
  offset: optional(isCount),
  id: optional(isText),
});

/** The answer to `dialogue:getHistory`. */
export const hasEvents = shape<{ events: EventMessage[] }>({ events: listOf(isEventMessage) });

/** A `dialogue:history`. */
export const isHistory = (value: unknown): value is { roomId: string; events: EventMessage[] } =>
  isOfRoom(value) && hasEvents(value);

export const isRoomInfo = shape<RoomInfo>({ id: isText, name: isText, size: isNumber });

/** The answer to `dialogue:listRooms`. */
export const hasRooms = shape<{ rooms: RoomInfo[] }>({ rooms: listOf(isRoomInfo) });

/** The answer to `dialogue:trigger`. */
export const isReceipt = shape<Receipt>({ timestamp: isNumber, offset: optional(isCount) });

/** The answer to `dialogue:renew`. */
export const isRenewal = shape<{ expiresAt?: number }>({ expiresAt: optional(isNumber) });

/** The answer to `dialogue:join`. */
export interface Joined extends Seat {
  roomName: string;
  subscriptions: string[];
}

export const isJoined = shape<Joined>({
  roomName: isText,
  epoch: isText,
  offset: isCount,
  missed: optional(isCount),
  subscriptions: listOf(isText),
});

const isIssue = shape<Issue>({ path: isText, code: isText, message: isText });

/** An `ErrorBody`. What is wrong with its optional fields is left out, as the rest says more than that. */
export const isErrorBody = shape<{ code: string; message: string }>({ code: isText, message: isText });

export function readError({ code, message, ...body }: { code: string; message: string } & Fields): DialogueError {
  const { roomId, event, retryAfter, issues } = body;
  const details: ErrorDetails = {};
  if (isText(roomId)) details.roomId = roomId;
  if (isText(event)) details.event = event;
  if (isNumber(retryAfter)) details.retryAfter = retryAfter;
  if (Array.isArray(issues)) details.issues = issues.filter(isIssue);
  return new DialogueError(code, message, details);
}

/** The answer of an acknowledgement: its fields, or the error that it tells. */
export function readAnswer(request: string, answer: unknown): Fields | DialogueError {
  if (isFields(answer)) {
    const { ok, ...fields } = answer;
    if (ok === true) return fields;
    if (ok === false && isErrorBody(fields["error"])) return readError(fields["error"]);
  }
  return badAnswer(`the answer to \`${request}\``);
}
