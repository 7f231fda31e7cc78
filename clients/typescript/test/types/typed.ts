// What must compile for rooms that are known, and what must not: `tsc` is the test.
import {
  type EventMessage,
  type RoomContext,
  type RoomOf,
  createDialogueClient,
} from "dialogue-client";
import type { Message, Move, Note, Rooms } from "./dialogue.gen.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => {};

const client = createDialogueClient<Rooms>({ url: "http://localhost:3000", autoConnect: false });

export async function ids(n: number, big: bigint, name: string): Promise<void> {
  same<RoomContext<Rooms["general"]>, Awaited<ReturnType<typeof general>>>(true);
  await client.join("match:7");
  (await client.join(`match:${n}`)).on("move", ({ data }) => same<typeof data, Move>(true));
  await client.join(`match:${big}`);
  await client.join("match:7/table:green");
  await client.join(`match:${n}/table:${name}`);
  await client.join("diary:alice");
  await client.join(`diary:${name}`);
  client.getRoom("general")?.trigger("ping");

  // An exact id wins over a family.
  same<RoomOf<Rooms, "diary:public">, Rooms["diary:public"]>(true);
  same<RoomOf<Rooms, "diary:private">, Rooms["diary:{name:String}"]>(true);
  same<RoomOf<Rooms, "match:7">, Rooms["match:{number:u64}"]>(true);
  same<RoomOf<Rooms, "match:7/table:a">, Rooms["match:{number:u64}/table:{name:String}"]>(true);

  // @ts-expect-error: there is no such room
  await client.join("nowhere");
  // @ts-expect-error: not a number
  await client.join("match:seven");
  // @ts-expect-error: the pattern of a family is no id
  await client.join("match:{number:u64}");
  // @ts-expect-error: a parameter is not empty
  await client.join("diary:");
  // @ts-expect-error: a parameter has no separator
  await client.join("diary:a:b");
  // @ts-expect-error: a parameter has no separator
  await client.join("match:7/table:a/b");
  // @ts-expect-error: there is no such room
  client.getRoom("nowhere");
}

const general = () => client.join("general");

export async function events(): Promise<void> {
  const room = await general();
  room.on("message", (message) => {
    same<typeof message, EventMessage<Message>>(true);
    message.data.text.trim();
    // @ts-expect-error: no such field
    message.data.txet;
  });
  room.on("user:joined", ({ data }) => data.userId);
  room.on("note", ({ data }) => same<typeof data, Note>(true));
  room.onAny((_name, { data }) => same<typeof data, unknown>(true));
  // @ts-expect-error: no such event
  room.on("mesage", () => {});

  await room.subscribe("typing");
  await room.subscribe("*");
  // @ts-expect-error: no such event
  await room.subscribe("mesage");
  // @ts-expect-error: no such event
  await room.unsubscribe("mesage");
  await client.join("general", { subscriptions: ["message", "*"] });
  // @ts-expect-error: no such event
  await client.join("general", { subscriptions: ["mesage"] });

  same<EventMessage<Message>[], Awaited<ReturnType<typeof history>>>(true);
  await room.getHistory("message", { before: 7, limit: 5 });
  // @ts-expect-error: no such event
  await room.getHistory("mesage");
}

const history = async () => (await general()).getHistory("message", 0, 20);

export async function triggers(): Promise<void> {
  const room = await general();
  const { timestamp, offset } = await room.trigger("message", { text: "hi", senderId: "alice" });
  same<[number, number | undefined], [typeof timestamp, typeof offset]>(true);
  await room.trigger(
    "message",
    { text: "hi", senderId: "alice", replyTo: null },
    { trace: 7 },
    { id: "k", retry: true },
  );
  // What may be sent can be less than what arrives.
  await room.trigger("note", { text: "hi" });
  await room.trigger("ping");
  await room.trigger("ping", null);
  // @ts-expect-error: a payload is needed
  await room.trigger("message");
  // @ts-expect-error: a field is missing
  await room.trigger("message", { text: "hi" });
  // @ts-expect-error: a field is of another type
  await room.trigger("message", { text: 5, senderId: "alice" });
  // @ts-expect-error: no such field
  await room.trigger("message", { text: "hi", senderId: "alice", colour: "red" });
  // @ts-expect-error: only the server may trigger it
  await room.trigger("user:joined", { userId: "eve" });
  // @ts-expect-error: no such event
  await room.trigger("mesage", { text: "hi", senderId: "alice" });
  // @ts-expect-error: no such option
  await room.trigger("ping", null, undefined, { retries: true });

  const match = await client.join("match:7");
  match.on("move", ({ data }) => same<typeof data, Move>(true));
  await match.trigger("move", { x: 1 });

  const announcements = await client.join("announcements");
  announcements.on("note", ({ data }) => data.tag);
  // @ts-expect-error: clients may trigger nothing there
  await announcements.trigger("note", { text: "hi" });

  const sandbox = await client.join("sandbox");
  await sandbox.trigger("anything", { at: "all" });
  sandbox.on("anything", ({ data }) => same<typeof data, unknown>(true));
  sandbox.on<Move>("anything", ({ data }) => data.x);
}

/** A room whose id is known when the program runs has no type; what is known before is checked as ever. */
export async function untypedRooms(
  either: "general" | "sandbox",
  wrong: "general" | "nowhere",
  id: string,
  parsed: any,
): Promise<void> {
  const info = await client.createRoom({ id: "tech-talk", name: "Tech Talk" });
  const room = await client.join(info.id, { subscriptions: ["anything"] });
  same<typeof room, RoomContext>(true);
  await room.trigger("message", { text: "hi" });
  room.on("message", ({ data }) => data.text);
  room.on<Move>("move", ({ data }) => data.x.toFixed());
  const known = client.getRoom(id);
  same<typeof known, RoomContext | undefined>(true);
  const any = await client.join(parsed);
  await any.trigger("message", { text: "hi" });

  (await client.join(either)).on("message", () => {});
  // @ts-expect-error: one of them is no room
  await client.join(wrong);
  // @ts-expect-error: there is no such room, whatever the text
  await client.join(`lobby:${id}`);
  // @ts-expect-error: a number is needed
  await client.join(`match:${id}`);
  // @ts-expect-error: there is no such room
  client.getRoom(`lobby:${id}`);
  // @ts-expect-error: not an id
  await client.join(7);
}

// @ts-expect-error: the rooms have another shape
createDialogueClient<{ general: { events: {} } }>({ url: "" });
// @ts-expect-error: a url is needed
createDialogueClient({});
