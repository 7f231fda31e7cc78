// The examples that users of the base library know, in the order of its reference, with nothing changed but the import and
// the address of the server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createDialogueClient } from "dialogue-client";
import { connect, next, sayAll } from "./support/dialogue.mjs";
import { defer } from "./support/defer.mjs";
import { ReferenceServer } from "./support/server.mjs";

process.on("unhandledRejection", (reason) => {
  throw reason;
});

let url;
let server;
let stop;
before(async () => {
  server = await ReferenceServer.start({ after: (end) => (stop = end) });
  url = server.url.replace("http:", "ws:");
});
after(() => stop());

/** Ends an example's client with its test. */
const ending = (t, client) => {
  defer(t, () => client.disconnect());
  return client;
};

/** Somebody else in the room. */
async function bobIn(t, roomId) {
  const { client } = await connect(t, server, "bob");
  return client.join(roomId);
}

/** An array that an example fills, and a promise of that many entries. */
function notes() {
  const list = [];
  let wake = () => {};
  const log = (...parts) => {
    list.push(parts.join(" "));
    wake();
  };
  const has = async (count) => {
    while (list.length < count) await new Promise((resolve) => (wake = resolve));
    return list;
  };
  return { log, has, list };
}

test("creating a client, connecting, and disconnecting", async (t) => {
  const client = ending(t, createDialogueClient({
    url,
    auth: {
      userId: "user-123",
      token: "jwt-token-here",
    },
  }));
  assert.equal(client.state, "connecting");
  const console = notes();

  try {
    await client.connect();
    console.log("Connected as:", client.userId);
  } catch (error) {
    console.log("Connection failed:", error);
  }

  assert.deepEqual(console.list, ["Connected as: user-123"]);
  assert.equal(client.connected, true);
  client.disconnect();
  assert.equal(client.state, "disconnected");
});

test("joining a room, and finding it again", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const bob = await bobIn(t, "chat");
  const console = notes();
  {
    const chat = await client.join("chat");

    console.log(`Joined ${chat.roomName}`);

    // Listen for messages
    chat.on("message", (msg) => {
      console.log(`${msg.from}: ${msg.data.text}`);
    });
  }
  await bob.trigger("message", { text: "hi", senderId: "bob" });
  assert.deepEqual(await console.has(2), ["Joined Chat", "bob: hi"]);
  {
    const refused = next(client, "onError");
    const chat = client.getRoom("chat");

    if (chat) {
      chat.trigger("message", { text: "Hello!" });
    }

    // This server wants to know the sender, too.
    const [{ code, issues }] = await refused;
    assert.deepEqual([code, issues[0].path], ["VALIDATION_FAILED", "senderId"]);
  }
});

test("listing rooms", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const console = notes();
  const rooms = await client.listRooms();

  for (const room of rooms) {
    console.log(`${room.name}: ${room.size}/${room.maxSize ?? "∞"} participants`);
  }

  assert.ok(console.list.includes("Chat: 0/∞ participants"), console.list.join());
  assert.ok(console.list.includes("General Chat: 0/500 participants"));
});

test("hearing of connections and errors", async (t) => {
  const client = ending(t, createDialogueClient({ url, auth: { userId: "user-123" } }));
  const console = notes();
  const unsubscribe = client.onConnect(() => {
    console.log("Connected!");
  });
  client.onDisconnect((reason) => {
    console.log("Disconnected:", reason);
  });
  client.onError((error) => {
    console.log("Error:", error.message);
  });

  await client.connect();
  unsubscribe();
  const chat = await client.join("chat");
  chat.trigger("shout", {});
  await console.has(2);
  client.disconnect();
  await client.connect();
  assert.deepEqual(console.list, [
    "Connected!",
    "Error: clients may not trigger `shout` in the room `chat`",
    "Disconnected: io client disconnect",
  ]);
});

test("creating, announcing and deleting rooms", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const { client: other } = await connect(t, server, "user-456");
  const [console, list] = [notes(), notes()];

  other.onRoomCreated((room) => {
    list.log(`New room available: ${room.name}`);
  });
  const currentRoomId = "tech-talk";
  other.onRoomDeleted((roomId) => {
    list.log(`Room deleted: ${roomId}`);

    // If user was in this room, redirect them
    if (currentRoomId === roomId) {
      list.log("This room has been deleted");
    }
  });

  const roomInfo = await client.createRoom({
    id: "tech-talk",
    name: "Tech Talk",
    description: "Discuss the latest in technology",
    maxSize: 100,
  });

  console.log(`Created room: ${roomInfo.name}`);

  // Now join the room
  const room = await client.join(roomInfo.id);

  assert.deepEqual(roomInfo, {
    id: "tech-talk",
    name: "Tech Talk",
    description: "Discuss the latest in technology",
    size: 0,
    maxSize: 100,
    createdById: "user-123",
  });
  assert.equal(room.roomName, "Tech Talk");

  try {
    await other.deleteRoom("tech-talk");
  } catch (error) {
    console.log("Failed to delete room:", error.message);
  }
  try {
    await client.deleteRoom("tech-talk");
    console.log("Room deleted successfully");
  } catch (error) {
    console.log("Failed to delete room:", error.message);
  }

  assert.deepEqual(console.list, [
    "Created room: Tech Talk",
    "Failed to delete room: only the user who created a room may delete it",
    "Room deleted successfully",
  ]);
  assert.deepEqual(await list.has(3), [
    "New room available: Tech Talk",
    "Room deleted: tech-talk",
    "This room has been deleted",
  ]);
});

test("history on joining", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const bob = await bobIn(t, "general");
  await sayAll(bob, 1, 3);
  const console = notes();
  const messages = [];
  const addMessage = (event, { isHistory }) => messages.push([event.data.text, isHistory]);

  client.onHistory((roomId, events) => {
    console.log(`Received ${events.length} historical events for ${roomId}`);

    // Render historical messages
    events.forEach((event) => {
      addMessage(event, { isHistory: true });
    });
  });

  await client.join("general");
  assert.deepEqual(await console.has(1), ["Received 3 historical events for general"]);
  assert.deepEqual(messages, [["m3", true], ["m2", true], ["m1", true]]);
});

test("triggering, and the meta field", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const room = await client.join("project-123");
  const console = notes();
  room.subscribeAll();
  // Receive meta in handlers
  room.on("action", (msg) => {
    console.log(JSON.stringify(msg.data)); // { type: 'click' }
    console.log(Object.keys(msg.meta).sort()); // { sessionId: '...', variant: 'A', ... }
  });

  // Send a message
  room.trigger("message", {
    text: "Hello, everyone!",
    senderId: client.userId,
  });

  // Send a typing indicator
  room.trigger("typing", { isTyping: true });

  room.trigger('action', { type: 'click' }, {
    sessionId: 'abc-123',
    variant: 'A',
    timestamp: Date.now()
  });

  assert.deepEqual(await console.has(2), ['{"type":"click"}', "sessionId,timestamp,variant"]);
});

test("listening, for one event and for all, until it is enough", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const room = await client.join("chat");
  const [console, all] = [notes(), notes()];

  const unsubscribe = room.on(
    "message",
    (msg) => {
      console.log(`[${msg.from}] ${msg.data.text}`);
      console.log(`Received at: ${new Date(msg.timestamp)}`);
    }
  );
  room.onAny((eventName, msg) => {
    all.log(`Event: ${eventName}`, msg.data.text ?? msg.data.isTyping);
  });

  await sayAll(room, 1, 1);
  assert.deepEqual([console.list.length, console.list[0]], [2, "[user-123] m1"]);
  // Stop listening
  unsubscribe();
  await sayAll(room, 2, 2);
  // Stop receiving typing events
  room.unsubscribe("typing");
  await room.trigger("typing", { isTyping: true });
  // Subscribe to typing events (if not in defaultSubscriptions)
  room.subscribe("typing");
  await room.trigger("typing", { isTyping: false });
  assert.equal(console.list.length, 2);
  assert.deepEqual(all.list, ["Event: message m1", "Event: message m2", "Event: typing false"]);
});

test("subscribing to everything", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const console = notes();
  const room = await client.join("project-123");

  // Subscribe to all events in this room
  room.subscribeAll();
  // Internally calls: room.subscribe('*')

  // Now set up handlers
  room.on("message", (msg) => {
    console.log(msg.data);
  });

  await room.trigger("message", "anything");
  assert.deepEqual(console.list, ["anything"]);
});

test("leaving", async (t) => {
  const { client } = await connect(t, server, "user-123");
  const room = await client.join("chat");
  const other = await bobIn(t, "chat");
  const console = notes();
  room.onAny(() => console.log("heard"));

  // Leave when closing a chat
  room.leave();

  await sayAll(other, 1, 1);
  await client.listRooms();
  assert.deepEqual(console.list, []);
  assert.equal(client.getRoom("chat"), undefined);
});

test("history in pages", async (t) => {
  const { client } = await connect(t, server, "user-123");
  await client.createRoom({ id: "pages", name: "Pages" });
  const room = await client.join("pages");
  await sayAll(room, 1, 50);
  let messages = [];
  const setMessages = (change) => (messages = change(messages));

  // Get the last 20 messages
  const recentMessages = await room.getHistory("message", 0, 20);

  // Paginate: skip first 20, get next 20
  const olderMessages = await room.getHistory("message", 20, 40);

  // Load more on scroll
  async function loadMore() {
    const currentCount = messages.length;
    const older = await room.getHistory("message", currentCount, currentCount + 20);
    setMessages((prev) => [...prev, ...older]);
  }

  await loadMore();
  await loadMore();
  await loadMore();
  assert.deepEqual(messages.slice(0, 20), recentMessages);
  assert.deepEqual(messages.slice(20, 40), olderMessages);
  assert.deepEqual(messages.map(({ offset }) => offset), Array.from({ length: 50 }, (_, index) => 50 - index));
  await client.deleteRoom("pages");
});

test("infinite scroll", async (t) => {
  const { client: host } = await connect(t, server, "host");
  await host.createRoom({ id: "scroll", name: "Scroll" });
  const hosts = await host.join("scroll");
  await sayAll(hosts, 1, 65);
  const client = ending(t, createDialogueClient({
    url,
    auth: { userId: "user-123" },
  }));
  const rendered = notes();
  const renderMessages = () => rendered.log(messages.length);

  const messages = [];
  let isLoadingMore = false;

  // Handle history sent on join
  client.onHistory((roomId, events) => {
    messages.push(...events);
    renderMessages();
  });

  await client.connect();
  const room = await client.join("scroll");

  // Listen for new messages
  room.on("message", (msg) => {
    messages.unshift(msg); // Add to beginning (newest)
    renderMessages();
  });

  // Load more when scrolling to top
  async function loadMoreMessages() {
    if (isLoadingMore) return;
    isLoadingMore = true;

    try {
      const currentCount = messages.length;
      const olderMessages = await room.getHistory("message", currentCount, currentCount + 20);

      if (olderMessages.length > 0) {
        messages.push(...olderMessages);
        renderMessages();
      }
    } finally {
      isLoadingMore = false;
    }
  }

  await rendered.has(1);
  await sayAll(hosts, 66, 67);
  await rendered.has(3);
  await loadMoreMessages();
  await loadMoreMessages();
  assert.deepEqual(rendered.list, ["50", "51", "52", "67"]);
  assert.deepEqual(messages.map(({ data }) => data.text), Array.from({ length: 67 }, (_, index) => `m${67 - index}`));
  await host.deleteRoom("scroll");
});

test("the complete example", async (t) => {
  const console = notes();
  const made = [];

  async function main() {
    // Create client with authentication
    const client = createDialogueClient({
      url,
      auth: {
        userId: "user-123",
        token: "my-jwt-token",
      },
    });
    made.push(ending(t, client));

    // Set up connection handlers
    client.onConnect(() => {
      console.log("Connected as:", client.userId);
    });

    client.onDisconnect((reason) => {
      console.log("Disconnected:", reason);
    });

    client.onError((error) => {
      console.log("Error:", error.message);
    });

    // Connect to server
    await client.connect();

    // List available rooms
    const rooms = await client.listRooms();
    console.log("Available rooms:", rooms.length > 3);

    // Join chat room
    const chat = await client.join("chat");
    console.log(`Joined: ${chat.roomName}`);

    // Listen for messages
    chat.on("message", (msg) => {
      console.log(`[${msg.from}] ${msg.data.text}`);
    });

    // Listen for typing indicators
    chat.on("typing", (msg) => {
      if (msg.data.isTyping) {
        console.log(`${msg.from} is typing...`);
      }
    });

    // Send a message
    chat.trigger("message", {
      text: "Hello, everyone!",
      senderId: client.userId,
    });

    // Send typing indicator
    chat.trigger("typing", { isTyping: true });

    // Later: leave room and disconnect
    // chat.leave();
    // client.disconnect();
  }

  await main();
  await console.has(5);
  made[0].getRoom("chat").leave();
  made[0].disconnect();
  assert.deepEqual(console.list, [
    "Connected as: user-123",
    "Available rooms: true",
    "Joined: Chat",
    "[user-123] Hello, everyone!",
    "user-123 is typing...",
    "Disconnected: io client disconnect",
  ]);
});
