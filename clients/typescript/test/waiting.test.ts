// Requests that are made before there is a connection.
import { describe, expect, test } from "vitest";
import { type DialogueClient, createDialogueClient } from "../src/index.js";
import { Hostile, connected, failure, next, task, watched } from "./support/hostile.js";

/** Everything that can be asked for without a room. */
const REQUESTS: Record<string, (client: DialogueClient) => Promise<unknown>> = {
  "dialogue:join": (client) => client.join("a"),
  "dialogue:listRooms": (client) => client.listRooms(),
  "dialogue:createRoom": (client) => client.createRoom({ id: "c", name: "C" }),
  "dialogue:deleteRoom": (client) => client.deleteRoom("c"),
  "dialogue:renew": (client) => client.renew("t"),
};
const each = Object.entries(REQUESTS);
const all = (client: DialogueClient) => each.map(([, request]) => request(client));
const ANSWERS = {
  "dialogue:listRooms": (_: unknown, ack: (answer: object) => void) => ack({ ok: true, rooms: [] }),
  "dialogue:createRoom": (_: unknown, ack: (answer: object) => void) => ack({ ok: true, id: "c", name: "C", size: 0 }),
  "dialogue:deleteRoom": (_: unknown, ack: (answer: object) => void) => ack({ ok: true }),
  "dialogue:renew": (_: unknown, ack: (answer: object) => void) => ack({ ok: true }),
};

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

/** A client whose connection is lost, and a server that is not there. */
async function lost(options = {}) {
  const server = await Hostile.start(ANSWERS);
  const watch = await connected(server, { reconnectionAttempts: Infinity, ...options });
  const room = await watch.client.join("a");
  const gone = next(watch.client.onDisconnect.bind(watch.client));
  await server.stop();
  await gone;
  return { server, room, ...watch };
}

describe("before the first connection", () => {
  test("a room can be joined at once", async () => {
    const server = await Hostile.start();
    const client = createDialogueClient({ url: server.url });
    const room = await client.join("chat");
    expect([room.joined, client.connected]).toEqual([true, true]);
    client.disconnect();
  });

  test("requests wait for the greeting, and are sent in their order, before those of handlers", async () => {
    const server = await Hostile.start(ANSWERS);
    const { client, errors } = watched(server.url);
    client.onConnect(() => void client.join("late"));
    client.connect();
    const payload = { id: "c", name: "before" };
    const created = client.createRoom(payload);
    payload.name = "after";
    await Promise.all([...all(client), created]);
    await server.asked("dialogue:join", 2);
    expect(server.requests.map(({ name }) => name)).toEqual([
      "dialogue:createRoom",
      ...Object.keys(REQUESTS),
      "dialogue:join",
    ]);
    expect(server.requests[0]!.payload).toEqual({ id: "c", name: "before" });
    expect(errors).toEqual([]);
  });

  test("two joins of one room are one", async () => {
    const server = await Hostile.start();
    const { client } = watched(server.url);
    client.connect();
    const [first, second] = await Promise.all([client.join("a"), client.join("a")]);
    expect(second).toBe(first);
    expect((await server.asked("dialogue:join")).length).toBe(1);
  });

  test("an attempt that fails rejects them with its error, and the next one may succeed", async () => {
    const server = await Hostile.start(ANSWERS);
    await server.stop();
    const { client } = watched(server.url, { reconnectionAttempts: Infinity });
    client.connect().catch(() => {});
    for (const error of await Promise.all(all(client).map(failure))) expect(error.code).toBe("CONNECT_FAILED");
    expect(client.state).toBe("connecting");
    expect((await failure(client.join("a"))).roomId).toBe("a");

    await server.run();
    let room;
    for (let failures = 0; !room; failures += 1) room = await client.join("a").catch(() => undefined);
    expect(room.joined).toBe(true);
  });

  test("a refusal rejects them", async () => {
    const server = await Hostile.start();
    server.refuse = () => ({ code: "UNAUTHENTICATED", message: "no" });
    const { client } = watched(server.url);
    client.connect().catch(() => {});
    expect(await failure(client.join("a"))).toMatchObject({ code: "UNAUTHENTICATED", message: "no", roomId: "a" });
    expect(await failure(client.join("a"))).toMatchObject({ code: "DISCONNECTED", roomId: "a" });
  });

  test("a server that does not greet keeps them waiting for so long only", async () => {
    const server = await Hostile.start();
    server.greet = () => {};
    const { client } = watched(server.url, { timeout: 30 });
    client.connect().catch(() => {});
    expect(await failure(client.join("a"))).toMatchObject({ code: "TIMEOUT", roomId: "a" });
    expect(server.requests).toEqual([]);
  });

  test("while waiting for the next attempt they wait for it, within the timeout", async () => {
    const server = await Hostile.start();
    await server.stop();
    const { client } = watched(server.url, { timeout: 200, reconnectionDelay: 1e9, reconnectionDelayMax: 1e9 });
    await failure(client.connect());
    const error = await failure(client.listRooms());
    expect(error).toMatchObject({ code: "DISCONNECTED" });
    expect(error.message).toContain("was not sent");
  });
});

test.each(each)("%s of a client that does not try to connect rejects at once", async (name, request) => {
  const server = await Hostile.start();
  const { client } = watched(server.url);
  expect(await failure(request(client))).toMatchObject({ code: "DISCONNECTED" });
  await client.connect();
  client.disconnect();
  const error = await failure(request(client));
  expect(error.message).toContain(name);
  expect(server.requests).toEqual([]);
});

test("disconnect while they wait rejects them, and leaves nothing behind", async () => {
  const server = await Hostile.start();
  const { client, errors } = watched(server.url, { timeout: 1e6 });
  const cycle = async () => {
    client.connect();
    const waiting = all(client).map(failure);
    client.disconnect();
    for (const error of await Promise.all(waiting)) expect(error.code).toBe("DISCONNECTED");
  };
  await cycle();
  await task();
  const before = timers();
  for (let n = 0; n < 100; n += 1) await cycle();
  await task();
  expect(timers()).toBeLessThanOrEqual(before);
  await client.connect();
  await client.join("a");
  expect(server.requests.map(({ name }) => name)).toEqual(["dialogue:join"]);
  expect(errors).toEqual([]);
});

describe("after a loss", () => {
  test("those of no room wait for a server that comes back late", async () => {
    const { server, client } = await lost();
    const waiting = all(client);
    const other = client.join("b");
    // Some attempts fail meanwhile.
    for (let n = 0; n < 3; n += 1) await next(client.onError.bind(client));
    await server.run();
    await Promise.all([...waiting, other]);
    expect(server.requests.map(({ name, payload }) => payload?.roomId ?? name)).toEqual([
      "a",
      "a",
      "dialogue:listRooms",
      "dialogue:createRoom",
      "c",
      "dialogue:renew",
      "b",
    ]);
  });

  test("within the timeout", async () => {
    const { server, client } = await lost({ timeout: 200 });
    const error = await failure(client.join("b"));
    expect(error).toMatchObject({ code: "DISCONNECTED", roomId: "b" });
    await server.run();
    await next(client.onConnect.bind(client));
    expect((await client.join("b")).joined).toBe(true);
    expect((await server.asked("dialogue:join", 3)).map(({ roomId }) => roomId)).toEqual(["a", "a", "b"]);
  });

  test("giving up and disconnecting reject them", async () => {
    const given = await lost({ reconnectionAttempts: 2 });
    expect(await failure(given.client.join("b"))).toMatchObject({ code: "CONNECT_FAILED", roomId: "b" });
    expect(given.client.state).toBe("disconnected");
    const { client } = await lost();
    const waiting = failure(client.join("b"));
    client.disconnect();
    expect(await waiting).toMatchObject({ code: "DISCONNECTED", roomId: "b" });
  });

  test("those in a room reject at once", async () => {
    const { server, room } = await lost();
    const requests = [room.trigger("message"), room.subscribe("x"), room.unsubscribe("x"), room.getHistory("message")];
    for (const error of await Promise.all(requests.map(failure))) {
      expect(error).toMatchObject({ code: "DISCONNECTED", roomId: "a" });
    }
    expect(server.requests.length).toBe(1);
  });

  test("connect after giving up is a new beginning: those in a room wait until it is joined again", async () => {
    const { server, room, client } = await lost({ reconnection: false });
    expect(await failure(room.trigger("message"))).toMatchObject({ code: "DISCONNECTED" });
    await server.run();
    client.connect();
    expect(await room.trigger("message")).toEqual({ timestamp: 1 });
    expect(server.requests.map(({ name }) => name)).toEqual(["dialogue:join", "dialogue:join", "dialogue:trigger"]);
  });
});
