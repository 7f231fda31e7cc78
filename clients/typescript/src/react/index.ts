export type { History } from "./history.js";
export { type DialogueHooks, createDialogueHooks } from "./hooks.js";
export { DialogueProvider, type DialogueProviderProps, useConnectionState, useDialogue } from "./provider.js";
export type { Seat } from "./seats.js";
export { useEvent } from "./use-event.js";
export { type HistoryOptions, useHistory } from "./use-history.js";
export { type UseRoom, useRoom } from "./use-room.js";
