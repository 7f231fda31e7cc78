import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { JoinOptions, RoomContext } from "../types.js";
import { useDialogue } from "./provider.js";
import { type Seat, Seats } from "./seats.js";
import type { AnyRoom, RoomShape } from "../ids.js";

/** What `useRoom` gives. */
export type UseRoom<S extends RoomShape = AnyRoom> = Seat<S> & {
  /** Asks again, after it has failed. */
  retry: () => void;
};

/**
 * Joins a room while the component is mounted. Components that use the same room share it: it is joined once, and left
 * when the last of them has gone.
 *
 * What arrives for the room is held until the render that has the room first is on the screen, so that the effects of that
 * render, such as those of `useEvent` and `useHistory`, miss nothing.
 */
export function useRoom(roomId: string, options: JoinOptions = {}): UseRoom {
  const seats = Seats.of(useDialogue());
  const wish = JSON.stringify(options.subscriptions);
  const subscribe = useCallback(
    (changed: () => void) =>
      seats.use(roomId, wish === undefined ? undefined : (JSON.parse(wish) as string[]), changed),
    [seats, roomId, wish],
  );
  const current = useCallback(() => seats.get(roomId), [seats, roomId]);
  const seat: Seat = useSyncExternalStore(subscribe, current, current);
  const room: RoomContext | undefined = seat.room;
  useEffect(() => {
    if (room) seats.rendered(roomId);
  }, [seats, roomId, room]);
  const retry = useCallback(() => seats.retry(roomId), [seats, roomId]);
  return useMemo(() => ({ ...seat, retry }), [seat, retry]);
}
