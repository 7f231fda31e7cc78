import {
  type ReactElement,
  type ReactNode,
  createContext,
  createElement,
  useContext,
  useEffect,
  useInsertionEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from "react";
import { createDialogueClient } from "../client.js";
import type { AnyRooms, RoomsShape } from "../ids.js";
import type { ConnectionState, DialogueClient, DialogueClientOptions } from "../types.js";
import { later } from "./later.js";

const Dialogue = createContext<DialogueClient | null>(null);

/** How many providers keep a client connected. */
const uses = new WeakMap<DialogueClient, number>();

/**
 * A client of the application's own, which connects and disconnects it, or the options of one that the provider
 * connects while it is mounted.
 */
export type DialogueProviderProps<R extends RoomsShape<R> = AnyRooms> = { children?: ReactNode } & (
  { client: DialogueClient<R> } | Omit<DialogueClientOptions, "autoConnect">
);

/**
 * Gives the components in it a client. It connects when it has mounted, so never while a server renders.
 *
 * Of the options, the newest `auth` is used for every connection, and another `url` makes another client; the others count
 * once. Give the provider a `key` to begin anew, for example with another user.
 */
export function DialogueProvider<R extends RoomsShape<R> = AnyRooms>(props: DialogueProviderProps<R>): ReactElement {
  const given = "client" in props ? (props.client as unknown as DialogueClient) : undefined;
  const own = useOwnClient("client" in props ? undefined : props);
  const client = (given ?? own)!;
  return createElement(Dialogue.Provider, { value: client }, props.children);
}

/** The client of the nearest provider. */
export function useDialogue(): DialogueClient {
  const client = useContext(Dialogue);
  if (!client) throw new Error("there is no client here: render the component inside a <DialogueProvider>");
  return client;
}

/** The state of the connection; `disconnected` while a server renders. */
export function useConnectionState(): ConnectionState {
  const client = useDialogue();
  return useSyncExternalStore(
    (listener) => client.onStateChange(listener),
    () => client.state,
    () => "disconnected",
  );
}

function useOwnClient(options: DialogueClientOptions | undefined): DialogueClient | undefined {
  const newest = useRef(options);
  useInsertionEffect(() => {
    newest.current = options;
  });
  const url = options?.url;
  const client = useMemo(() => {
    if (url === undefined) return undefined;
    const auth = async () => {
      const given = newest.current?.auth;
      return (typeof given === "function" ? await given() : given) ?? {};
    };
    return createDialogueClient({ ...newest.current, url, auth, autoConnect: false });
  }, [url]);
  useEffect(() => (client ? keepConnected(client) : undefined), [client]);
  return client;
}

function keepConnected(client: DialogueClient): () => void {
  uses.set(client, (uses.get(client) ?? 0) + 1);
  if (client.state === "disconnected") client.connect();
  return () =>
    later(() => {
      const left = (uses.get(client) ?? 1) - 1;
      uses.set(client, left);
      if (left === 0) client.disconnect();
    });
}
