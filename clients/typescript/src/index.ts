export { createDialogueClient } from "./client.js";
export { DialogueError } from "./error.js";
export type { ClientErrorCode, ErrorCode, ErrorDetails, Issue, ServerErrorCode } from "./error.js";
export type { AnyRoom, AnyRooms, RoomId, RoomOf, RoomShape, RoomsShape } from "./ids.js";
export type { Outcome } from "./outcome.js";
export type {
  AuthData,
  ConnectionState,
  CreateRoomOptions,
  DialogueClient,
  DialogueClientOptions,
  EventMessage,
  Gap,
  HistoryCursor,
  JoinOptions,
  Receipt,
  RoomContext,
  RoomInfo,
  TriggerOptions,
  Unsubscribe,
} from "./types.js";
