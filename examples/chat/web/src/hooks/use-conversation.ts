import { useEffect, useMemo, useRef, useState } from "react";
import { type General, useEvent, useHistory } from "../dialogue.js";
import { type Line, MAX_LINES, type Note, linesOf, oldestWhole, pastOf } from "../lines.js";

const PAGE = 30;

/** What is to be said about messages that are older than those on the page, and how to get them. */
export interface OlderMessages {
  state: "more" | "loading" | "failed" | "none" | "lost";
  /** Changes when there is something else to load. */
  from: number;
  load: () => void;
}

export interface Conversation {
  lines: readonly Line[];
  older: OlderMessages | undefined;
}

/** What has been said in the room and who came and went, as far as it is known; a restart of the server does not end it. */
export function useConversation(room: General, me: string): Conversation {
  const { events, ...history } = useHistory(room, "message", { limit: PAGE });
  const [past, setPast] = useState<readonly Line[]>([]);
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [hasLoaded, setHasLoaded] = useState(false);
  const lines = useMemo(() => linesOf(past, events, notes), [past, events, notes]);
  const newest = useRef(lines);
  useEffect(() => {
    newest.current = lines;
  }, [lines]);

  const note = (does: Note["does"], name: string, timestamp: number): void => {
    const key = `${name} ${does} ${timestamp}`;
    setNotes((notes) => [...notes, { kind: "note" as const, key, name, does, timestamp }].slice(-MAX_LINES));
  };
  useEvent(room, "user:joined", ({ data, timestamp }) => data.userId !== me && note("joined", data.userId, timestamp));
  useEvent(room, "user:left", ({ data, timestamp }) => note("left", data.userId, timestamp));

  useEffect(() => {
    // The history begins anew with another life of the room, and with another seat in it.
    const keep = (isRestart: boolean): void => {
      setPast(pastOf(newest.current, isRestart));
      setNotes([]);
    };
    const offGap = room?.onGap(({ newEpoch }) => newEpoch && keep(true));
    const offLeft = room?.onLeft(() => keep(false));
    return () => {
      offGap?.();
      offLeft?.();
    };
  }, [room]);

  const index = oldestWhole(events);
  const from = events[index]?.offset ?? 1;
  const isTop = index <= 0 && past.length === 0;
  const state = stateOf({ ...history, from, isTop, hasLoaded });
  const load = (): void => {
    setHasLoaded(true);
    void history.loadOlder();
  };
  return { lines, older: state && { state, from, load } };
}

interface Known {
  from: number;
  isTop: boolean;
  hasLoaded: boolean;
  isLoading: boolean;
  hasOlder: boolean;
  error: unknown;
}

function stateOf({ from, isTop, hasLoaded, isLoading, hasOlder, error }: Known): OlderMessages["state"] | undefined {
  if (from === 1) return isTop && hasLoaded ? "none" : undefined;
  if (isLoading) return "loading";
  if (error) return "failed";
  if (hasOlder) return "more";
  return isTop ? "none" : "lost";
}
