// What does not need a server.
import { once } from "node:events";
import { render, screen, waitFor } from "@testing-library/react";
import { StrictMode, createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { DialogueProvider, createDialogueHooks, useConnectionState, useDialogue, useHistory, useRoom } from "../../src/react/index.js";
import { Hostile } from "../support/hostile.js";

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
  const Twice = () => <>{useRoom("a").status} {useRoom("a").status}</>;
  const { unmount } = render(
    <StrictMode>
      <DialogueProvider url={server.url}>
        <Twice />
      </DialogueProvider>
    </StrictMode>,
  );
  await waitFor(() => screen.getByText("joined joined"));
  const gone = once(server.socket, "disconnect");
  unmount();
  expect((await gone)[0]).toBe("client namespace disconnect");
  expect(sockets).toBe(1);
  expect((await server.asked("dialogue:join")).length).toBe(1);
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
