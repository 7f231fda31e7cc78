/** What a room carries, as `dialogue.gen.ts` says it. */
export interface RoomShape {
  /** What travels there, by the name of the event. */
  events: object;
  /** What clients may trigger there. */
  triggers: object;
  /** What a member hears without asking. */
  defaultSubscriptions: string;
}

/** The rooms of a server: `Rooms` of `dialogue.gen.ts`. */
export type RoomsShape<R> = { [Key in keyof R]: RoomShape };

/** A room of which nothing is known before the program runs. */
export interface AnyRoom {
  events: { [event: string]: any };
  triggers: { [event: string]: any };
  defaultSubscriptions: string;
}

/** Rooms of which nothing is known before the program runs. */
export interface AnyRooms {
  [roomId: string]: AnyRoom;
}

/** The ids of a server's rooms: `"general"`, and `` `match:${number}` `` for `"match:{number:u64}"`. */
export type RoomId<R> = IdOf<keyof R & string>;

type IdOf<Key extends string> = string extends Key
  ? string
  : Key extends `${infer Head}{${string}:${infer Type}}${infer Rest}`
    ? `${Head}${Parameter<Type>}${IdOf<Rest>}`
    : Key;

type Integer = `${number}` | `${bigint}`;
type Parameter<Type> = Type extends "String" ? string : Integer;

/** The key in `Rooms` of the room with this id; `never` if there is none. An exact key wins over a family. */
export type KeyOf<R, Id extends string> = Id extends keyof R
  ? Id
  : { [Key in keyof R & string]: Matches<Key, Id> extends true ? Key : never }[keyof R & string];

/** The shape of the room with this id; that of any room, if the id is only known when the program runs. */
export type RoomOf<R extends RoomsShape<R>, Id extends string> = string extends Id
  ? AnyRoom
  : R[KeyOf<R, Id>] extends infer Shape extends RoomShape
    ? Shape
    : never;

/**
 * An id as it may be given: a literal or a template has to be that of a room, or else the error names all rooms; a
 * `string` is checked by the server.
 */
export type Checked<R, Id extends string> = string extends Id
  ? Id
  : Id extends RoomId<R>
    ? [KeyOf<R, Id>] extends [never]
      ? never
      : Id
    : RoomId<R>;

type Matches<
  Pattern extends string,
  Id extends string,
> = Pattern extends `${infer Head}{${string}:${infer Type}}${infer Rest}`
  ? Id extends `${Head}${infer Tail}`
    ? MatchesFrom<Type, Rest, Tail>
    : false
  : Id extends Pattern
    ? true
    : false;

/** After a parameter there is a separator, or the end. */
type MatchesFrom<Type, Rest extends string, Tail extends string> = Rest extends ""
  ? Fits<Type, Tail>
  : Rest extends `${infer Separator}${infer Next}`
    ? Tail extends `${infer Value}${Separator}${infer After}`
      ? Fits<Type, Value> extends true
        ? Matches<Next, After>
        : false
      : false
    : false;

type Fits<Type, Value extends string> = Type extends "String"
  ? Value extends "" | `${string}:${string}` | `${string}/${string}`
    ? false
    : true
  : Value extends Integer
    ? true
    : false;
