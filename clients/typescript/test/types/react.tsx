// What must compile, and what must not, with the hooks.
import { DialogueProvider, createDialogueHooks, useEvent, useHistory, useRoom } from "dialogue-client/react";
import type { Rooms } from "./dialogue.gen.js";

const typed = createDialogueHooks<Rooms>();

export function Typed({ n }: { n: number }) {
  const { room, status, error, retry } = typed.useRoom("general", { subscriptions: ["message"] });
  const match = typed.useRoom(`match:${n}`);
  typed.useEvent(room, "message", ({ data }) => data.text.trim());
  typed.useEvent(match.room, "move", ({ data }) => data.x.toFixed());
  // @ts-expect-error: no such event
  typed.useEvent(room, "mesage", () => {});
  // @ts-expect-error: no such room
  typed.useRoom("nowhere");
  // @ts-expect-error: no such event
  typed.useRoom("general", { subscriptions: ["mesage"] });
  const { events } = typed.useHistory(room, "message", { limit: 20 });
  // @ts-expect-error: no such event
  typed.useHistory(room, "mesage");
  const client = typed.useDialogue();
  // @ts-expect-error: no such room
  void client.join("nowhere");
  // @ts-expect-error: there may be no room yet
  void room.trigger("ping");
  if (status === "failed") return <button onClick={retry}>{error.message}</button>;
  if (status === "joined") return <p>{room.roomName}</p>;
  return <p>{events.map(({ data }) => data.text)}</p>;
}

/** A room whose id is known when the program runs. */
export function Chosen({ roomId }: { roomId: string }) {
  const { room } = typed.useRoom(roomId, { subscriptions: ["anything"] });
  typed.useEvent(room, "anything", ({ data }) => data.text);
  const { events } = typed.useHistory(room, "anything");
  // @ts-expect-error: there is no such room, whatever the text
  typed.useRoom(`lobby:${roomId}`);
  const say = () => room?.trigger("message", { text: "hi" });
  return <button onClick={say}>{events.map(({ data }) => data.text)}</button>;
}

export function Untyped() {
  const { room } = useRoom("chat");
  useEvent(room, "message", (msg) => console.log(msg.data.text));
  const { events, loadOlder } = useHistory(room, "message");
  return <button onClick={loadOlder}>{events.map(({ data }) => data.text)}</button>;
}

export const App = () => (
  <typed.DialogueProvider url="http://localhost:3000" auth={async () => ({ token: "t" })}>
    <DialogueProvider url="http://localhost:3000" auth={{ userId: "alice" }} transports={["polling"]}>
      <Untyped />
    </DialogueProvider>
    <Typed n={7} />
    <Chosen roomId="tech-talk" />
  </typed.DialogueProvider>
);

// @ts-expect-error: neither a client nor a url
export const Nothing = () => <DialogueProvider />;
