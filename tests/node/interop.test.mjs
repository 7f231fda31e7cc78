// The official Socket.IO client against the chat server, over every transport.
import assert from "node:assert/strict";
import { test } from "node:test";
import { User, room, trigger } from "./support/client.mjs";
import { ChatServer } from "./support/server.mjs";
import { onEveryTransport } from "./support/transports.mjs";

const SEATS = 50;

onEveryTransport(({ options, chat }) => {
  test("a client is greeted, seated, and told who is there", async (t) => {
    const server = await ChatServer.start(t);
    const alice = User.open(t, server, { userId: "alice" }, options);
    alice.name = "alice";
    const { connected, joined, members } = await alice.welcomed();
    assert.deepEqual(connected, { clientId: alice.socket.id, userId: "alice" });
    assertJoined(joined);
    assert.deepEqual(members, ["alice"]);
    await alice.heardNothingMore();
  });

  test("a client without a name goes by its socket id", async (t) => {
    const server = await ChatServer.start(t);
    const nobody = User.open(t, server, {}, options);
    const { userId } = await nobody.hears("dialogue:connected");
    assert.equal(userId, nobody.socket.id);
  });

  for (const absurd of ["system", "", "x".repeat(257), 5, null]) {
    test(`a client whose name cannot be one goes by its socket id: ${JSON.stringify(absurd)?.slice(0, 20)}`, async (t) => {
      const server = await ChatServer.start(t);
      const nobody = User.open(t, server, { userId: absurd }, options);
      const { userId } = await nobody.hears("dialogue:connected");
      assert.equal(userId, nobody.socket.id);
    });
  }

  test("a join is answered by a frame or by the acknowledgement, never by both", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    const { ok, ...joined } = await alice.ask("dialogue:join", room);
    assert.equal(ok, true);
    assertJoined(joined);
    await alice.heardNothingMore();

    alice.tell("dialogue:join", room);
    assert.deepEqual(await alice.hears("dialogue:joined"), joined);
    await alice.heardNothingMore();
  });

  test("the rooms are listed", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    const { ok, rooms } = await alice.ask("dialogue:listRooms");
    const general = {
      id: "general",
      name: "General Chat",
      description: "Public chat room for everyone.",
      size: 1,
      maxSize: SEATS,
    };
    assert.equal(ok, true);
    assert.deepEqual(rooms, [general]);

    alice.tell("dialogue:listRooms");
    assert.deepEqual(await alice.hears("dialogue:rooms"), [general]);
    await alice.heardNothingMore();
  });

  test("a message reaches everybody, its sender too", async (t) => {
    const { users } = await chat(t, "alice", "bob", "carol");
    const [alice] = users;
    const data = { text: "hello", senderId: "alice", replyTo: "hm?" };
    const receipt = await alice.ask("dialogue:trigger", {
      ...trigger("message", data),
      id: "k1",
      meta: { from: "test" },
    });
    const { timestamp } = receipt;
    assert.deepEqual(receipt, { ok: true, timestamp, offset: 1 });
    const expected = {
      event: "message",
      roomId: "general",
      data,
      from: "alice",
      timestamp,
      meta: { from: "test" },
      id: "k1",
      offset: 1,
    };
    for (const user of users) {
      assert.deepEqual(await user.hearsEvent("message"), expected);
      await user.heardNothingMore();
    }

    alice.tell("dialogue:trigger", trigger("typing", { isTyping: true }));
    for (const user of users) {
      const { timestamp: later, ...envelope } = await user.hearsEvent("typing");
      assert.ok(later >= timestamp);
      assert.deepEqual(envelope, { event: "typing", roomId: "general", data: { isTyping: true }, from: "alice" });
      await user.heardNothingMore();
    }
  });

  test("a hundred messages arrive in their order", async (t) => {
    const { users } = await chat(t, "alice", "bob");
    const [alice] = users;
    const texts = Array.from({ length: 100 }, (_, number) => `message ${number}`);
    const answers = [];
    for (const [number, text] of texts.entries()) {
      if (number % 2) answers.push(alice.say(text));
      else alice.tell("dialogue:trigger", trigger("message", { text, senderId: "alice" }));
    }
    for (const answer of await Promise.all(answers)) assert.equal(answer.ok, true);
    for (const user of users) {
      for (const text of texts) assert.equal((await user.hearsEvent("message")).data.text, text);
      await user.heardNothingMore();
    }
  });

  test("two who speak at once are heard in one order", async (t) => {
    const { users } = await chat(t, "alice", "bob");
    const count = 50;
    for (let number = 0; number < count; number += 1) {
      for (const user of users)
        user.tell("dialogue:trigger", trigger("message", { text: `${number}`, senderId: user.name }));
    }
    const [heardByAlice, heardByBob] = await Promise.all(
      users.map(async (user) => {
        const heard = [];
        while (heard.length < 2 * count) {
          const { from, data } = await user.hearsEvent("message");
          heard.push(`${from} ${data.text}`);
        }
        return heard;
      }),
    );
    assert.deepEqual(heardByAlice, heardByBob);
  });

  test("a client hears what it subscribes to", async (t) => {
    const {
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const typing = trigger("typing", { isTyping: true });
    const speak = async () => {
      assert.equal((await bob.ask("dialogue:trigger", typing)).ok, true);
      assert.equal((await bob.say("hi")).ok, true);
    };

    assert.deepEqual(await alice.ask("dialogue:unsubscribe", { ...room, eventName: "*" }), { ok: true });
    await speak();
    await alice.heardNothingMore();

    assert.deepEqual(await alice.ask("dialogue:subscribe", { ...room, eventName: "message" }), { ok: true });
    await speak();
    await alice.hearsEvent("message");
    await alice.heardNothingMore();

    assert.deepEqual(await alice.ask("dialogue:subscribeAll", room), { ok: true });
    await speak();
    await alice.hearsEvent("typing");
    await alice.hearsEvent("message");
    await alice.heardNothingMore();

    alice.tell("dialogue:unsubscribe", { ...room, eventName: "*" });
    alice.tell("dialogue:subscribe", { ...room, eventName: "typing" });
    alice.tell("dialogue:unsubscribe", { ...room, eventName: "message" });
    await alice.heardNothingMore();
    await speak();
    await alice.hearsEvent("typing");
    await alice.heardNothingMore();

    alice.tell("dialogue:subscribeAll", room);
    await alice.heardNothingMore();
    await speak();
    await alice.hearsEvent("typing");
    await alice.hearsEvent("message");
    await alice.heardNothingMore();
  });

  const everyFault = [
    { path: "replyTo", code: "length", message: "too long", params: { max: 2000 } },
    { path: "senderId", code: "length", message: "too short", params: { min: 1, max: 64 } },
    { path: "text", code: "length", message: "too short", params: { min: 1, max: 2000 } },
  ];
  const REFUSALS = {
    "an unknown room": [
      "dialogue:join",
      { roomId: "nowhere" },
      { code: "ROOM_NOT_FOUND", message: "there is no room `nowhere`", roomId: "nowhere" },
    ],
    "a trigger in an unknown room": [
      "dialogue:trigger",
      trigger("message", { text: "hi", senderId: "alice" }, "nowhere"),
      { code: "ROOM_NOT_FOUND", message: "there is no room `nowhere`", roomId: "nowhere", event: "message" },
    ],
    "an unknown event": [
      "dialogue:trigger",
      trigger("shout", {}),
      {
        code: "EVENT_NOT_ALLOWED",
        message: "clients may not trigger `shout` in the room `general`",
        roomId: "general",
        event: "shout",
      },
    ],
    "an event of the server": [
      "dialogue:trigger",
      trigger("user:joined", { userId: "eve", username: "eve" }),
      {
        code: "EVENT_NOT_ALLOWED",
        message: "clients may not trigger `user:joined` in the room `general`",
        roomId: "general",
        event: "user:joined",
      },
    ],
    "a payload with three faults": [
      "dialogue:trigger",
      trigger("message", { text: "", senderId: "", replyTo: "x".repeat(2001) }),
      {
        code: "VALIDATION_FAILED",
        message: "Event 'message' validation failed: replyTo: too long, senderId: too short, text: too short",
        roomId: "general",
        event: "message",
        issues: everyFault,
      },
    ],
    "a payload of another shape": [
      "dialogue:trigger",
      trigger("message", { text: 5 }),
      {
        code: "VALIDATION_FAILED",
        message: "Event 'message' validation failed: senderId: missing, text: expected a string",
        roomId: "general",
        event: "message",
        issues: [
          { path: "senderId", code: "required", message: "missing" },
          { path: "text", code: "type", message: "expected a string" },
        ],
      },
    ],
    "a subscription to an unknown event": [
      "dialogue:subscribe",
      { ...room, eventName: "shout" },
      {
        code: "EVENT_NOT_ALLOWED",
        message: "the room `general` does not carry the event `shout`",
        roomId: "general",
        event: "shout",
      },
    ],
  };
  for (const [what, [request, payload, expected]] of Object.entries(REFUSALS)) {
    test(`refused: ${what}`, async (t) => {
      const {
        users: [alice],
      } = await chat(t, "alice");
      assert.deepEqual(await alice.ask(request, payload), { ok: false, error: expected });
      await alice.heardNothingMore();

      alice.tell(request, payload);
      // Without an acknowledgement, a subscription that changes nothing is not answered.
      if (request !== "dialogue:subscribe") assert.deepEqual(await alice.hears("dialogue:error"), expected);
      await alice.heardNothingMore();
    });
  }

  test("a malformed request is answered, and the next one works", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    for (const payload of [5, [], null, { roomId: 7 }, { roomId: "general" }]) {
      const { ok, error } = await alice.ask("dialogue:trigger", payload);
      assert.equal(ok, false);
      assert.equal(error.code, "INVALID_REQUEST");
    }
    assert.equal((await alice.say("still here")).ok, true);
    await alice.hearsEvent("message");
    await alice.heardNothingMore();
  });

  test("who has left hears nothing and may say nothing, until joining again", async (t) => {
    const {
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const outside = {
      code: "NOT_IN_ROOM",
      message: "the client has not joined the room `general`",
      roomId: "general",
    };

    assert.deepEqual(await alice.ask("dialogue:leave", room), { ok: true, roomId: "general" });
    assert.deepEqual(await alice.ask("dialogue:leave", room), { ok: false, error: outside });
    assert.deepEqual(await alice.say("hi"), { ok: false, error: { ...outside, event: "message" } });
    await bob.say("gone?");
    await alice.heardNothingMore();

    alice.tell("dialogue:join", room);
    assertJoined(await alice.hears("dialogue:joined"), { offset: 1 });
    const { events } = await alice.hears("dialogue:history");
    assert.deepEqual(
      events.map(({ data }) => data.text),
      ["gone?"],
    );
    alice.tell("dialogue:leave", room);
    assert.deepEqual(await alice.hears("dialogue:left"), { roomId: "general" });
    assert.equal((await alice.ask("dialogue:join", room)).ok, true);
    await bob.say("back?");
    assert.equal((await alice.hearsEvent("message")).data.text, "back?");
  });

  test("a connection that was cut comes back and works", async (t) => {
    const {
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const before = alice.socket.id;
    alice.socket.io.engine.close();
    assert.deepEqual((await bob.hearsEvent("user:left")).data, { userId: "alice" });
    const { connected, members } = await alice.welcomed();
    assert.notEqual(connected.clientId, before);
    assert.deepEqual(members, ["alice", "bob"]);
    assert.deepEqual((await bob.hearsEvent("user:joined")).data, { userId: "alice", username: "alice" });
    assert.equal((await alice.say("I am back")).ok, true);
    assert.equal((await bob.hearsEvent("message")).data.text, "I am back");
  });

  test("the others hear when the last tab of somebody closes", async (t) => {
    const {
      server,
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const secondTab = User.open(t, server, { userId: "bob" }, options);
    await secondTab.hears("chat:members");
    bob.socket.disconnect();
    await alice.seesSize(2);
    await alice.heardNothingMore();

    secondTab.socket.disconnect();
    const { timestamp: _, ...left } = await alice.hearsEvent("user:left");
    assert.deepEqual(left, { event: "user:left", roomId: "general", data: { userId: "bob" }, from: "bob" });
    await alice.heardNothingMore();
  });

  test("the room seats fifty", async (t) => {
    const server = await ChatServer.start(t);
    const users = await Promise.all(
      Array.from({ length: SEATS }, (_, number) => User.connect(t, server, `user ${number}`, options)),
    );
    const full = {
      code: "ROOM_FULL",
      message: `the room \`general\` is full: all ${SEATS} seats are taken`,
      roomId: "general",
    };

    const late = User.open(t, server, { userId: "late" }, options);
    await late.hears("dialogue:connected");
    assert.deepEqual(await late.ask("dialogue:join", room), { ok: false, error: full });
    late.tell("dialogue:join", room);
    assert.deepEqual(await late.hears("dialogue:error"), full);
    await late.heardNothingMore();

    assert.deepEqual(await users[7].ask("dialogue:leave", room), { ok: true, roomId: "general" });
    assert.equal((await late.ask("dialogue:join", room)).ok, true);
    assert.equal((await users[0].say("welcome")).ok, true);
    assert.equal((await late.hearsEvent("message")).data.text, "welcome");
  });
});

function assertJoined(joined, { offset = 0 } = {}) {
  const { epoch, ...rest } = joined;
  assert.match(epoch, /^[\da-f]{32}$/);
  assert.deepEqual(rest, {
    roomId: "general",
    roomName: "General Chat",
    offset,
    resumed: false,
    subscriptions: ["*"],
  });
}
