import type { DialogueError } from "dialogue-client";
import { useEffect, useState } from "react";
import { useConnectionState, useDialogue } from "../dialogue.js";

/** `unreachable` and `lost` while the client tries again by itself: before it was connected first, and after. */
export type Connection = "connecting" | "unreachable" | "connected" | "lost";

/** How it stands with the connection. `onRefused` comes when the server does not want this user. */
export function useConnection(onRefused: (error: DialogueError) => void): Connection {
  const client = useDialogue();
  const isConnected = useConnectionState() === "connected";
  const [otherwise, setOtherwise] = useState<Exclude<Connection, "connected">>("connecting");
  useEffect(() => {
    const offConnect = client.onConnect(() => setOtherwise("lost"));
    const offError = client.onError((error) => {
      if (error.code === "HANDLER_FAILED") console.error(error);
      if (client.state === "disconnected") onRefused(error);
      else setOtherwise((before) => (before === "lost" ? before : "unreachable"));
    });
    return () => {
      offConnect();
      offError();
    };
  }, [client, onRefused]);
  return isConnected ? "connected" : otherwise;
}
