import type { DialogueError } from "dialogue-client";
import { useEffect, useState } from "react";
import { type General, useEvent } from "../dialogue.js";

/** A message that has been written and not yet acknowledged. It keeps its id, under which the server publishes it once. */
export interface PendingMessage {
  id: string;
  text: string;
  replyTo: string | undefined;
  state: "waiting" | "sending" | "failed";
  /** Why it has failed. */
  error?: DialogueError;
}

export interface Pending {
  messages: readonly PendingMessage[];
  send(text: string, replyTo: string | undefined): void;
  retry(id: string): void;
  discard(id: string): void;
}

/**
 * What has been written and is not in the room yet. The client keeps it over lost connections; here it waits only as long
 * as there is no room.
 */
export function usePending(room: General, me: string): Pending {
  const [messages, setMessages] = useState<readonly PendingMessage[]>([]);
  const change = (id: string, part: Partial<PendingMessage>): void =>
    setMessages((all) => all.map((message) => (message.id === id ? { ...message, ...part } : message)));
  const discard = (id: string | undefined): void => setMessages((all) => all.filter((message) => message.id !== id));

  useEffect(() => {
    if (!room) return;
    for (const { id, text, replyTo } of messages.filter(({ state }) => state === "waiting")) {
      change(id, { state: "sending" });
      const data = { text, senderId: me, ...(replyTo !== undefined && { replyTo }) };
      room.trigger("message", data, undefined, { retry: true, id }).then(
        () => discard(id),
        // The room has been taken away: it goes to the next one.
        (error: DialogueError) => change(id, error.code === "DISCONNECTED" ? { state: "waiting" } : { state: "failed", error }),
      );
    }
  }, [room, messages, me]);
  useEvent(room, "message", ({ from, id }) => from === me && discard(id));

  return {
    messages,
    send: (text, replyTo) => setMessages((all) => [...all, { id: newId(), text, replyTo, state: "waiting" }]),
    retry: (id) => change(id, { state: "waiting" }),
    discard,
  };
}

/** Works on plain http too, where `crypto.randomUUID` does not exist. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
