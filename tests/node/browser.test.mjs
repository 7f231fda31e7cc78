// The chat's page in a browser, as people use it.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ChatPage, PHONE, launch } from "./support/browser.mjs";
import { User, trigger } from "./support/client.mjs";
import { ChatServer } from "./support/server.mjs";

const SEATS = 50;
const LONG_WORD = "wide".repeat(60);

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("a newcomer is asked for a name, once", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.open(t, browser, server);
  const name = alice.page.getByRole("textbox", { name: "What should we call you?" });

  await name.press("Enter");
  await alice.sees("Please enter a name.");
  await alice.page.keyboard.type("  Alice ");
  await alice.page.keyboard.press("Enter");
  await alice.seesPerson("Alice");
  await alice.sees("It is quiet in here.");
  await alice.page.keyboard.type("typed without a click");
  await alice.page.keyboard.press("Enter");
  await alice.hears("typed without a click");

  await alice.page.reload();
  await alice.seesPerson("Alice");

  await alice.button("Leave").click();
  await name.waitFor();
  await alice.page.reload();
  await name.waitFor();
});

test("a name that is too long is asked for again", async (t) => {
  const server = await ChatServer.start(t);
  const wordy = await ChatPage.open(t, browser, server, "n".repeat(65));
  await wordy.sees("Please choose a name of at most 64 characters.");
});

test("two people talk", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  const bob = await ChatPage.join(t, browser, server, "bob");
  await alice.sees("bob joined");
  await alice.seesPerson("bob");
  await bob.seesPerson("alice");
  await bob.sees("2 people in the room");

  await alice.say("Hello Bob");
  await bob.hears("Hello Bob");
  await alice.say("How are you?");
  await bob.hears("How are you?");
  await bob.replyTo("Hello Bob", "Fine!");
  await alice.hears("Fine!");

  assert.deepEqual(await alice.conversation(), [
    "bob joined",
    "You",
    "Hello Bob",
    "How are you?",
    "bob",
    "Hello Bob\nFine!",
  ]);
  assert.deepEqual(await bob.conversation(), ["alice", "Hello Bob", "How are you?", "You", "Hello Bob\nFine!"]);
  assert.equal(await alice.log.locator("blockquote").innerText(), "Hello Bob");
  assert.equal(await alice.log.locator(".own .bubble").count(), 2);

  await bob.button("Leave").click();
  await alice.sees("bob left");
  await alice.seesNoPerson("bob");
});

test("Escape gives up a reply", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.say("first");
  await alice.hears("first");
  await alice.button("Reply to alice: first").focus();
  await alice.page.keyboard.press("Enter");
  await alice.sees("Reply to alice");
  await alice.page.keyboard.press("Escape");
  await alice.seesNoMore("Reply to alice");
  await alice.say("second");
  await alice.hears("second");
  assert.equal(await alice.log.locator("blockquote").count(), 0);
});

test("it shows who is typing", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  const bob = await ChatPage.join(t, browser, server, "bob");
  const carol = await ChatPage.join(t, browser, server, "carol");

  await bob.message.pressSequentially("I am");
  await alice.sees("bob is typing…");
  await carol.message.pressSequentially("I am too");
  await alice.sees("bob and carol are typing…");
  await bob.sees("carol is typing…");

  await bob.message.press("Enter");
  await alice.hears("I am");
  await alice.sees("carol is typing…");
  await carol.message.fill("");
  await alice.seesNoMore("carol is typing…");
});

test("typing is told once, and its end before the message", async (t) => {
  const server = await ChatServer.start(t);
  const bob = await User.connect(t, server, "bob");
  const alice = await ChatPage.join(t, browser, server, "alice");
  await bob.hearsEvent("user:joined");
  await alice.message.pressSequentially("quick");
  await alice.message.press("Enter");
  const heard = [];
  while (heard.at(-1)?.event !== "message") heard.push(await bob.hears("dialogue:event"));
  assert.deepEqual(
    heard.map(({ data }) => data),
    [{ isTyping: true }, { isTyping: false }, { text: "quick", senderId: "alice" }],
  );
});

test("a message that comes twice is shown once", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  const bob = await User.connect(t, server, "bob");
  const message = { ...trigger("message", { text: "again", senderId: "bob" }), id: "the same" };
  await bob.ask("dialogue:trigger", message);
  await bob.ask("dialogue:trigger", message);
  await bob.say("last");
  await alice.hears("last");
  assert.deepEqual(await alice.conversation(), ["bob joined", "bob", "again", "last"]);
});

test("the tab's title counts what came while it was hidden", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  const bob = await User.connect(t, server, "bob");

  await alice.hidesTab(true);
  await bob.say("are you there?");
  await bob.say("hello?");
  await alice.hears("hello?");
  assert.equal(await alice.page.title(), "(2) General Chat");
  await alice.hidesTab(false);
  assert.equal(await alice.page.title(), "General Chat");
});

test("a message that the server refuses stays, with the reason", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  await alice.message.fill("x".repeat(2001));
  await alice.sees("2,001 / 2,000");
  await alice.message.press("Enter");
  await alice.sees("Not sent: the text is too long (at most 2,000 characters).");

  await alice.button("Edit").click();
  assert.equal(await alice.message.inputValue(), "x".repeat(2001));
  await alice.say("short");
  await alice.hears("short");
  assert.deepEqual(await alice.conversation(), ["You", "short"]);

  await alice.say("y".repeat(2001));
  await alice.button("Discard").click();
  await alice.seesNoMore("Not sent: the text is too long (at most 2,000 characters).");
});

test("a message that gets no answer can be sent again", async (t) => {
  const lost = [];
  const losesTheFirst = (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      if (lost.length === 0 && frame.includes('"dialogue:trigger"') && frame.includes("hello?")) lost.push(frame);
      else server.send(frame);
    });
  };
  const prepare = async (page) => {
    await page.clock.install();
    await page.routeWebSocket(/socket.io/, losesTheFirst);
  };
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice", { prepare });
  await alice.say("hello?");
  await alice.sees("Sending…");
  await alice.page.clock.fastForward(10_000);
  await alice.sees("Not sent: the server did not answer in time.");
  assert.equal(lost.length, 1);

  await alice.button("Try again").click();
  await alice.hears("hello?");
  await alice.seesNoMore("Not sent: the server did not answer in time.");
  assert.deepEqual(await alice.conversation(), ["You", "hello?"]);
});

test("hostile names and messages are only text", async (t) => {
  const hostile = "<img src=x onerror=\"document.title='owned'\">";
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice");
  const eve = await ChatPage.join(t, browser, server, hostile);
  await alice.sees(`${hostile} joined`);
  await eve.say(hostile);
  await alice.hears(hostile);
  await alice.replyTo(hostile, hostile);
  await eve.hears(`${hostile}${hostile}`);
  await eve.message.fill("<b>");
  await alice.sees(`${hostile} is typing…`);

  for (const { page } of [alice, eve]) {
    assert.equal(await page.locator("#content img, #people img, #typing img, #me img").count(), 0);
    assert.equal(await page.title(), "General Chat");
  }
});

test("a full room says so, and lets one in when there is a seat", async (t) => {
  const server = await ChatServer.start(t);
  const guests = await Promise.all(
    Array.from({ length: SEATS }, (_, number) => User.connect(t, server, `guest ${number}`)),
  );
  const alice = await ChatPage.open(t, browser, server, "alice");
  await alice.sees("The room is full");
  await alice.message.waitFor({ state: "hidden" });

  await alice.button("Try again").click();
  await alice.sees("The room is full");

  guests[0].socket.disconnect();
  await guests[1].hearsEvent("user:left");
  await alice.button("Try again").click();
  await alice.seesPerson("alice");
  await guests[1].hearsEvent("user:joined", ({ data }) => data.userId === "alice");
  await alice.say("made it");
  assert.equal((await guests[1].hearsEvent("message")).data.text, "made it");
});

test("the page outlives the server, and loses nothing that was written", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice", { serverMayFail: true });
  await alice.say("before");
  await alice.hears("before");

  await server.stop();
  await alice.sees("Connection lost. Reconnecting… What you write is sent as soon as you are back.");
  await alice.say("meanwhile, first");
  await alice.say("meanwhile, second");
  await alice.sees("Waits for the connection");

  await server.run();
  await alice.hears("meanwhile, second");
  assert.deepEqual(await alice.conversation(), [
    "You",
    "before",
    "The server has restarted and has forgotten what was said before.",
    "You",
    "meanwhile, first",
    "meanwhile, second",
  ]);
  await alice.page.getByRole("status").waitFor({ state: "hidden" });
});

test("who reads older messages is told of new ones, and stays there", async (t) => {
  const server = await ChatServer.start(t);
  const alice = await ChatPage.join(t, browser, server, "alice", { viewport: PHONE });
  const bob = await User.connect(t, server, "bob");
  await bob.saysMany(30);
  await alice.bubble(/^message 30$/).waitFor();
  const scroller = alice.page.getByRole("region", { name: "Messages" });
  assert.equal(await alice.distanceToEnd(), 0);

  await scroller.hover();
  await scroller.press("Home");
  await alice.page.waitForFunction(() => document.getElementById("scroller").scrollTop === 0);
  await bob.say("something new");
  await alice.sees("1 new message ↓");
  assert.equal(await scroller.evaluate((node) => node.scrollTop), 0);

  await alice.button("1 new message ↓").click();
  await alice.seesNoMore("1 new message ↓");
  assert.equal(await alice.distanceToEnd(), 0);
});

test("it fits a phone", async (t) => {
  const server = await ChatServer.start(t);
  const name = "n".repeat(64);
  const newcomer = await ChatPage.open(t, browser, server, undefined, { viewport: PHONE });
  await newcomer.fitsTheWidth();

  const alice = await ChatPage.join(t, browser, server, name, { viewport: PHONE, hasTouch: true, isMobile: true });
  const bob = await User.connect(t, server, "b".repeat(64));
  await bob.say(LONG_WORD, { replyTo: LONG_WORD });
  await alice.bubble(LONG_WORD).waitFor();
  await alice.message.fill(`${LONG_WORD}\nEnter is a new line here`);
  await alice.button("Send").click();
  await alice.bubble("Enter is a new line here").waitFor();
  await alice.message.fill(LONG_WORD);
  await alice.fitsTheWidth();

  await alice.people.waitFor({ state: "hidden" });
  await alice.button("2 people").click();
  await alice.people.waitFor();
  await alice.fitsTheWidth();
  await alice.page.keyboard.press("Escape");
  await alice.people.waitFor({ state: "hidden" });
});

const PICTURES = {
  chat: {},
  "chat-dark": { colorScheme: "dark" },
  "chat-phone": { viewport: PHONE },
  "chat-phone-dark": { viewport: PHONE, colorScheme: "dark" },
};

test("screenshots", { skip: !process.env.SCREENSHOTS && "set SCREENSHOTS to a directory" }, async (t) => {
  await mkdir(process.env.SCREENSHOTS, { recursive: true });
  for (const [name, options] of Object.entries(PICTURES)) {
    const server = await ChatServer.start(t);
    const alice = await ChatPage.join(t, browser, server, "Alice", options);
    await User.connect(t, server, "Dana");
    const bob = await ChatPage.join(t, browser, server, "Bob");
    await alice.sees("Bob joined");
    await bob.say("Morning! Is the demo still at four?");
    await alice.hears("demo still at four");
    await alice.say("Yes, in the big room.");
    await alice.say(
      "I moved the board to the new server last night. Could you open it once, before the guests arrive?",
    );
    await bob.hears("moved the board");
    await bob.replyTo("in the big room", "Great, then I bring the projector.");
    await bob.say("Shall we also show what happens when the network drops?");
    await alice.hears("network drops");
    await alice.replyTo("network drops", "Please do. I'll pull the plug myself.");
    await bob.hears("pull the plug");
    await bob.message.pressSequentially("Deal");
    await alice.sees("Bob is typing…");
    await alice.page.mouse.move(5, 5);
    await alice.page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
  }
});
