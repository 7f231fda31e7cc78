import { DialogueError } from "../error.js";
import type { Room } from "../room.js";
import type { EventMessage, RoomContext, Unsubscribe } from "../types.js";
import { later } from "./later.js";
import { Timeline } from "./timeline.js";

/** What `useHistory` gives. */
export interface History<T = any> {
  /** Oldest first: what the room sent on joining, older ones that were loaded, and what arrives. The newest 10,000. */
  events: readonly EventMessage<T>[];
  /** Loads older ones. What goes wrong is in `error`. */
  loadOlder: () => Promise<void>;
  /** Whether there may be older ones. */
  hasOlder: boolean;
  isLoading: boolean;
  /** Why the last load failed. */
  error: DialogueError | undefined;
  /** Whether events are missing, as more was missed than the server had; loading older ones may bring them. */
  hasGap: boolean;
}

type State = Omit<History, "loadOlder">;

export const NO_HISTORY: State = { events: [], hasOlder: false, isLoading: false, error: undefined, hasGap: false };

/** The past and the present of one kind of event in a room, for a component. */
export class HistoryStore {
  readonly #room: RoomContext;
  readonly #event: string;
  readonly #limit: number;
  readonly #timeline = new Timeline();
  readonly #users = new Set<{ changed: () => void }>();
  #detach: Unsubscribe | undefined;
  #loading: Promise<void> | undefined;
  #error: DialogueError | undefined;
  #state: State = { ...NO_HISTORY, hasOlder: true };

  constructor(room: RoomContext, event: string, limit: number) {
    this.#room = room;
    this.#event = event;
    this.#limit = limit;
  }

  readonly current = (): State => this.#state;

  readonly subscribe = (changed: () => void): Unsubscribe => {
    const entry = { changed };
    this.#users.add(entry);
    this.#detach ??= this.#attach();
    return () => {
      entry.changed = () => {};
      later(() => {
        this.#users.delete(entry);
        if (this.#users.size > 0) return;
        this.#detach?.();
        this.#detach = undefined;
      });
    };
  };

  readonly loadOlder = (): Promise<void> => {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      this.#changed();
    });
    this.#changed();
    return this.#loading;
  };

  /** Whoever comes when the room is live already has missed what the room sent on joining, and asks for it. */
  #attach(): Unsubscribe {
    const handlers = this.#listen();
    if (!(this.#room as Room).isHeld) {
      this.#timeline.reset();
      void this.loadOlder();
    }
    return () => handlers.forEach((off) => off());
  }

  #listen(): Unsubscribe[] {
    const add = (events: EventMessage[]): void => {
      this.#timeline.add(events);
      this.#changed();
    };
    return [
      this.#room.on(this.#event, (message) => add([message])),
      this.#room.onHistory((events) => add(events.filter(({ event }) => event === this.#event).reverse())),
      this.#room.onGap(({ newEpoch }) => {
        this.#timeline.gap(newEpoch);
        this.#changed();
      }),
    ];
  }

  async #load(): Promise<void> {
    this.#error = undefined;
    const { cursor } = this.#timeline;
    try {
      const page = await ("start" in cursor
        ? this.#room.getHistory(this.#event, cursor.start, cursor.start + this.#limit)
        : this.#room.getHistory(this.#event, { before: cursor.before, limit: this.#limit }));
      this.#timeline.addOlder(page);
    } catch (error) {
      this.#error = error as DialogueError;
    }
  }

  #changed(): void {
    const { events, hasOlder, hasGap } = this.#timeline;
    this.#state = { events, hasOlder, hasGap, isLoading: this.#loading !== undefined, error: this.#error };
    for (const { changed } of [...this.#users]) changed();
  }
}
