// The hooks under StrictMode, which mounts everything twice, against a real server.
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { StrictMode, Suspense, lazy, useEffect, useState, version } from "react";
import { expect, test } from "vitest";
import type { EventMessage } from "../../src/index.js";
import {
  DialogueProvider,
  type DialogueProviderProps,
  useConnectionState,
  useDialogue,
  useEvent,
  useHistory,
  useRoom,
} from "../../src/react/index.js";
import { type Address, lineTo, sizeOf, startReference, user } from "../support/reference.js";

const FAST = { reconnectionDelay: 20, reconnectionDelayMax: 50, reconnectionAttempts: Infinity };

function app({ url }: Address, children: React.ReactNode, more: Partial<DialogueProviderProps> = {}) {
  return (
    <StrictMode>
      <DialogueProvider url={url} auth={{ userId: "alice" }} {...FAST} {...more}>
        <State />
        {children}
      </DialogueProvider>
    </StrictMode>
  );
}

function State() {
  const client = useDialogue();
  // Attempts that fail are expected here.
  useEffect(() => client.onError(() => {}), [client]);
  return <p data-testid="state">{useConnectionState()}</p>;
}

/** Shows what it hears, and what it knows of the past. */
function Messages({ roomId, heard, limit }: { roomId: string; heard: string[]; limit?: number }) {
  const { room, status, error, retry } = useRoom(roomId);
  useEvent(room, "message", ({ data }: EventMessage<{ text: string }>) => heard.push(data.text));
  const { events, hasGap, hasOlder, isLoading, loadOlder } = useHistory(room, "message", limit ? { limit } : {});
  return (
    <>
      <p data-testid="status">{error ? `${status} ${error.code}` : status}</p>
      <p data-testid="events">{events.map(({ data }) => data.text).join(" ")}</p>
      <p data-testid="past">
        {[hasGap && "gap", hasOlder && "older", isLoading && "loading"].filter(Boolean).join(" ")}
      </p>
      <button onClick={loadOlder}>older</button>
      <button onClick={retry}>retry</button>
    </>
  );
}

const shows = (id: string, text: string) => waitFor(() => expect(screen.getByTestId(id).textContent).toBe(text));
const click = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const message = (n: number) => ({ text: `m${n}`, senderId: "bob" });
const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`);

async function bobIn(address: Address, roomId = "chat") {
  const bob = await user(address, "bob");
  const room = await bob.join(roomId);
  const say = async (from: number, to: number) => {
    for (let n = from; n <= to; n += 1) await room.trigger("message", message(n));
  };
  return { bob, room, say };
}

test("it is the version of React that it says", () => {
  expect(version.split(".")[0]).toBe(process.env["REACT_VERSION"]);
});

test("one connection, one join, no message lost or doubled, and nothing left afterwards", async () => {
  const server = await startReference();
  const { bob, say } = await bobIn(server);
  await say(1, 3);
  const heard: string[] = [];
  const { unmount } = render(app(server, <Messages roomId="chat" heard={heard} />));
  expect(screen.getByTestId("status").textContent).toBe("joining");
  await shows("status", "joined");
  await shows("state", "connected");
  await say(4, 6);
  await shows("events", texts(1, 6).join(" "));
  expect(heard).toEqual(texts(4, 6));
  await sizeOf(bob, "chat", 2);
  unmount();
  await sizeOf(bob, "chat", 1);
});

test("components share a room, which is left with the last of them", async () => {
  const server = await startReference();
  const { bob, say } = await bobIn(server);
  const [first, second]: string[][] = [[], []];
  const shown = (a: boolean, b: boolean) =>
    app(
      server,
      <>
        {a && <Heard into={first!} />}
        {b && <Heard into={second!} />}
      </>,
    );
  const { rerender } = render(shown(true, true));
  await waitFor(() => expect(screen.getAllByText("joined").length).toBe(2));
  await sizeOf(bob, "chat", 2);
  await say(1, 1);
  await waitFor(() => expect([first, second]).toEqual([["m1"], ["m1"]]));
  rerender(shown(true, false));
  await say(2, 2);
  await waitFor(() => expect([first, second]).toEqual([["m1", "m2"], ["m1"]]));
  rerender(shown(false, true));
  await say(3, 3);
  await waitFor(() =>
    expect([first, second]).toEqual([
      ["m1", "m2"],
      ["m1", "m3"],
    ]),
  );
  await sizeOf(bob, "chat", 2);
  rerender(shown(false, false));
  await sizeOf(bob, "chat", 1);
});

function Heard({ into }: { into: string[] }) {
  const { room, status } = useRoom("chat");
  useEvent(room, "message", ({ data }) => into.push(data.text));
  return <p>{status}</p>;
}

/** Alice has heard one message, and then nothing comes through any more. */
async function cutOff() {
  const server = await startReference();
  const line = await lineTo(server);
  const { say } = await bobIn(server);
  const heard: string[] = [];
  render(app(line, <Messages roomId="chat" heard={heard} />));
  await shows("status", "joined");
  await say(1, 1);
  await shows("events", "m1");
  await line.cut();
  await shows("state", "connecting");
  return { line, say, heard };
}

test("a lost connection loses and doubles nothing", async () => {
  const { line, say, heard } = await cutOff();
  await shows("status", "joined");
  await say(2, 20);
  await line.mend();
  await shows("events", texts(1, 20).join(" "));
  expect(heard).toEqual(texts(1, 20));
  expect(screen.getByTestId("past").textContent).toBe("older");
});

test("more than the server remembers is a gap, which older pages do not fill", async () => {
  const { line, say, heard } = await cutOff();
  await say(2, 110);
  await line.mend();
  await shows("events", ["m1", ...texts(11, 110)].join(" "));
  await shows("past", "gap older");
  click("older");
  await shows("past", "gap");
  expect(heard).toEqual(["m1"]);
});

test("older events, page by page, until there are none", async () => {
  const server = await startReference();
  const { room, say } = await bobIn(server, "project-123");
  expect(room.roomName).toBe("Project 123");
  await say(1, 2);
  const { say: sayInGeneral } = await bobIn(server, "general");
  await sayInGeneral(1, 60);
  render(app(server, <Messages roomId="general" heard={[]} limit={8} />));
  await shows("events", texts(11, 60).join(" "));
  click("older");
  await shows("events", texts(3, 60).join(" "));
  click("older");
  await shows("events", texts(1, 60).join(" "));
  await shows("past", "older");
  click("older");
  await shows("past", "");
});

test("who comes to a live room later sees its past, too", async () => {
  const server = await startReference();
  const { say } = await bobIn(server);
  await say(1, 3);
  function Late() {
    const { status } = useRoom("chat");
    const [isOpen, open] = useState(false);
    return (
      <>
        {status === "joined" && !isOpen && <button onClick={() => open(true)}>open</button>}
        {isOpen && <Messages roomId="chat" heard={[]} />}
      </>
    );
  }
  render(app(server, <Late />));
  await waitFor(() => screen.getByText("open"));
  await say(4, 4);
  click("open");
  await say(5, 5);
  await shows("events", texts(1, 5).join(" "));
});

test("what arrives before the room is on the screen waits for that", async () => {
  const server = await startReference();
  const { bob, say } = await bobIn(server);
  await say(1, 1);
  let load = (_: { default: () => React.ReactNode }) => {};
  const Slow = lazy(() => new Promise<{ default: () => React.ReactNode }>((resolve) => (load = resolve)));
  const heard: string[] = [];
  function Loading() {
    const { room } = useRoom("chat");
    useEvent(room, "message", ({ data }) => heard.push(data.text));
    const { events } = useHistory(room, "message");
    return (
      <>
        {room && <Slow />}
        <p data-testid="events">{events.map(({ data }) => data.text).join(" ")}</p>
      </>
    );
  }
  render(
    app(
      server,
      <Suspense fallback={<p>loading</p>}>
        <Loading />
      </Suspense>,
    ),
  );
  await waitFor(() => screen.getByText("loading"));
  await sizeOf(bob, "chat", 2);
  await say(2, 4);
  load({ default: () => <p>loaded</p> });
  await waitFor(() => screen.getByText("loaded"));
  await say(5, 5);
  await shows("events", texts(1, 5).join(" "));
  expect(heard).toEqual(texts(2, 5));
});

test("a refusal is shown, and can be tried again", async () => {
  const server = await startReference();
  const bob = await user(server, "bob");
  const tiny = await bob.join("tiny");
  render(app(server, <Messages roomId="tiny" heard={[]} />));
  await shows("status", "failed ROOM_FULL");
  await tiny.leave();
  click("retry");
  await shows("status", "joined");
});

test("a room that is deleted under one fails", async () => {
  const server = await startReference();
  const bob = await user(server, "bob");
  await bob.createRoom({ id: "mine", name: "Mine" });
  render(app(server, <Messages roomId="mine" heard={[]} />));
  await shows("status", "joined");
  await bob.deleteRoom("mine");
  await shows("status", "failed ROOM_NOT_FOUND");
});

test("another room, other subscriptions and the newest handler", async () => {
  const server = await startReference();
  const { room } = await bobIn(server);
  const heard: string[] = [];
  function Changing({ roomId, subscriptions, tag }: { roomId: string; subscriptions: string[]; tag: string }) {
    const { room, status } = useRoom(roomId, { subscriptions });
    useEvent(room, "message", ({ data }) => heard.push(`${tag} ${data.text}`));
    useEvent(room, "typing", () => heard.push(`${tag} typing`));
    return <p data-testid="status">{`${status} ${room?.roomName}`}</p>;
  }
  const speak = async () => {
    await room.trigger("typing", { isTyping: true });
    await room.trigger("message", message(1));
  };
  const { rerender } = render(app(server, <Changing roomId="chat" subscriptions={["typing"]} tag="one" />));
  await shows("status", "joined Chat");
  await speak();
  await waitFor(() => expect(heard).toEqual(["one typing"]));
  rerender(app(server, <Changing roomId="chat" subscriptions={["*"]} tag="two" />));
  await waitFor(async () => {
    heard.length = 0;
    await speak();
    expect(heard).toEqual(["two typing", "two m1"]);
  });
  rerender(app(server, <Changing roomId="general" subscriptions={["message"]} tag="three" />));
  await shows("status", "joined General Chat");
});

test("a client of the application's own is its own to end", async () => {
  const server = await startReference();
  const own = await user(server, "carol");
  const Name = () => <p data-testid="name">{useDialogue().userId}</p>;
  const { unmount } = render(
    <StrictMode>
      <DialogueProvider client={own}>
        <Name />
      </DialogueProvider>
    </StrictMode>,
  );
  expect(screen.getByTestId("name").textContent).toBe("carol");
  unmount();
  await own.listRooms();
});
