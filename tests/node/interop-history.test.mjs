// What the chat server remembers, for the official Socket.IO client over every transport.
import assert from "node:assert/strict";
import { test } from "node:test";
import { User, room, trigger } from "./support/client.mjs";
import { ChatServer } from "./support/server.mjs";
import { onEveryTransport } from "./support/transports.mjs";

const KEPT = 100;
const SENT_ON_JOIN = 50;

const page = (part) => ({ ...room, eventName: "message", ...part });
const offsets = (events) => events.map(({ offset }) => offset);
const texts = (events) => events.map(({ data }) => data.text);
/** The numbers from one to the other, both included, downwards. */
const down = (from, to) => Array.from({ length: from - to + 1 }, (_, index) => from - index);

onEveryTransport(({ options, connect, chat }) => {
  test("a newcomer is sent the newest messages, after the join and before anything live", async (t) => {
    const {
      server,
      users: [bob],
    } = await chat(t, "bob");
    await bob.saysMany(SENT_ON_JOIN + 10);
    const { timestamp } = await bob.say("the last", { replyTo: "hm?" });

    const alice = User.open(t, server, { userId: "alice" }, options);
    alice.name = "alice";
    const frames = [];
    alice.socket.onAny((name) => frames.push(name));
    const { joined } = await alice.welcomed();
    assert.equal(joined.offset, SENT_ON_JOIN + 11);
    const { roomId, events } = await alice.hears("dialogue:history");
    assert.equal(roomId, "general");
    assert.deepEqual(offsets(events), down(SENT_ON_JOIN + 11, 12));
    assert.deepEqual(events[0], {
      event: "message",
      roomId: "general",
      data: { text: "the last", senderId: "bob", replyTo: "hm?" },
      from: "bob",
      timestamp,
      offset: SENT_ON_JOIN + 11,
    });
    assert.deepEqual(frames, [
      "dialogue:connected",
      "dialogue:joined",
      "dialogue:history",
      "chat:members",
      "dialogue:event",
    ]);
    await alice.heardNothingMore();

    assert.equal((await alice.ask("dialogue:join", room)).ok, true);
    await alice.heardNothingMore();
  });

  test("nothing but messages is remembered", async (t) => {
    const { server, users } = await chat(t, "alice", "bob");
    await users[0].ask("dialogue:trigger", trigger("typing", { isTyping: true }));
    const carol = await connect(t, server, "carol");
    await carol.heardNothingMore();
    const { events } = await carol.ask("dialogue:getHistory", { ...room, eventName: "typing" });
    assert.deepEqual(events, []);
  });

  test("history by index and by cursor", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    await alice.saysMany(KEPT + 30);
    const ask = (part) => alice.ask("dialogue:getHistory", page(part));

    const { events: newest, ...answer } = await ask({ start: 0, end: 30 });
    assert.deepEqual(answer, { ok: true, roomId: "general", eventName: "message", start: 0, end: 30 });
    assert.deepEqual(offsets(newest), down(130, 101));
    assert.deepEqual(offsets((await ask({ start: 30, end: 40 })).events), down(100, 91));
    assert.deepEqual(offsets((await ask({})).events), down(130, 81));
    assert.deepEqual((await ask({ start: KEPT, end: KEPT + 30 })).events, []);

    const seen = [];
    for (let events; events?.length !== 0; seen.push(...offsets(events))) {
      ({ events } = await ask({ before: seen.at(-1) ?? 131, start: 0, end: 30 }));
    }
    assert.deepEqual(seen, down(130, 31));

    await alice.say("one more");
    assert.deepEqual(offsets((await ask({ before: 101, start: 0, end: 2 })).events), [100, 99]);
    assert.deepEqual(offsets((await ask({ start: 0, end: 2 })).events), [131, 130]);
  });

  test("history without an acknowledgement comes as a frame", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    await alice.say("hello");
    alice.tell("dialogue:getHistory", page({ start: 0, end: 5 }));
    const { events, ...answer } = await alice.hears("dialogue:historyResponse");
    assert.deepEqual(answer, { roomId: "general", eventName: "message", start: 0, end: 5 });
    assert.deepEqual(texts(events), ["hello"]);
  });

  test("history that is refused", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    const code = async (payload) => (await alice.ask("dialogue:getHistory", payload)).error.code;
    assert.equal(await code({ ...room, eventName: "shout" }), "EVENT_NOT_ALLOWED");
    assert.equal(await code({ roomId: "nowhere", eventName: "message" }), "ROOM_NOT_FOUND");
    assert.equal(await code(page({ start: 5, end: 3 })), "INVALID_REQUEST");
    assert.equal(await code(page({ before: "5" })), "INVALID_REQUEST");
    await alice.ask("dialogue:leave", room);
    assert.equal(await code(page({})), "NOT_IN_ROOM");
  });

  test("history is asked for twenty times a minute", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    for (let times = 0; times < 20; times += 1) {
      assert.equal((await alice.ask("dialogue:getHistory", page({}))).ok, true);
    }
    const { ok, error } = await alice.ask("dialogue:getHistory", page({}));
    assert.equal(ok, false);
    assert.equal(error.code, "RATE_LIMITED");
    assert.ok(error.retryAfter > 0 && error.retryAfter <= 60_000, `${error.retryAfter} ms`);
  });

  test("who resumes is sent what was missed, in order and once", async (t) => {
    const {
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const { epoch } = await alice.ask("dialogue:join", room);
    const { offset } = await bob.say("heard");
    await alice.hearsEvent("message");
    await alice.leavesFor(async () => {
      await bob.hearsEvent("user:left");
      await bob.saysMany(SENT_ON_JOIN + 10);
    });
    await alice.welcomed();
    assert.equal((await alice.hears("dialogue:history")).events.length, SENT_ON_JOIN);
    await bob.say("live");

    const { ok, ...seat } = await alice.ask("dialogue:join", { ...room, resume: { epoch, offset } });
    assert.equal(ok, true);
    const last = offset + SENT_ON_JOIN + 11;
    assert.deepEqual(seat, {
      roomId: "general",
      roomName: "General Chat",
      epoch,
      offset: last,
      resumed: true,
      missed: SENT_ON_JOIN + 10,
      subscriptions: ["*"],
    });
    const heard = await alice.hearsEvents("message", SENT_ON_JOIN + 11);
    assert.deepEqual(offsets(heard), [last, ...down(last - 1, offset + 1).reverse()]);
    await alice.heardNothingMore();
  });

  test("who resumes without an acknowledgement is told by a frame", async (t) => {
    const {
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const { epoch, offset } = await alice.ask("dialogue:join", room);
    await alice.leavesFor(() => bob.say("missed"));
    await alice.welcomed();
    await alice.hears("dialogue:history");
    alice.tell("dialogue:join", { ...room, resume: { epoch, offset } });
    assert.equal((await alice.hears("dialogue:joined")).resumed, true);
    assert.equal((await alice.hearsEvent("message")).data.text, "missed");
    await alice.heardNothingMore();
  });

  test("who has missed nothing resumes, too", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    const { offset } = await alice.say("hello");
    await alice.hearsEvent("message");
    const { epoch } = await alice.ask("dialogue:join", room);
    await alice.leavesFor(() => {});
    await alice.welcomed();
    await alice.hears("dialogue:history");
    assert.equal((await alice.ask("dialogue:join", { ...room, resume: { epoch, offset } })).resumed, true);
    await alice.heardNothingMore();
  });

  const LOST = {
    "more was missed than is kept": ({ epoch, offset }) => ({ epoch, offset: offset - 1 }),
    "the room has another life now": ({ offset }) => ({ epoch: "0".repeat(32), offset }),
    "the room has not come so far": ({ epoch, offset }) => ({ epoch, offset: offset + 1000 }),
  };
  for (const [why, place] of Object.entries(LOST)) {
    test(`who cannot resume is told so: ${why}`, async (t) => {
      const {
        users: [alice, bob],
      } = await chat(t, "alice", "bob");
      const { epoch } = await alice.ask("dialogue:join", room);
      const { offset } = await bob.say("heard");
      await alice.hearsEvent("message");
      await alice.leavesFor(() => bob.saysMany(KEPT));
      await alice.welcomed();
      await alice.hears("dialogue:history");
      const resume = place({ epoch, offset });
      assert.equal((await alice.ask("dialogue:join", { ...room, resume })).resumed, false);
      await alice.heardNothingMore();

      // Just as much as is kept.
      assert.equal((await alice.ask("dialogue:join", { ...room, resume: { epoch, offset } })).resumed, true);
      assert.equal((await alice.hearsEvents("message", KEPT)).length, KEPT);
    });
  }

  test("a restarted server has another epoch, and has forgotten", async (t) => {
    const {
      server,
      users: [alice],
    } = await chat(t, "alice");
    const { epoch } = await alice.ask("dialogue:join", room);
    const { offset } = await alice.say("before");
    await alice.hearsEvent("message");
    await server.stop();
    await server.run();
    const { joined } = await alice.welcomed();
    assert.equal(joined.offset, 0);
    assert.notEqual(joined.epoch, epoch);
    assert.equal((await alice.ask("dialogue:join", { ...room, resume: { epoch, offset } })).resumed, false);
    await alice.heardNothingMore();
  });

  test("a message that is sent again is published once, also over a reconnect", async (t) => {
    const {
      users: [alice, bob],
    } = await chat(t, "alice", "bob");
    const message = (from, text) => ({ ...trigger("message", { text, senderId: from }), id: "the same" });
    const first = await alice.ask("dialogue:trigger", message("alice", "once"));
    assert.equal(first.ok, true);
    assert.deepEqual(await alice.ask("dialogue:trigger", message("alice", "once")), first);
    await alice.leavesFor(() => {});
    await alice.welcomed();
    assert.deepEqual(await alice.ask("dialogue:trigger", message("alice", "once")), first);

    const other = await bob.ask("dialogue:trigger", message("bob", "mine"));
    assert.equal(other.offset, first.offset + 1);
    assert.deepEqual(texts(await bob.hearsEvents("message", 2)), ["once", "mine"]);
    assert.deepEqual(texts((await bob.ask("dialogue:getHistory", page({}))).events), ["mine", "once"]);
  });

  test("what was refused may be sent again under its id", async (t) => {
    const {
      users: [alice],
    } = await chat(t, "alice");
    const message = (text) => ({ ...trigger("message", { text, senderId: "alice" }), id: "k" });
    assert.equal((await alice.ask("dialogue:trigger", message(""))).error.code, "VALIDATION_FAILED");
    assert.equal((await alice.ask("dialogue:trigger", message("better"))).ok, true);
    assert.equal((await alice.hearsEvent("message")).data.text, "better");
  });
});
