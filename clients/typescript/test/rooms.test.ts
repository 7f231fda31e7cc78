import { describe, expect, test, vi } from "vitest";
import type { EventMessage, RoomContext } from "../src/index.js";
import { Hostile, connected, event, failure, joined, next, task } from "./support/hostile.js";

/** What a room hears, by the numbers in the payloads. */
function listen(room: RoomContext): unknown[] {
  const heard: unknown[] = [];
  room.on("message", (message) => heard.push(message.data.n));
  room.onHistory((events) => heard.push(`history ${events.map(({ data }) => data.n)}`));
  room.onGap(({ newEpoch }) => heard.push(newEpoch ? "new epoch" : "gap"));
  return heard;
}

/** The room has heard that. */
const hears = (heard: unknown[], ...expected: unknown[]) => vi.waitFor(() => expect(heard).toEqual(expected));

test("joining twice, also at once, gives the same context", async () => {
  const server = await Hostile.start();
  const { client } = await connected(server);
  const [first, second] = await Promise.all([client.join("a"), client.join("a")]);
  expect(second).toBe(first);
  expect(await client.join("a")).toBe(first);
  expect(client.getRoom("a")).toBe(first);
  expect([first.roomId, first.roomName, first.joined]).toEqual(["a", "Room a", true]);
  expect(await server.asked("dialogue:join")).toEqual([{ roomId: "a" }]);
  expect(client.getRoom("b")).toBeUndefined();
});

test("joining again with subscriptions replaces them, and also at once", async () => {
  const server = await Hostile.start({
    "dialogue:join": ({ roomId, subscriptions }, ack) => ack(joined(roomId, { subscriptions: subscriptions ?? ["*"] })),
  });
  const { client } = await connected(server);
  await Promise.all([client.join("a"), client.join("a", { subscriptions: ["message"] })]);
  await client.join("a", { subscriptions: [] });
  server.cut();
  const requests = await server.asked("dialogue:join", 4);
  expect(requests.map(({ subscriptions }) => subscriptions)).toEqual([undefined, ["message"], [], []]);
});

test("a join that was refused may be tried again", async () => {
  const server = await Hostile.start({
    "dialogue:join": (_payload, ack) => ack({ ok: false, error: { code: "ROOM_FULL", message: "full" } }),
  });
  const { client } = await connected(server);
  const both = await Promise.all([failure(client.join("a")), failure(client.join("a"))]);
  expect(both.map(({ code, roomId }) => [code, roomId])).toEqual([
    ["ROOM_FULL", "a"],
    ["ROOM_FULL", "a"],
  ]);
  server.answers = {};
  expect((await client.join("a")).joined).toBe(true);
});

describe("nothing is lost", () => {
  test("between the answer of a join and the application's handlers", async () => {
    const server = await Hostile.start({
      "dialogue:join": ({ roomId }, ack, socket) => {
        ack(joined(roomId));
        socket.emit("dialogue:history", { roomId, events: [event(roomId, 1)] });
        socket.emit("dialogue:event", event(roomId, 2));
      },
    });
    const { client } = await connected(server, { transports: ["polling"] });
    const history = vi.fn();
    client.onHistory(history);
    const room = await client.join("a");
    for (let hops = 0; hops < 20; hops += 1) await Promise.resolve();
    await hears(listen(room), "history 1", 2);
    expect(history).toHaveBeenCalledExactlyOnceWith("a", [event("a", 1)]);
  });

  test("and what one says at once after joining is heard before its answer", async () => {
    const server = await Hostile.start({
      "dialogue:trigger": ({ data }, ack, socket) => {
        socket.emit("dialogue:event", event("a", data.n));
        ack({ ok: true, timestamp: 1 });
      },
    });
    const { client } = await connected(server);
    for (const retry of [false, true]) {
      const room = await client.join("a");
      const heard = listen(room);
      await room.trigger("message", { n: 1 }, undefined, { retry });
      expect(heard).toEqual([1]);
      await room.leave();
    }
  });

  test("when the server joins the client first", async () => {
    const server = await Hostile.start();
    server.greet = (socket) => {
      socket.emit("dialogue:connected", { clientId: socket.id, userId: "alice" });
      socket.emit("dialogue:joined", joined("a"));
      socket.emit("dialogue:history", { roomId: "a", events: [event("a", 1)] });
      socket.emit("dialogue:event", event("a", 2));
      socket.emit("seated", null);
    };
    const { client } = await connected(server);
    server.socket.emit("dialogue:event", event("a", 3));
    const heard = listen(await client.join("a"));
    server.socket.emit("dialogue:event", event("a", 4));
    await hears(heard, "history 1", 2, 3, 4);
  });

  test("but what is too much, of which there is a gap to tell", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server);
    for (let n = 1; n <= 1002; n += 1) server.socket.emit("dialogue:event", event("a", n));
    const gaps = vi.fn();
    client.onGap(gaps);
    const heard = listen(await client.join("a"));
    await hears(heard, "gap", ...Array.from({ length: 1000 }, (_, index) => index + 3));
    expect(gaps).toHaveBeenCalledExactlyOnceWith({ roomId: "a", newEpoch: false });
  });

  test("but of rooms that nobody joins, when they are too many", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server);
    const told = next(client.onError.bind(client));
    for (let n = 0; n <= 256; n += 1) server.socket.emit("dialogue:event", event(`room ${n}`, n));
    expect((await told)[0]).toMatchObject({ code: "OVERLOADED", roomId: "room 0" });
  });
});

test("what still comes from a life of the room that was left is not heard in the next one", async () => {
  const server = await Hostile.start({
    "dialogue:leave": ({ roomId }, ack, socket) => {
      socket.emit("dialogue:event", event(roomId, 1));
      ack({ ok: true, roomId });
    },
  });
  const { client } = await connected(server);
  const first = await client.join("a");
  const left = first.leave();
  const second = await client.join("a");
  expect(second).not.toBe(first);
  const heard = listen(second);
  server.socket.emit("dialogue:event", event("a", 2));
  await hears(heard, 2);
  await left;
});

describe("after a lost connection", () => {
  const record = (n: number) => event("a", n, { offset: n });

  test("rooms are joined again in their order, with their subscriptions and where they were", async () => {
    const server = await Hostile.start({
      "dialogue:join": ({ roomId, subscriptions }, ack) =>
        ack(joined(roomId, { offset: 5, subscriptions: subscriptions ?? ["message"] })),
    });
    const { client } = await connected(server);
    const b = await client.join("b");
    const a = await client.join("a");
    await a.subscribe("typing");
    await a.unsubscribe("message");
    await b.subscribeAll();
    const heard = listen(a);
    server.socket.emit("dialogue:event", record(6));
    await hears(heard, 6);
    const gone = next(client.onDisconnect.bind(client));
    server.cut();
    await gone;
    expect([a.joined, client.state]).toEqual([false, "connecting"]);
    const requests = await server.asked("dialogue:join", 4);
    expect(requests.slice(2)).toEqual([
      { roomId: "b", subscriptions: ["message", "*"], resume: { epoch: "e1", offset: 5 } },
      { roomId: "a", subscriptions: ["typing"], resume: { epoch: "e1", offset: 6 } },
    ]);
    await vi.waitFor(() => expect(a.joined).toBe(true));
    expect(client.getRoom("a")).toBe(a);
  });

  test("what was missed comes before what the server's own join brought", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server);
    const heard = listen(await client.join("a"));
    server.socket.emit("dialogue:event", record(1));
    await hears(heard, 1);
    server.greet = (socket) => {
      socket.emit("dialogue:connected", { clientId: socket.id, userId: "alice" });
      socket.emit("dialogue:joined", joined("a"));
      socket.emit("dialogue:history", { roomId: "a", events: [record(3), record(2), record(1)] });
      socket.emit("dialogue:event", record(4));
    };
    server.answers = {
      "dialogue:join": (_payload, ack, socket) => {
        ack(joined("a", { resumed: true, missed: 2, offset: 4 }));
        for (const n of [2, 3, 5]) socket.emit("dialogue:event", record(n));
      },
    };
    server.cut();
    await hears(heard, 1, 2, 3, 4, 5);
  });

  test("to a server with another epoch there is a gap, and then its history", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server);
    const heard = listen(await client.join("a"));
    server.socket.emit("dialogue:event", record(1));
    await hears(heard, 1);
    const gap = next(client.onGap.bind(client));
    await server.stop();
    server.answers = {
      "dialogue:join": (_payload, ack, socket) => {
        ack(joined("a", { epoch: "e2", offset: 1 }));
        socket.emit("dialogue:history", { roomId: "a", events: [record(1)] });
        socket.emit("dialogue:event", record(2));
      },
    };
    await server.run();
    expect(await gap).toEqual([{ roomId: "a", newEpoch: true }]);
    await hears(heard, 1, "new epoch", "history 1", 2);
    server.cut();
    expect((await server.asked("dialogue:join", 3))[2].resume).toEqual({ epoch: "e2", offset: 2 });
  });

  test.each(["ROOM_FULL", "LIMIT_REACHED", "JOIN_DENIED", "ROOM_NOT_FOUND"])("a room that answers %s has been left", async (code) => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server);
    const [a, b] = [await client.join("a"), await client.join("b")];
    const left = next(a.onLeft.bind(a));
    server.answers = {
      "dialogue:join": ({ roomId }, ack) =>
        ack(roomId === "a" ? { ok: false, error: { code, message: "no" } } : joined("b")),
    };
    server.cut();
    expect((await left)[0]).toMatchObject({ code, roomId: "a" });
    await vi.waitFor(() => expect(b.joined).toBe(true));
    expect(client.getRoom("a")).toBeUndefined();
    expect(errors.map((error) => error.code)).toEqual([code]);
  });

  test.each(["RATE_LIMITED", "OVERLOADED"])("a room that answers %s is asked again", async (code) => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server);
    const room = await client.join("a");
    let refusals = 2;
    server.answers = {
      "dialogue:join": ({ roomId }, ack) => {
        refusals -= 1;
        ack(refusals >= 0 ? { ok: false, error: { code, message: "later", retryAfter: 1 } } : joined(roomId));
      },
    };
    server.cut();
    await server.asked("dialogue:join", 4);
    await vi.waitFor(() => expect(room.joined).toBe(true));
    expect(errors).toEqual([]);
  });

  test("a room that is left meanwhile is not joined again", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server);
    const room = await client.join("a");
    await client.join("b");
    client.onDisconnect(() => void room.leave());
    server.cut();
    await server.asked("dialogue:join", 3);
    expect((await server.asked("dialogue:join", 3)).map(({ roomId }) => roomId)).toEqual(["a", "b", "b"]);
  });

  test("that cannot be made again the rooms wait for connect, and resume", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server, { reconnection: false });
    const room = await client.join("a");
    server.socket.emit("dialogue:event", record(3));
    await hears(listen(room), 3);
    server.cut();
    await next(client.onError.bind(client));
    expect([client.state, client.getRoom("a")]).toEqual(["disconnected", room]);
    await client.connect();
    expect((await server.asked("dialogue:join", 2))[1].resume).toEqual({ epoch: "e1", offset: 3 });
  });
});

test("disconnect leaves all rooms, without an error", async () => {
  const server = await Hostile.start();
  const { client, errors } = await connected(server);
  const room = await client.join("a");
  const left = next(room.onLeft.bind(room));
  const gone = next(client.onDisconnect.bind(client));
  client.disconnect();
  expect([await left, await gone]).toEqual([[], ["io client disconnect"]]);
  expect([client.getRoom("a"), room.joined, client.state, client.clientId]).toEqual([
    undefined,
    false,
    "disconnected",
    "",
  ]);
  await client.connect();
  await client.join("b");
  expect((await server.asked("dialogue:join")).map(({ roomId }) => roomId)).toEqual(["a", "b"]);
  expect(errors).toEqual([]);
});

test("handlers: each is called once for each event, until it is taken off, and others stay", async () => {
  const server = await Hostile.start();
  const { client } = await connected(server);
  const room = await client.join("a");
  const heard: string[] = [];
  const handler = () => heard.push("one");
  const off = room.on("message", handler);
  room.on("message", handler);
  room.on("other", () => heard.push("other"));
  room.onAny((name, { data }: EventMessage<any>) => heard.push(`${name} ${data.n}`));
  server.socket.emit("dialogue:event", event("a", 1));
  await hears(heard, "one", "one", "message 1");
  off();
  off();
  server.socket.emit("dialogue:event", event("a", 2));
  await hears(heard, "one", "one", "message 1", "one", "message 2");
});

test("a thousand rooms that were joined and left leave nothing behind", async () => {
  const server = await Hostile.start();
  const { client } = await connected(server);
  const cycle = async (n: number): Promise<WeakRef<object>> => {
    const room = await client.join(`room ${n}`);
    room.on("message", () => {});
    room.onAny(() => {});
    await room.trigger("message", { n });
    await room.trigger("message", { n }, undefined, { retry: true });
    await room.subscribe("message");
    await room.leave();
    return new WeakRef(room);
  };
  await cycle(-1);
  await task();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const rooms: WeakRef<object>[] = [];
  for (let n = 0; n < 1000; n += 1) rooms.push(await cycle(n));
  await vi.waitFor(() => {
    globalThis.gc?.();
    expect(rooms.filter((room) => room.deref()).length).toBe(0);
  });
  expect(globalThis.gc).toBeDefined();
  expect(timers()).toBeLessThanOrEqual(before);
});
