import type { ReactElement } from "react";
import type { AnyRooms, Checked, RoomOf, RoomShape, RoomsShape } from "../ids.js";
import type { ConnectionState, DialogueClient, EventMessage, JoinOptions, RoomContext } from "../types.js";
import type { History } from "./history.js";
import { DialogueProvider, type DialogueProviderProps, useConnectionState, useDialogue } from "./provider.js";
import { useEvent } from "./use-event.js";
import { type HistoryOptions, useHistory } from "./use-history.js";
import { type UseRoom, useRoom } from "./use-room.js";

/** The provider and the hooks, for the rooms of one server. */
export interface DialogueHooks<R extends RoomsShape<R> = AnyRooms> {
  /** See {@link DialogueProvider}. */
  DialogueProvider(props: DialogueProviderProps<R>): ReactElement;
  /** See {@link useDialogue}. */
  useDialogue(): DialogueClient<R>;
  /** See {@link useRoom}. */
  useRoom<const Id extends string>(
    roomId: Checked<R, Id>,
    options?: JoinOptions<keyof RoomOf<R, Id>["events"] & string>,
  ): UseRoom<RoomOf<R, Id>>;
  /** See {@link useEvent}. */
  useEvent<S extends RoomShape, E extends keyof S["events"] & string>(
    room: RoomContext<S> | null | undefined,
    event: E,
    handler: (message: EventMessage<S["events"][E]>) => void,
  ): void;
  /** See {@link useHistory}. */
  useHistory<S extends RoomShape, E extends keyof S["events"] & string>(
    room: RoomContext<S> | null | undefined,
    event: E,
    options?: HistoryOptions,
  ): History<S["events"][E]>;
  /** See {@link useConnectionState}. */
  useConnectionState(): ConnectionState;
}

/**
 * The provider and the hooks, knowing the rooms of the server.
 *
 * ```ts
 * export const { DialogueProvider, useRoom, useHistory } = createDialogueHooks<Rooms>();
 * ```
 */
export function createDialogueHooks<R extends RoomsShape<R> = AnyRooms>(): DialogueHooks<R> {
  const hooks = { DialogueProvider, useDialogue, useRoom, useEvent, useHistory, useConnectionState };
  return hooks as unknown as DialogueHooks<R>;
}
