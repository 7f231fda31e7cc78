import { useEffect, useState } from "react";
import { type General, useDialogue, useEvent } from "../dialogue.js";

/** Who is in the room: oneself first, then the others by name. */
export function usePeople(room: General, me: string): string[] {
  const client = useDialogue();
  const [names, setNames] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => client.on<string[]>("chat:members", (members) => setNames(new Set(members))), [client]);
  useEvent(room, "user:joined", ({ data }) => setNames((names) => new Set([...names, data.userId])));
  useEvent(room, "user:left", ({ data }) =>
    setNames((names) => new Set([...names].filter((name) => name !== data.userId))),
  );
  const others = [...names].filter((name) => name !== me).sort((a, b) => a.localeCompare(b));
  return names.has(me) ? [me, ...others] : others;
}
