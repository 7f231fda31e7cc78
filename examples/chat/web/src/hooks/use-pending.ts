import type { DialogueError } from "dialogue-client";
import { useEffect, useState } from "react";
import { type General, useEvent } from "../dialogue.js";

/** A message that is not in the room yet. It keeps its id, under which the server publishes it once. */
export interface PendingMessage {
  id: string;
  text: string;
  replyTo: string | undefined;
  /** Whether the client has it, which sends it as soon as it can. */
  isGiven: boolean;
  /** Why it was not published. */
  error: DialogueError | undefined;
}

export interface Pending {
  /** In the order in which they were written. */
  messages: readonly PendingMessage[];
  send(text: string, replyTo: string | undefined): void;
  retry(id: string): void;
  discard(id: string): void;
}

/**
 * What has been written and is not in the room yet. The client keeps it over lost connections; here it waits only while
 * there is no room.
 */
export function usePending(room: General, me: string): Pending {
  const [messages, setMessages] = useState<readonly PendingMessage[]>([]);
  const change = (id: string, part: Partial<PendingMessage>): void =>
    setMessages((all) => all.map((message) => (message.id === id ? { ...message, ...part } : message)));
  const discard = (id: string | undefined): void => setMessages((all) => all.filter((message) => message.id !== id));

  useEffect(() => {
    if (!room) return;
    for (const { id, text, replyTo } of messages.filter(({ isGiven }) => !isGiven)) {
      change(id, { isGiven: true });
      const data = { text, senderId: me, ...(replyTo !== undefined && { replyTo }) };
      room.trigger("message", data, undefined, { retry: true, id }).then(
        () => discard(id),
        // Who has lost the room sends it when they are in again.
        (error: DialogueError) => change(id, error.code === "DISCONNECTED" ? { isGiven: false } : { error }),
      );
    }
  }, [room, messages, me]);
  useEvent(room, "message", ({ from, id }) => from === me && discard(id));

  return {
    messages,
    send: (text, replyTo) => {
      const message = { id: newId(), text, replyTo, isGiven: false, error: undefined };
      setMessages((all) => [...all, message]);
    },
    retry: (id) => change(id, { isGiven: false, error: undefined }),
    discard,
  };
}

/** Works on plain http too, where `crypto.randomUUID` does not exist. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
