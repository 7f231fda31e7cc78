import { useEffect, useInsertionEffect, useRef } from "react";
import type { EventMessage, RoomContext } from "../types.js";

/** Hears one kind of event of a room, once there is one. The newest handler is called; it need not be memoised. */
export function useEvent(
  room: RoomContext | null | undefined,
  event: string,
  handler: (message: EventMessage) => void,
): void {
  const newest = useRef(handler);
  useInsertionEffect(() => {
    newest.current = handler;
  });
  useEffect(() => room?.on(event, (message) => newest.current(message)), [room, event]);
}
