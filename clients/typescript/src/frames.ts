import { DialogueError, type Issue } from "./error.js";
import type { Seat } from "./inbox.js";
import type { EventMessage, RoomInfo } from "./types.js";

/** The fields of a JSON object. */
export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isAbsent = (value: unknown): value is undefined => value === undefined;

/** The server has sent something that is not of the protocol. */
export function badAnswer(what: string, details: { roomId?: string; cause?: unknown } = {}): DialogueError {
  const message = `the server sent ${what}, which is not of the protocol: check that it is a Dialogue server of this version`;
  return new DialogueError("BAD_ANSWER", message, details);
}

/** The answer of an acknowledgement: its fields, or the error that it tells. */
export function readAnswer(request: string, answer: unknown): Fields | DialogueError {
  if (isFields(answer) && answer["ok"] === true) return answer;
  if (isFields(answer) && answer["ok"] === false) {
    const error = readError(answer["error"]);
    if (error) return error;
  }
  return badAnswer(`a malformed answer to \`${request}\``);
}

/** An `ErrorBody`. */
export function readError(body: unknown): DialogueError | undefined {
  if (!isFields(body)) return undefined;
  const { code, message, roomId, event, retryAfter, issues } = body;
  if (!isText(code) || !isText(message)) return undefined;
  return new DialogueError(code, message, {
    roomId: isText(roomId) ? roomId : undefined,
    event: isText(event) ? event : undefined,
    retryAfter: isNumber(retryAfter) ? retryAfter : undefined,
    issues: Array.isArray(issues) ? issues.filter(isIssue) : undefined,
  });
}

const isIssue = (value: unknown): value is Issue =>
  isFields(value) && isText(value["path"]) && isText(value["code"]) && isText(value["message"]);

export function isEventMessage(value: unknown): value is EventMessage {
  if (!isFields(value)) return false;
  const { event, roomId, from, timestamp, offset, id, meta } = value;
  const isNamed = isText(event) && isText(roomId) && isText(from) && isNumber(timestamp);
  return (
    isNamed &&
    [isAbsent(offset) || isCount(offset), isAbsent(id) || isText(id), isAbsent(meta) || isFields(meta)].every(Boolean)
  );
}

/** The events of a `dialogue:history`, or of the answer to `dialogue:getHistory`. */
export function readEvents(value: unknown): EventMessage[] | undefined {
  return Array.isArray(value) && value.every(isEventMessage) ? value : undefined;
}

export function isRoomInfo(value: unknown): value is RoomInfo {
  return isFields(value) && isText(value["id"]) && isText(value["name"]) && isNumber(value["size"]);
}

/** The answer of a join. */
export interface Joined extends Seat {
  roomName: string;
  subscriptions: string[];
}

export function readJoined(fields: Fields): Joined | undefined {
  const { roomName, epoch, offset, resumed, missed, subscriptions } = fields;
  if (!isText(roomName) || !isText(epoch) || !isCount(offset)) return undefined;
  if (!Array.isArray(subscriptions) || !subscriptions.every(isText)) return undefined;
  const seat = { roomName, epoch, offset, resumed: resumed === true, subscriptions };
  return isCount(missed) ? { ...seat, missed } : seat;
}

/** The room that a frame is about. */
export function roomIdOf(value: unknown): string | undefined {
  return isFields(value) && isText(value["roomId"]) ? value["roomId"] : undefined;
}
