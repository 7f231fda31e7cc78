import { useMemo, useSyncExternalStore } from "react";
import type { RoomContext } from "../types.js";
import { type History, HistoryStore, NO_HISTORY } from "./history.js";

export interface HistoryOptions {
  /** How many older events to load at once. Default: 50; at most 1,000. */
  limit?: number;
}

const nobody = {
  subscribe: () => () => {},
  current: () => NO_HISTORY,
  loadOlder: async () => {},
};

/**
 * One kind of event of a room, as a list that grows at both ends: what the room sends on joining, what arrives, and with
 * `loadOlder` what is older. Without a room it is empty.
 */
export function useHistory(
  room: RoomContext | null | undefined,
  event: string,
  { limit = 50 }: HistoryOptions = {},
): History {
  const store = useMemo(() => (room ? new HistoryStore(room, event, limit) : nobody), [room, event, limit]);
  const state = useSyncExternalStore(store.subscribe, store.current, store.current);
  return useMemo(() => ({ ...state, loadOlder: store.loadOlder }), [state, store]);
}
