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
  /** Whether the past is on its way: what comes meanwhile is not said now. */
  isLoading: boolean;
}

/** What has been said in the room and who came and went. What the server forgets when it restarts stays. */
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
    const begin = (past: readonly Line[]): void => {
      setPast(past);
      setNotes([]);
    };
    const off = room?.onGap(({ newEpoch }) => newEpoch && begin(pastOf(newest.current)));
    return () => {
      off?.();
      begin([]);
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
  return { lines, older: state && { state, from, load }, isLoading: room === undefined || history.isLoading };
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
