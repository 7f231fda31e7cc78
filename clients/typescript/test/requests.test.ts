import { describe, expect, test, vi } from "vitest";
import { DialogueError, type DialogueClient, type EventMessage, type RoomContext } from "../src/index.js";
import { type Answers, Hostile, connected, failure, next, watched } from "./support/hostile.js";

/** Everything that can be asked for. */
const REQUESTS: Record<string, (client: DialogueClient, room: RoomContext) => Promise<unknown>> = {
  "dialogue:join": (client) => client.join("b"),
  "dialogue:listRooms": (client) => client.listRooms(),
  "dialogue:createRoom": (client) => client.createRoom({ id: "c", name: "C" }),
  "dialogue:deleteRoom": (client) => client.deleteRoom("c"),
  "dialogue:renew": (client) => client.renew("t"),
  "dialogue:trigger": (_, room) => room.trigger("message", { text: "hi" }),
  "dialogue:subscribe": (_, room) => room.subscribe("message"),
  "dialogue:unsubscribe": (_, room) => room.unsubscribe("message"),
  "dialogue:getHistory": (_, room) => room.getHistory("message"),
};
const OF_ROOMS = ["dialogue:trigger", "dialogue:subscribe", "dialogue:unsubscribe", "dialogue:getHistory"];
const each = Object.entries(REQUESTS);

/** A client in the room `a`, and a server that does this with the request then. */
async function inRoom(request: string, answer: Answers[string], options = {}) {
  const server = await Hostile.start();
  const watch = await connected(server, options);
  const room = await watch.client.join("a");
  server.answers = { [request]: answer };
  return { server, room, ...watch };
}

describe.each(each)("%s", (name, request) => {
  test("never answered", async () => {
    const { client, room } = await inRoom(name, () => {}, { timeout: 200 });
    const error = await failure(request(client, room));
    expect(error).toBeInstanceOf(DialogueError);
    expect(error).toMatchObject({ name: "DialogueError", code: "TIMEOUT" });
    expect(error.message).toContain(name);
  });

  test.each([
    [undefined],
    ["yes"],
    [5],
    [null],
    [{}],
    [{ ok: "true" }],
    [{ ok: false }],
    [{ ok: false, error: { code: 5 } }],
    [[]],
  ])("answered with %j", async (answer) => {
    const { client, room } = await inRoom(name, (_payload, ack) => ack(answer));
    expect(await failure(request(client, room))).toMatchObject({ code: "BAD_ANSWER" });
  });

  test("refused", async () => {
    const refusal = {
      code: "RATE_LIMITED",
      message: "slowly",
      retryAfter: 7,
      issues: [{ path: "a", code: "b", message: "c" }, 5],
    };
    const { client, room } = await inRoom(name, (_payload, ack) => ack({ ok: false, error: refusal }));
    const error = await failure(request(client, room));
    expect(error).toMatchObject({ ...refusal, issues: [{ path: "a", code: "b", message: "c" }] });
    expect(error.roomId).toBe(
      { "dialogue:join": "b", "dialogue:createRoom": "c", "dialogue:deleteRoom": "c" }[name] ??
        (OF_ROOMS.includes(name) ? "a" : undefined),
    );
  });

  test("the connection is cut instead of an answer", async () => {
    const { client, room, server } = await inRoom(name, () => server.cut(), { reconnection: false });
    expect(await failure(request(client, room))).toMatchObject({ code: "DISCONNECTED" });
  });

  test("the server says goodbye instead of an answer", async () => {
    const { client, room } = await inRoom(name, (_payload, _ack, socket) => socket.disconnect());
    expect(await failure(request(client, room))).toMatchObject({ code: "DISCONNECTED" });
  });

  test("the client disconnects before the answer", async () => {
    const { client, room, server } = await inRoom(name, () => {});
    const answer = failure(request(client, room));
    await server.asked(name);
    client.disconnect();
    expect(await answer).toMatchObject({ code: "DISCONNECTED" });
  });

  test("the client is not connected", async () => {
    const { client, room, server } = await inRoom(name, () => {}, { reconnection: false });
    server.cut();
    await next(client.onDisconnect.bind(client));
    const asked = server.requests.length;
    expect(await failure(request(client, room))).toMatchObject({ code: "DISCONNECTED" });
    await server.run().catch(() => {});
    expect(server.requests.length).toBe(asked);
  });
});

test("an answer that comes twice counts once", async () => {
  const { room, errors } = await inRoom("dialogue:trigger", (_payload, ack) => {
    ack({ ok: true, timestamp: 1, offset: 1 });
    ack({ ok: true, timestamp: 2, offset: 2 });
  });
  expect(await room.trigger("message", {})).toEqual({ timestamp: 1, offset: 1 });
  expect(errors).toEqual([]);
});

test("the wrong shape in the right envelope", async () => {
  const server = await Hostile.start();
  const { client } = await connected(server);
  const room = await client.join("a");
  const malformed: Answers = {
    "dialogue:join": (_, ack) => ack({ ok: true, roomName: "B", epoch: 5, offset: -1, subscriptions: "all" }),
    "dialogue:listRooms": (_, ack) => ack({ ok: true, rooms: [{ id: 5 }] }),
    "dialogue:createRoom": (_, ack) => ack({ ok: true, id: "c" }),
    "dialogue:trigger": (_, ack) => ack({ ok: true, timestamp: "now" }),
    "dialogue:getHistory": (_, ack) => ack({ ok: true, events: [{ event: "message" }] }),
  };
  server.answers = malformed;
  for (const name of Object.keys(malformed)) {
    expect(await failure(REQUESTS[name]!(client, room)), name).toMatchObject({ code: "BAD_ANSWER" });
  }
});

describe.each(OF_ROOMS)("%s of a room that is not there any more", (name) => {
  const request = REQUESTS[name]!;

  test.each<[string, (context: { room: RoomContext; server: Hostile }) => void]>([
    ["left", ({ room }) => void room.leave()],
    ["taken away", ({ server }) => void server.socket.emit("dialogue:left", { roomId: "a" })],
    ["deleted", ({ server }) => void server.socket.emit("dialogue:roomDeleted", { roomId: "a" })],
  ])("%s", async (_how, end) => {
    const { client, room, server } = await inRoom("", () => {});
    const left = next(room.onLeft.bind(room));
    end({ room, server });
    await left;
    const error = await failure(request(client, room));
    expect(error).toMatchObject({ code: "NOT_IN_ROOM", roomId: "a" });
    expect(error.message).toContain("join it again");
    expect(client.getRoom("a")).toBeUndefined();
    await room.leave();
  });

  test("deleted before the answer", async () => {
    const { client, room, server } = await inRoom(name, (_payload, _ack, socket) =>
      socket.emit("dialogue:roomDeleted", { roomId: "a" }),
    );
    const deleted = next(client.onRoomDeleted.bind(client));
    expect(await failure(request(client, room))).toMatchObject({ code: "ROOM_NOT_FOUND", roomId: "a" });
    expect(await deleted).toEqual(["a"]);
    expect(server.sockets.length).toBe(1);
  });
});

test("what nobody waits for fails to onError, with what it was about", async () => {
  const { room, client } = await inRoom("dialogue:trigger", (_payload, ack) =>
    ack({ ok: false, error: { code: "EVENT_REJECTED", message: "no" } }),
  );
  const [told] = await Promise.all([
    next(client.onError.bind(client)),
    void room.trigger("message", {}, undefined, { id: "k" }),
  ]);
  expect(told[0]).toMatchObject({ code: "EVENT_REJECTED", roomId: "a", event: "message", id: "k" });
});

test("the errors of a trigger have its id, also when the client made it", async () => {
  const { room, server } = await inRoom("dialogue:trigger", (_payload, ack) =>
    ack({ ok: false, error: { code: "INTERNAL", message: "no" } }),
  );
  const error = await failure(room.trigger("message", {}));
  const [payload] = await server.asked("dialogue:trigger");
  expect(payload.id).toMatch(/^[\da-f]{24}$/);
  expect(error.id).toBe(payload.id);
});

test("what cannot be JSON is refused here", async () => {
  const { room } = await inRoom("", () => {});
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const data of [circle, 5n]) {
    expect(await failure(room.trigger("message", data))).toMatchObject({ code: "INVALID_REQUEST", event: "message" });
  }
});

test("a payload is what it was when it was triggered", async () => {
  const { room, server } = await inRoom("", () => {});
  const data = { text: "before", at: new Date(0), nothing: undefined };
  const answer = room.trigger("message", data, { trace: 7 }, { id: "k" });
  data.text = "after";
  await answer;
  const [payload] = await server.asked("dialogue:trigger");
  expect(payload).toEqual({
    roomId: "a",
    event: "message",
    data: { text: "before", at: "1970-01-01T00:00:00.000Z" },
    meta: { trace: 7 },
    id: "k",
  });
});

test("a request has its own deadline", async () => {
  const { room } = await inRoom("dialogue:trigger", () => {}, { timeout: 1e9 });
  expect(await failure(room.trigger("message", {}, undefined, { timeout: 10 }))).toMatchObject({ code: "TIMEOUT" });
});

test("history by range and by cursor", async () => {
  const events = [{ event: "message", roomId: "a", data: 1, from: "b", timestamp: 1, offset: 3 }];
  const { room, server } = await inRoom("dialogue:getHistory", (_payload, ack) => ack({ ok: true, events }));
  expect(await room.getHistory("message")).toEqual(events);
  await room.getHistory("message", 20);
  await room.getHistory("message", 20, 40);
  await room.getHistory("message", { before: 7, limit: 5 });
  await room.getHistory("message", { before: 7 });
  await room.getHistory("message", {});
  const base = { roomId: "a", eventName: "message" };
  expect(await server.asked("dialogue:getHistory", 6)).toEqual([
    { ...base, start: 0, end: 50 },
    { ...base, start: 20, end: 70 },
    { ...base, start: 20, end: 40 },
    { ...base, before: 7, start: 0, end: 5 },
    { ...base, before: 7, start: 0, end: 50 },
    { ...base, start: 0, end: 50 },
  ]);
});

test("a join that timed out is taken back", async () => {
  const server = await Hostile.start({ "dialogue:join": () => {} });
  const { client } = await connected(server, { timeout: 200 });
  expect(await failure(client.join("a"))).toMatchObject({ code: "TIMEOUT", roomId: "a" });
  expect(await server.asked("dialogue:leave")).toEqual([{ roomId: "a" }]);
});

describe("frames that are not of the protocol", () => {
  test("are told, and nothing else happens", async () => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server);
    const room = await client.join("a");
    const heard = vi.fn();
    for (const on of [room.onAny, room.onHistory, room.onGap, room.onLeft]) on.call(room, heard);
    for (const on of [client.onHistory, client.onRoomCreated, client.onRoomDeleted]) on.call(client, heard);
    const good = { event: "message", roomId: "a", data: 1, from: "b", timestamp: 1 };
    const frames: [string, ...unknown[]][] = [
      ...[undefined, null, 5, "x", [], {}].flatMap((payload) =>
        ["event", "history", "joined", "left", "roomCreated", "roomDeleted", "error"].map((name): [string, unknown] => [
          `dialogue:${name}`,
          payload,
        ]),
      ),
      ["dialogue:event", { ...good, offset: "1" }],
      ["dialogue:event", { ...good, offset: -1 }],
      ["dialogue:event", { ...good, offset: 1.5 }],
      ["dialogue:event", { ...good, id: {} }],
      ["dialogue:history", { roomId: "a", events: [good, 5] }],
      ["dialogue:connected", { clientId: "again", userId: "eve" }],
    ];
    for (const frame of frames) server.socket.emit(...frame);
    server.socket.emit("dialogue:of-a-later-version", {});
    server.socket.emit("dialogue:error", { code: "INTERNAL", message: "this one is well-formed" });
    await vi.waitFor(() => expect(errors.at(-1)?.code).toBe("INTERNAL"));
    expect(errors.length).toBe(frames.length + 1);
    expect(errors.slice(0, -1).every(({ code }) => code === "BAD_ANSWER")).toBe(true);
    expect(heard).not.toHaveBeenCalled();
    expect([client.userId, client.connected, room.joined]).toEqual(["alice", true, true]);
  });

  test("may say of an event what they like", async () => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server);
    const room = await client.join("a");
    const heard = next<[EventMessage]>((handler) => room.on("message", handler));
    server.socket.emit("dialogue:event", { event: "message", roomId: "a", data: 1, from: "b", timestamp: 1, meta: "m" });
    expect((await heard)[0].meta).toBe("m");
    expect(errors).toEqual([]);
  });

  test("may have the names of what every object has", async () => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server);
    for (const name of ["constructor", "__proto__", "toString"]) server.socket.emit(name, null);
    const heard = next<[unknown]>((handler) => client.on("own", handler));
    server.socket.emit("own", 1);
    expect(await heard).toEqual([1]);
    expect(errors).toEqual([]);
  });

  test("and not even of Socket.IO's end the connection, and it comes back", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server);
    const { conn } = server.socket;
    (conn as unknown as { write(text: string): void }).write('2["connect_error",null]');
    expect(await next(client.onDisconnect.bind(client))).toEqual(["parse error"]);
    await next(client.onConnect.bind(client));
  });
});

test("what the server sends under names of its own is heard, and those of the protocol are not for that", async () => {
  const server = await Hostile.start();
  const { client } = await connected(server);
  const heard: unknown[] = [];
  const off = client.on("chat:members", (members) => heard.push(members));
  const first = next<[unknown]>((handler) => client.on("chat:members", handler));
  server.socket.emit("chat:members", ["alice"]);
  await first;
  off();
  const second = next<[unknown]>((handler) => client.on("chat:members", handler));
  server.socket.emit("chat:members", []);
  await second;
  expect(heard).toEqual([["alice"]]);
  expect(() => client.on("dialogue:event", () => {})).toThrow(DialogueError);
});

test("rooms that are created, and their makers", async () => {
  const info = { id: "c", name: "C", size: 0, createdById: "alice" };
  const server = await Hostile.start({
    "dialogue:createRoom": (_payload, ack) => ack({ ok: true, ...info }),
    "dialogue:listRooms": (_payload, ack) => ack({ ok: true, rooms: [info] }),
    "dialogue:deleteRoom": (_payload, ack, socket) => {
      socket.emit("dialogue:roomDeleted", { roomId: "c" });
      ack({ ok: true, roomId: "c" });
    },
    "dialogue:renew": (_payload, ack) => ack({ ok: true, expiresAt: 5 }),
  });
  const { client } = watched(server.url);
  await client.connect();
  expect(await client.createRoom({ id: "c", name: "C" })).toEqual(info);
  expect(await client.listRooms()).toEqual([info]);
  const room = await client.join("c");
  const left = next(room.onLeft.bind(room));
  await client.deleteRoom("c");
  expect((await left)[0]).toMatchObject({ code: "ROOM_NOT_FOUND" });
  expect(await client.renew("t")).toEqual({ expiresAt: 5 });
  const created = next(client.onRoomCreated.bind(client));
  server.socket.emit("dialogue:roomCreated", info);
  expect(await created).toEqual([info]);
});
