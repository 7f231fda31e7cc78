// What the chat's page shows of the past: before somebody came, and while they were away.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ChatPage, PHONE, launch } from "./support/browser.mjs";
import { User, trigger } from "./support/client.mjs";
import { Line } from "./support/line.mjs";
import { ChatServer } from "./support/server.mjs";

const LOST = "Connection lost. Reconnecting… What you write is sent as soon as you are back.";
const GAP = "You are back. Some messages from while you were away may be missing.";
const RESTARTED = "The server has restarted and has forgotten what was said before.";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const numbered = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => `message ${first + index}`);

/** Alice's page, with Bob in the room, and a line between her and the server that can be cut. */
async function aliceOnALine(t, options) {
  const server = await ChatServer.start(t);
  const bob = await User.connect(t, server, "bob");
  const line = await Line.to(t, server);
  const alice = await ChatPage.join(t, browser, line, "alice", { serverMayFail: true, ...options });
  await bob.hearsEvent("user:joined", ({ data }) => data.userId === "alice");
  return { server, bob, line, alice };
}

/** Does something while Alice is cut off. */
async function meanwhile({ alice, line }, action) {
  await line.cut();
  await alice.sees(LOST);
  await action();
  await line.mend();
}

test("a newcomer sees what was said before, with its time", async (t) => {
  const hostile = "<img src=x onerror=\"document.title='owned'\">";
  const server = await ChatServer.start(t);
  const bob = await User.connect(t, server, "bob");
  const eve = await User.connect(t, server, hostile);
  const receipts = [await bob.say("first"), await bob.say("second"), await eve.say(hostile, { replyTo: hostile })];

  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.hears(hostile);
  assert.deepEqual(await alice.conversation(), ["bob", "first", "second", hostile, `${hostile}\n${hostile}`]);
  const times = await alice.log.locator("time").evaluateAll((all) => all.map((time) => Date.parse(time.dateTime)));
  assert.deepEqual(times, [receipts[0].timestamp, receipts[2].timestamp]);
  assert.equal(await alice.page.locator("#content img").count(), 0);
  assert.equal(await alice.page.title(), "General Chat");
  assert.equal(await alice.older.count(), 0);

  await bob.say("third");
  await alice.hears("third");
  await eve.say("fourth");
  await alice.hears("fourth");
  assert.deepEqual((await alice.conversation()).slice(-4), ["bob", "third", hostile, "fourth"]);
});

test("what was said on another day has its date", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.say("today");
  await alice.hears("today");
  const time = alice.log.locator("time");
  assert.match(await time.innerText(), /^\d\d:\d\d$/);
  await alice.page.clock.setFixedTime(Date.now() + 24 * 60 * 60 * 1000);
  await alice.page.reload();
  await alice.hears("today");
  assert.match(await time.innerText(), /^\d{1,2} \w+, \d\d:\d\d$/);
});

test("one's own messages are there again after a reload", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.say("mine");
  await alice.hears("mine");
  await alice.page.reload();
  await alice.hears("mine");
  await alice.say("more");
  await alice.hears("more");
  assert.deepEqual(await alice.conversation(), ["You", "mine", "more"]);
});

test("older messages come when one reads up to them, and one stays where one was", async (t) => {
  const server = await ChatServer.start(t);
  const bob = await User.connect(t, server, "bob");
  await bob.saysMany(120);
  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.hears(/^message 120$/);
  assert.deepEqual(await alice.bubbles(), numbered(71, 120));
  assert.equal(await alice.distanceToEnd(), 0);

  let before = await alice.readsUp();
  await alice.hears(/^message 41$/);
  assert.deepEqual(await alice.bubbles(), numbered(41, 120));
  assert.deepEqual(before, { first: "message 71", top: await alice.topOf("message 71") });

  // The server keeps a hundred.
  before = await alice.readsUp();
  await alice.hears(/^message 21$/);
  assert.deepEqual(await alice.bubbles(), numbered(21, 120));
  assert.deepEqual(before, { first: "message 41", top: await alice.topOf("message 41") });

  before = await alice.readsUp();
  await alice.sees("No older messages");
  assert.equal(await alice.button("Show older messages").count(), 0);
  assert.deepEqual(before, { first: "message 21", top: await alice.topOf("message 21") });
  assert.deepEqual(await alice.conversation(), ["bob", ...numbered(21, 120)]);

  await bob.say("something new");
  await alice.sees("1 new message ↓");
});

test("older messages come with the keyboard", async (t) => {
  const server = await ChatServer.start(t);
  const bob = await User.connect(t, server, "bob");
  await bob.saysMany(75);
  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.hears(/^message 75$/);

  await alice.button("Show older messages").focus();
  await alice.page.keyboard.press("Enter");
  await alice.sees("No older messages");
  assert.deepEqual(await alice.bubbles(), numbered(1, 75));
  assert.equal(await alice.page.evaluate(() => document.activeElement.id), "scroller");
});

test("older messages that cannot be had can be asked for again", async (t) => {
  const chat = await aliceOnALine(t);
  const { alice, bob } = chat;
  await bob.saysMany(60);
  await alice.hears(/^message 60$/);
  await alice.page.reload();
  await alice.isSeated("alice");
  await meanwhile(chat, async () => {
    await alice.readsUp();
    await alice.button("Older messages could not be loaded. Try again").waitFor();
  });
  await alice.sees("No older messages");
  assert.deepEqual(await alice.bubbles(), numbered(1, 60));
});

for (const transport of ["websocket", "polling"]) {
  test(`what was said meanwhile is there, in its place and once: ${transport}`, async (t) => {
    const chat = await aliceOnALine(t, { hasWebSocket: transport === "websocket" });
    const { alice, bob } = chat;
    await bob.say("before");
    await alice.hears("before");

    // More than the history of a join has.
    await meanwhile(chat, async () => {
      await bob.saysMany(70);
      await alice.say("written meanwhile");
    });
    await alice.hears("written meanwhile");
    await alice.bubble(/^message 1$/).waitFor();
    await bob.say("after");
    await alice.hears("after");
    const expected = ["bob", "before", ...numbered(1, 70), "You", "written meanwhile", "bob", "after"];
    assert.deepEqual(await alice.conversation(), expected);

    await meanwhile(chat, () => bob.say("again"));
    await alice.hears("again");
    await alice.page.getByRole("status").waitFor({ state: "hidden" });
    assert.deepEqual(await alice.conversation(), [...expected, "again"]);
  });
}

test("what was missed is told to who reads older messages", async (t) => {
  const chat = await aliceOnALine(t, { viewport: PHONE });
  const { alice, bob } = chat;
  await bob.saysMany(30);
  await alice.hears(/^message 30$/);
  const before = await alice.readsUp();
  await meanwhile(chat, async () => {
    for (const text of ["are you there?", "hello?", "well"]) await bob.say(text);
  });
  await alice.sees("3 new messages ↓");
  await alice.settled();
  assert.deepEqual(before, { first: "message 1", top: await alice.topOf("message 1") });
  await alice.button("3 new messages ↓").click();
  assert.equal(await alice.distanceToEnd(), 0);
});

test("what was missed is counted in the title of a hidden tab", async (t) => {
  const chat = await aliceOnALine(t);
  const { alice, bob } = chat;
  await alice.hidesTab(true);
  await bob.say("before");
  await alice.hears("before");
  await meanwhile(chat, () => bob.say("meanwhile"));
  await alice.hears("meanwhile");
  await alice.page.getByRole("status").waitFor({ state: "hidden" });
  assert.equal(await alice.page.title(), "(2) General Chat");
  await alice.hidesTab(false);
  assert.equal(await alice.page.title(), "General Chat");
});

test("who missed more than the server keeps is told so, where it is missing", async (t) => {
  const chat = await aliceOnALine(t);
  const { alice, bob } = chat;
  await bob.say("before");
  await alice.hears("before");
  await meanwhile(chat, () => bob.saysMany(130));
  await alice.hears(/^message 130$/);
  await alice.sees(GAP);
  assert.deepEqual(await alice.conversation(), ["bob", "before", GAP, "bob", ...numbered(81, 130)]);

  await alice.button("Show older messages").scrollIntoViewIfNeeded();
  await alice.hears(/^message 31$/);
  await alice.sees("What is missing here is no longer kept.");
  const expected = ["bob", "before", GAP, "bob", ...numbered(31, 130)];
  assert.deepEqual(await alice.conversation(), expected);

  await meanwhile(chat, () => bob.say("again"));
  await alice.hears("again");
  assert.deepEqual(await alice.conversation(), [...expected, "again"]);
});

test("a message whose acknowledgement is lost is there once", async (t) => {
  const { alice, bob, line } = await aliceOnALine(t);
  await bob.say("before");
  await alice.hears("before");

  line.deafen();
  await alice.say("did you get this?");
  assert.equal((await bob.hearsEvent("message", ({ from }) => from === "alice")).data.text, "did you get this?");
  await line.cut();
  await line.mend();
  await alice.hears("did you get this?");
  await alice.page.locator(".pending").waitFor({ state: "detached" });
  await alice.say("good");
  await alice.hears("good");
  assert.deepEqual(await alice.conversation(), ["bob", "before", "You", "did you get this?", "good"]);

  const { events } = await bob.ask("dialogue:getHistory", { roomId: "general", eventName: "message" });
  const said = events.map(({ data }) => data.text);
  assert.deepEqual(said, ["good", "did you get this?", "before"]);
});

test("after a restart of the server the old conversation stays, and the new one follows", async (t) => {
  const chat = await aliceOnALine(t);
  const { server, alice, bob } = chat;
  const message = { ...trigger("message", { text: "sent twice", senderId: "bob" }), id: "the same" };
  await bob.ask("dialogue:trigger", message);
  await bob.say("before");
  await alice.hears("before");

  await meanwhile(chat, async () => {
    bob.socket.disconnect();
    await server.stop();
    await server.run();
    bob.socket.connect();
    await bob.saysMany(60);
    await bob.ask("dialogue:trigger", message);
  });
  await alice.hears(/^message 60$/);
  assert.deepEqual(await alice.conversation(), [
    "bob",
    "sent twice",
    "before",
    RESTARTED,
    "bob",
    ...numbered(12, 60),
  ]);
  await alice.button("Show older messages").scrollIntoViewIfNeeded();
  await alice.hears(/^message 1$/);
  assert.deepEqual(await alice.conversation(), ["bob", "sent twice", "before", RESTARTED, "bob", ...numbered(1, 60)]);
});

test("who finds their seat taken when they are back sends what they have written from the next one", async (t) => {
  const chat = await aliceOnALine(t);
  const { server, alice, bob } = chat;
  await bob.say("before");
  await alice.hears("before");
  let guests;
  await meanwhile(chat, async () => {
    await alice.say("written meanwhile, first");
    await alice.say("written meanwhile, second");
    await bob.hearsEvent("user:left", ({ data }) => data.userId === "alice");
    guests = await Promise.all(Array.from({ length: 49 }, (_, number) => User.connect(t, server, `guest ${number}`)));
  });
  await alice.sees("The room is full");
  guests[0].socket.disconnect();
  await bob.hearsEvent("user:left", ({ data }) => data.userId === "guest 0");
  await alice.button("Try again").click();
  await alice.hears("written meanwhile, second");
  const written = ["written meanwhile, first", "written meanwhile, second"];
  assert.deepEqual(await alice.conversation(), ["bob", "before", "You", ...written]);
  await alice.page.locator(".pending").waitFor({ state: "detached" });
});
