import type { EventMessage, RoomContext } from "dialogue-client";
import { createDialogueHooks } from "dialogue-client/react";
import type { Message, Rooms } from "./dialogue.gen.js";

/** The hooks of the package, with the rooms of this server. */
export const { DialogueProvider, useConnectionState, useDialogue, useEvent, useHistory, useRoom } =
  createDialogueHooks<Rooms>();

/** The one room of the chat; there is none while it has not been joined. */
export type General = RoomContext<Rooms["general"]> | undefined;

export type ChatMessage = EventMessage<Message>;
