// What does not need a server.
import { once } from "node:events";
import { render, screen, waitFor } from "@testing-library/react";
import { StrictMode, createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import {
  DialogueProvider,
  createDialogueHooks,
  useConnectionState,
  useDialogue,
  useHistory,
  useRoom,
} from "../../src/react/index.js";
import { Hostile, task } from "../support/hostile.js";

test("rendering on a server connects nowhere, and waits for nothing", () => {
  const resources = () => process.getActiveResourcesInfo().sort();
  const before = resources();
  const Page = () => {
    const { room, status } = useRoom("chat");
    const { events, hasOlder } = useHistory(room, "message");
    return createElement("p", null, [useConnectionState(), status, events.length, hasOlder].join(" "));
  };
  const html = renderToString(
    <DialogueProvider url="http://localhost:1">
      <Page />
    </DialogueProvider>,
  );
  expect(html).toBe("<p>disconnected joining 0 false</p>");
  expect(resources()).toEqual(before);
});

test("under StrictMode there is one connection and one join, and it all ends with the last component", async () => {
  const server = await Hostile.start();
  let sockets = 0;
  const { greet } = server;
  server.greet = (socket) => {
    sockets += 1;
    greet(socket);
  };
  const Twice = ({ roomId }: { roomId: string }) => (
    <p>{`${roomId} ${useRoom(roomId).status} ${useRoom(roomId).status}`}</p>
  );
  const app = (isLate: boolean) => (
    <StrictMode>
      <DialogueProvider url={server.url}>
        <Twice roomId="a" />
        {isLate && <Twice roomId="b" />}
      </DialogueProvider>
    </StrictMode>
  );
  const { rerender, unmount } = render(app(false));
  await waitFor(() => screen.getByText("a joined joined"));
  rerender(app(true));
  await waitFor(() => screen.getByText("b joined joined"));
  await task();
  const gone = once(server.socket, "disconnect");
  unmount();
  expect((await gone)[0]).toBe("client namespace disconnect");
  expect(sockets).toBe(1);
  expect(server.requests.map(({ name, payload }) => [name, payload.roomId])).toEqual([
    ["dialogue:join", "a"],
    ["dialogue:join", "b"],
  ]);
});

test("without a provider it is said what is missing", () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const Lost = () => <>{useDialogue().userId}</>;
  expect(() => render(<Lost />)).toThrow("render the component inside a <DialogueProvider>");
  log.mockRestore();
});

test("the typed hooks are the same hooks", () => {
  const hooks = createDialogueHooks();
  expect(hooks.useRoom).toBe(useRoom);
  render(
    <hooks.DialogueProvider url="http://localhost:1" reconnection={false}>
      <p>here</p>
    </hooks.DialogueProvider>,
  );
  expect(screen.getByText("here")).toBeDefined();
});
