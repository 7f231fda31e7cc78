// The package dialogue-client against real servers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DialogueError } from "dialogue-client";
import { Ear, connect, failure, next, numbered, open, sayAll } from "./support/dialogue.mjs";
import { Line } from "./support/line.mjs";
import { ChatServer, ReferenceServer } from "./support/server.mjs";

process.on("unhandledRejection", (reason) => {
  throw reason;
});

const TRANSPORTS = [["websocket"], ["polling"], ["websocket", "polling"]];
const message = (text) => ({ text, senderId: "alice" });

/** Alice behind a line that can be cut, Bob, and both in the room. */
async function aliceAndBob(t, { roomId = "chat", server, ...options } = {}) {
  server ??= await ReferenceServer.start(t);
  const line = await Line.to(t, server);
  const { client: bob } = await connect(t, server, "bob");
  const bobs = await bob.join(roomId);
  const { client: alice, errors } = await connect(t, line, "alice", options);
  const room = await alice.join(roomId);
  return { server, line, bob, bobs, alice, room, errors, ear: new Ear(room) };
}

/** Does something while Alice is cut off. */
async function meanwhile({ alice, line }, action) {
  const lost = next(alice, "onDisconnect");
  await line.cut();
  await lost;
  await action();
  await line.mend();
}

for (const transports of TRANSPORTS) {
  describe(`over ${transports.join(", then ")}`, () => {
    test("what is said is heard by all, in one order, before the answer", async (t) => {
      const { bobs, room, ear } = await aliceAndBob(t, { transports });
      const bobsEar = new Ear(bobs);
      const { timestamp, offset } = await room.trigger("message", message("m1"), { trace: 7 }, { id: "k" });
      assert.deepEqual(ear.heard, [
        {
          event: "message",
          roomId: "chat",
          data: message("m1"),
          from: "alice",
          timestamp,
          meta: { trace: 7 },
          id: "k",
          offset,
        },
      ]);
      await bobsEar.hears("m1");
      await Promise.all(
        numbered(2, 100).map((text, index) => (index % 2 ? room : bobs).trigger("message", message(text))),
      );
      await Promise.all([ear.hasHeard(100), bobsEar.hasHeard(100)]);
      assert.deepEqual(ear.texts, bobsEar.texts);
      assert.deepEqual(new Set(ear.texts), new Set(numbered(1, 100)));
    });

    test("a cut connection loses and doubles nothing", async (t) => {
      const world = await aliceAndBob(t, { transports });
      await sayAll(world.bobs, 1, 3);
      await world.ear.hears(...numbered(1, 3));
      await meanwhile(world, () => sayAll(world.bobs, 4, 50));
      await world.ear.hears(...numbered(1, 50));
      await sayAll(world.bobs, 51, 52);
      await world.ear.hears(...numbered(1, 52));
    });

    test("the server's own join, history and live events come before the application's join, and wait for it", async (t) => {
      const server = await ReferenceServer.start(t);
      const { client: bob } = await connect(t, server, "bob");
      const bobs = await bob.join("joined-by-server");
      await sayAll(bobs, 1, 3);
      const { client: alice } = open(t, server, { auth: { userId: "alice", joined: true }, transports });
      const seated = new Promise((resolve) => alice.on("seated", resolve));
      const histories = [];
      alice.onHistory((roomId, events) => histories.push([roomId, events.map(({ data }) => data.text)]));
      await alice.connect();
      await seated;
      await sayAll(bobs, 4, 5);
      await alice.listRooms();
      assert.deepEqual(histories, []);
      const ear = new Ear(await alice.join("joined-by-server"));
      await sayAll(bobs, 6, 6);
      await ear.hears(...numbered(4, 6));
      assert.deepEqual(histories, [["joined-by-server", ["m3", "m2", "m1"]]]);
    });

    test("who is joined by the server again and resumes hears everything once and in order", async (t) => {
      const server = await ReferenceServer.start(t);
      const world = await aliceAndBob(t, {
        server,
        roomId: "joined-by-server",
        auth: { userId: "alice", joined: true },
        transports,
      });
      await sayAll(world.bobs, 1, 2);
      await world.ear.hears("m1", "m2");
      let saying;
      await meanwhile(world, async () => {
        await sayAll(world.bobs, 3, 20);
        // While Alice comes back.
        saying = sayAll(world.bobs, 21, 60);
      });
      await saying;
      await world.ear.hears(...numbered(1, 60));
    });
  });
}

test("errors are typed, and have every issue", async (t) => {
  const { client } = await connect(t, await ReferenceServer.start(t), "alice");
  const room = await client.join("chat");
  const error = await failure(room.trigger("message", { text: "", senderId: 5 }, undefined, { id: "k" }));
  assert.ok(error instanceof DialogueError);
  const { code, roomId, event, id, issues } = error;
  assert.deepEqual(
    { code, roomId, event, id },
    { code: "VALIDATION_FAILED", roomId: "chat", event: "message", id: "k" },
  );
  assert.deepEqual(
    issues.map(({ path }) => path),
    ["senderId"],
  );
  const lengths = await failure(room.trigger("message", { text: "", senderId: "alice" }));
  assert.deepEqual(lengths.issues, [
    { path: "text", code: "length", message: "too short", params: { min: 1, max: 1000 } },
  ]);

  const codes = {
    ROOM_NOT_FOUND: () => client.join("nowhere"),
    EVENT_NOT_ALLOWED: () => room.trigger("shout"),
    INVALID_REQUEST: () => room.getHistory("message", 5, 3),
    ROOM_EXISTS: () => client.createRoom({ id: "chat", name: "Mine" }),
    PERMISSION_DENIED: () => client.deleteRoom("chat"),
  };
  for (const [code, request] of Object.entries(codes)) assert.equal((await failure(request())).code, code);
});

test("the last seat is refused to who comes later", async (t) => {
  const server = await ReferenceServer.start(t);
  await (await connect(t, server, "bob")).client.join("tiny");
  const { client: alice } = await connect(t, server, "alice");
  const error = await failure(alice.join("tiny"));
  assert.deepEqual([error.code, error.roomId], ["ROOM_FULL", "tiny"]);
});

test("a family's room, subscriptions, and history by cursor", async (t) => {
  const server = await ReferenceServer.start(t);
  const { client: alice } = await connect(t, server, "alice");
  const { client: bob } = await connect(t, server, "bob");
  const [match, bobs] = [await alice.join("match:7", { subscriptions: [] }), await bob.join("match:7")];
  assert.equal(match.roomName, "Match 7");
  const ear = new Ear(match);
  await bobs.trigger("move", { x: 1, y: 1 });
  await match.subscribe("move");
  await bobs.trigger("move", { x: 2, y: 2 });
  await bobs.trigger("ping");
  await match.unsubscribe("move");
  await match.subscribeAll();
  await bobs.trigger("ping");
  await ear.hasHeard(2);
  assert.deepEqual(
    ear.heard.map(({ event }) => event),
    ["move", "ping"],
  );
  const offsets = (events) => events.map(({ offset }) => offset);
  assert.deepEqual(offsets(await match.getHistory("move")), [2, 1]);
  assert.deepEqual(offsets(await match.getHistory("move", { before: 2, limit: 5 })), [1]);
  assert.deepEqual(await match.getHistory("move", { before: 1 }), []);
});

test("a restarted server has another epoch: there is a gap, and everything works again", async (t) => {
  const server = await ReferenceServer.start(t);
  const { client: alice, errors } = await connect(t, server, "alice");
  const room = await alice.join("chat");
  await sayAll(room, 1, 3);
  const [onClient, onRoom] = [next(alice, "onGap"), next(room, "onGap")];
  await server.stop();
  await server.run();
  assert.deepEqual(await onClient, [{ roomId: "chat", newEpoch: true }]);
  assert.deepEqual(await onRoom, [{ roomId: "chat", newEpoch: true }]);
  assert.equal((await room.trigger("message", message("again"))).offset, 1);
  assert.deepEqual(
    errors.filter(({ code }) => code !== "CONNECT_FAILED"),
    [],
  );
});

test("a room that the restarted server does not have is left", async (t) => {
  const server = await ReferenceServer.start(t);
  const { client: alice } = await connect(t, server, "alice");
  await alice.createRoom({ id: "mine", name: "Mine" });
  const [mine, chat] = [await alice.join("mine"), await alice.join("chat")];
  const left = next(mine, "onLeft");
  await server.stop();
  await server.run();
  assert.equal((await left)[0].code, "ROOM_NOT_FOUND");
  assert.equal((await chat.trigger("message", message("hi"))).offset, 1);
});

test("messages with retry that are sent while away arrive once and in order", async (t) => {
  const world = await aliceAndBob(t);
  const { line, alice, room, bobs } = world;
  const ear = new Ear(bobs);
  const say = (text) => room.trigger("message", message(text), undefined, { retry: true });
  await say("m1");
  // What is said now is published, but its answers get lost.
  line.deafen();
  const answers = [say("m2"), say("m3")];
  await ear.hears("m1", "m2", "m3");
  await meanwhile(world, async () => {
    answers.push(...numbered(4, 40).map(say));
    assert.equal((await failure(room.trigger("message", message("lost")))).code, "DISCONNECTED");
  });
  const receipts = await Promise.all(answers);
  await ear.hears(...numbered(1, 40));
  assert.deepEqual(
    receipts.map(({ offset }) => offset),
    Array.from({ length: 39 }, (_, index) => index + 2),
  );
  assert.equal(alice.connected, true);
});

test("who triggers again with the id of an error publishes once", async (t) => {
  const world = await aliceAndBob(t);
  const ear = new Ear(world.bobs);
  world.line.deafen();
  const lost = failure(world.room.trigger("message", message("m1")));
  await ear.hears("m1");
  const joined = next(world.alice, "onConnect");
  await meanwhile(world, () => {});
  const { code, id } = await lost;
  assert.equal(code, "DISCONNECTED");
  await joined;
  assert.deepEqual((await world.room.trigger("message", message("m1"), undefined, { id })).offset, 1);
  await world.bobs.trigger("message", message("m2"));
  await ear.hears("m1", "m2");
});

test("the function that gives tokens is asked again when the session is over", async (t) => {
  const server = await ReferenceServer.start(t);
  let asked = 0;
  const auth = async () => {
    asked += 1;
    return asked === 1 ? { userId: "alice", sessionMs: 300 } : { userId: "alice" };
  };
  const { client } = open(t, server, { auth });
  await client.connect();
  const room = await client.join("chat");
  const [error] = await next(client, "onError");
  assert.equal(error.code, "UNAUTHENTICATED");
  await next(client, "onConnect");
  assert.equal(asked, 2);
  assert.equal(client.getRoom("chat"), room);
  await room.trigger("message", message("still here"));
});

test("a session can be renewed in its place", async (t) => {
  const server = await ReferenceServer.start(t);
  const { client } = await connect(t, server, "alice");
  assert.deepEqual(await client.renew("fresh"), {});
  assert.equal((await failure(client.renew("refused"))).code, "UNAUTHENTICATED");
});

test("a handshake that is refused says why, and is not repeated", async (t) => {
  const server = await ReferenceServer.start(t);
  const { client } = open(t, server, { auth: { userId: "alice", token: "refused" } });
  const error = await failure(client.connect());
  assert.deepEqual([error.code, error.message], ["UNAUTHENTICATED", "the token is not one of ours"]);
  assert.equal(client.state, "disconnected");
});

test("where WebSockets fail, polling is used", async (t) => {
  const server = await ChatServer.start(t);
  const line = await Line.to(t, server, { hasWebSocket: false });
  const { client } = open(t, line, { auth: { userId: "alice" } });
  const members = new Promise((resolve) => client.on("chat:members", resolve));
  await client.connect();
  assert.deepEqual(await members, ["alice"]);
  const general = await client.join("general");
  assert.equal((await general.trigger("message", message("hi"))).offset, 1);

  const { client: stubborn } = open(t, line, { transports: ["websocket"], reconnection: false });
  assert.equal((await failure(stubborn.connect())).code, "CONNECT_FAILED");
});
