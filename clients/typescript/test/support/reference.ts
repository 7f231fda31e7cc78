import { onTestFinished } from "vitest";
// @ts-expect-error: plain JavaScript, shared with the other tests that need Node
import * as line from "../../../../tests/node/support/line.mjs";
// @ts-expect-error: plain JavaScript, shared with the other tests that need Node
import * as server from "../../../../tests/node/support/server.mjs";
import { type DialogueClient, createDialogueClient } from "../../src/index.js";

export interface Address {
  url: string;
}

/** A network between a client and the server, which can be cut. */
export interface Line extends Address {
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** The test that runs now, as the tests of Node's own runner know theirs. What is deferred last is done first. */
const current = () => ({ after: (action: () => unknown) => onTestFinished(async () => void (await action())) });

/** A real Dialogue server: `tests/src/bin/reference-server.rs`. */
export const startReference = (): Promise<Address> => server.ReferenceServer.start(current());

export const lineTo = (address: Address): Promise<Line> => line.Line.to(current(), address);

/** Another user of the server. */
export async function user(address: Address, userId: string): Promise<DialogueClient> {
  const client = createDialogueClient({ url: address.url, auth: { userId } });
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** Waits until the room has that many connections. */
export async function sizeOf(client: DialogueClient, roomId: string, size: number): Promise<void> {
  for (;;) {
    const rooms = await client.listRooms();
    if (rooms.find(({ id }) => id === roomId)?.size === size) return;
  }
}
