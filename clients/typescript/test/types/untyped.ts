// What must compile where the rooms are not known, as in every example for the base library.
import { type DialogueError, type EventMessage, type RoomContext, createDialogueClient } from "dialogue-client";

const client = createDialogueClient({ url: "ws://localhost:3000", auth: { userId: "user-123", token: "t", more: 1 } });

export async function use(roomId: string): Promise<void> {
  const room: RoomContext = await client.join(roomId);
  room.on("message", (msg) => console.log(msg.data.text, msg.from, msg.meta?.["variant"]));
  room.on<{ text: string; senderId: string }>("message", (msg) => {
    msg.data.text.trim();
    // @ts-expect-error: no such field
    msg.data.txet;
  });
  room.trigger("message", { text: "hi" });
  room.trigger<{ text: string }>("message", { text: "hi" }, { sessionId: "abc" });
  const older: EventMessage[] = await room.getHistory("message", 20, 40);
  const typed: EventMessage<{ text: string }>[] = await room.getHistory<{ text: string }>("message", { before: 5 });
  older.push(...typed);
  let state: RoomContext | null = null;
  await client.join("chat").then((joined) => (state = joined));
  (state as RoomContext | null)?.leave();
  client.onError((error) => console.error(error.message, error.code));
  client.onError((error: Error) => console.error(error.message));
  room.onLeft((error?: DialogueError) => error?.issues.map(({ path }) => path));
}
