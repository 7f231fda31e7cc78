// What does not need a server.
import { render, screen } from "@testing-library/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { DialogueProvider, createDialogueHooks, useConnectionState, useDialogue, useHistory, useRoom } from "../../src/react/index.js";

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
