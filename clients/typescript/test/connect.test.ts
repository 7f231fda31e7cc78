import { describe, expect, test, vi } from "vitest";
import { type AuthData, type ConnectionState, DialogueError, createDialogueClient } from "../src/index.js";
import { Hostile, connected, failure, next, task, watched } from "./support/hostile.js";

test("connect resolves with the server's greeting, and is the same promise until then", async () => {
  const server = await Hostile.start();
  const { client, errors } = watched(server.url, { auth: { userId: "alice", token: "t" } });
  const states: ConnectionState[] = [];
  client.onStateChange((state) => states.push(state));
  const [first, second] = [client.connect(), client.connect()];
  expect(second).toBe(first);
  expect([client.state, client.connected, client.userId, client.clientId]).toEqual(["connecting", false, "", ""]);
  await first;
  expect([client.state, client.connected, client.userId]).toEqual(["connected", true, "alice"]);
  expect(client.clientId).toBe(server.socket.id);
  expect(server.auths).toEqual([{ userId: "alice", token: "t" }]);
  await client.connect();
  expect(server.sockets.length).toBe(1);
  expect(states).toEqual(["connecting", "connected"]);
  expect(errors).toEqual([]);
});

test("a client connects by itself, unless told not to", async () => {
  const server = await Hostile.start();
  const client = createDialogueClient({ url: server.url });
  await next(client.onConnect.bind(client));
  expect(client.connected).toBe(true);
  client.disconnect();
  expect(watched(server.url).client.state).toBe("disconnected");
});

test("ws:// is an address, too", async () => {
  const server = await Hostile.start();
  const { client } = watched(server.url.replace("http:", "ws:"));
  await client.connect();
  expect(client.connected).toBe(true);
});

describe("a refusal", () => {
  const refused = async (code: string, options = {}) => {
    const server = await Hostile.start();
    server.refuse = () => ({ code, message: "because", retryAfter: 1 });
    const watch = watched(server.url, options);
    return { server, ...watch, error: await failure(watch.client.connect()) };
  };

  test.each(["UNAUTHENTICATED", "INVALID_REQUEST"])("%s is final", async (code) => {
    const { client, error, errors, server } = await refused(code);
    expect(error).toBeInstanceOf(DialogueError);
    expect(error).toMatchObject({ code, message: "because", retryAfter: 1 });
    expect(client.state).toBe("disconnected");
    expect(server.auths.length).toBe(1);
    expect(errors).toEqual([]);
  });

  test.each(["RATE_LIMITED", "LIMIT_REACHED", "INTERNAL"])("%s passes", async (code) => {
    const { client, server, error } = await refused(code);
    expect(error.code).toBe(code);
    expect(client.state).toBe("connecting");
    server.refuse = () => undefined;
    await next(client.onConnect.bind(client));
    expect(client.connected).toBe(true);
  });

  test("without reconnection every refusal is final", async () => {
    const { client } = await refused("RATE_LIMITED", { reconnection: false });
    expect(client.state).toBe("disconnected");
  });

  test("that has no reason is still one", async () => {
    const server = await Hostile.start();
    server.refuse = () => ["what"];
    expect(await failure(watched(server.url).client.connect())).toMatchObject({
      code: "CONNECT_FAILED",
      message: "refused",
    });
  });
});

test("a server that is not there: the attempt fails at once, and after so many more the client gives up", async () => {
  const server = await Hostile.start();
  await server.stop();
  const { client, errors } = watched(server.url, { reconnectionAttempts: 3 });
  const error = await failure(client.connect());
  expect(error.code).toBe("CONNECT_FAILED");
  expect(error.cause).toBeInstanceOf(Error);
  expect(client.state).toBe("connecting");
  const [state] = await next(client.onStateChange.bind(client));
  await task();
  expect(state).toBe("disconnected");
  expect(errors.map(({ code }) => code)).toEqual(["CONNECT_FAILED", "CONNECT_FAILED", "CONNECT_FAILED"]);

  await server.run();
  await client.connect();
  expect(client.connected).toBe(true);
});

test("connect while waiting for the next attempt tries at once", async () => {
  const server = await Hostile.start();
  await server.stop();
  const { client } = watched(server.url, { reconnectionDelay: 1e9, reconnectionDelayMax: 1e9 });
  await failure(client.connect());
  await server.run();
  await client.connect();
  expect(client.connected).toBe(true);
});

test("a server that does not greet is given up on in time", async () => {
  const server = await Hostile.start();
  server.greet = () => {};
  const { client } = watched(server.url, { timeout: 30, reconnection: false });
  expect(await failure(client.connect())).toMatchObject({ code: "TIMEOUT" });
  expect(client.state).toBe("disconnected");
  expect(await failure(client.join("a"))).toMatchObject({ code: "DISCONNECTED" });
});

test("a server that takes part without a greeting, and one that hangs up, are no connection", async () => {
  const server = await Hostile.start();
  server.greet = (socket) => socket.disconnect();
  const { client } = watched(server.url, { reconnection: false });
  expect(await failure(client.connect())).toMatchObject({ code: "CONNECT_FAILED" });
  server.greet = (socket) => socket.emit("dialogue:connected", { clientId: 5 });
  expect((await failure(watched(server.url, { timeout: 30, reconnection: false }).client.connect())).code).toBe(
    "TIMEOUT",
  );
});

test("disconnect while connecting settles connect, and tells nobody else", async () => {
  const server = await Hostile.start();
  const { client, errors } = watched(server.url);
  const connecting = client.connect();
  client.connect();
  client.disconnect();
  expect(client.state).toBe("disconnected");
  expect(await failure(connecting)).toMatchObject({ code: "DISCONNECTED" });
  client.connect();
  client.disconnect();
  await task();
  await task();
  expect(errors).toEqual([]);
  await client.connect();
  expect(server.sockets.length).toBe(1);
});

describe("the auth function", () => {
  test("is asked again on every connect", async () => {
    const server = await Hostile.start();
    let count = 0;
    const { client } = await connected(server, { auth: async () => ({ token: `t${(count += 1)}` }) });
    server.cut();
    await next(client.onConnect.bind(client));
    client.disconnect();
    await client.connect();
    expect(server.auths).toEqual([{ token: "t1" }, { token: "t2" }, { token: "t3" }]);
  });

  test.each<[string, () => any]>([
    [
      "throws",
      () => {
        throw new Error("no token");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no token"))],
  ])("that %s is a failed attempt, and the next one may succeed", async (_how, failing) => {
    const server = await Hostile.start();
    const auth = vi.fn(failing);
    const { client } = watched(server.url, { auth });
    const error = await failure(client.connect());
    expect(error).toMatchObject({ code: "AUTH_FAILED", cause: new Error("no token") });
    auth.mockImplementation(() => ({}));
    await client.connect();
    expect(client.connected).toBe(true);
  });

  test("that answers too late reaches no later connection", async () => {
    const server = await Hostile.start();
    const answers: ((data: AuthData) => void)[] = [];
    const { client } = watched(server.url, { auth: () => new Promise((resolve) => answers.push(resolve)) });
    client.connect();
    await vi.waitFor(() => expect(answers.length).toBe(1));
    client.disconnect();
    const connecting = client.connect();
    await vi.waitFor(() => expect(answers.length).toBe(2));
    answers[0]!({ token: "late" });
    answers[1]!({ token: "new" });
    await connecting;
    expect(server.auths).toEqual([{ token: "new" }]);
  });
});

describe("a client that the server sends away", () => {
  test("does not come back, and has left its rooms", async () => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server);
    const room = await client.join("a");
    const left = next(room.onLeft.bind(room));
    server.socket.disconnect();
    const [reason] = await next(client.onDisconnect.bind(client));
    const [error] = await left;
    expect([reason, error?.code]).toEqual(["io server disconnect", "DISCONNECTED"]);
    expect([client.state, client.getRoom("a"), room.joined]).toEqual(["disconnected", undefined, false]);
    expect(errors.map(({ code }) => code)).toEqual(["DISCONNECTED"]);
  });

  test("as its session is over comes back with a fresh token", async () => {
    const server = await Hostile.start();
    const { client } = await connected(server, { auth: () => ({ token: "fresh" }) });
    const room = await client.join("a");
    server.socket.emit("dialogue:error", { code: "UNAUTHENTICATED", message: "the session has expired" });
    server.socket.disconnect();
    await next(client.onConnect.bind(client));
    await server.asked("dialogue:join", 2);
    expect(client.getRoom("a")).toBe(room);
  });

  test("as its session is over, and that has no other token, does not", async () => {
    const server = await Hostile.start();
    const { client, errors } = await connected(server, { auth: { token: "old" } });
    const room = await client.join("a");
    server.socket.emit("dialogue:error", { code: "UNAUTHENTICATED", message: "the session has expired" });
    server.socket.disconnect();
    const [error] = await next(room.onLeft.bind(room));
    await task();
    expect(error?.code).toBe("UNAUTHENTICATED");
    expect(client.state).toBe("disconnected");
    expect(errors.map(({ code }) => code)).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
  });
});

test("handlers that call connect and disconnect from within find a client in order", async () => {
  const server = await Hostile.start();
  const { client } = watched(server.url);
  const off = client.onStateChange((state) => {
    if (state === "connecting") client.disconnect();
  });
  expect(await failure(client.connect())).toMatchObject({ code: "DISCONNECTED" });
  off();
  await client.connect();
  client.onDisconnect(() => client.connect());
  server.socket.disconnect();
  await next(client.onConnect.bind(client));
  expect(client.connected).toBe(true);
  expect(server.sockets.length).toBe(1);
});

test("a handler of a loss that disconnects has the last word", async () => {
  const server = await Hostile.start();
  const { client, errors } = await connected(server);
  const states: ConnectionState[] = [];
  client.onStateChange((state) => states.push(state));
  client.onDisconnect(() => client.disconnect());
  server.cut();
  await next(client.onDisconnect.bind(client));
  await task();
  expect([states, client.state, errors]).toEqual([["disconnected"], "disconnected", []]);
});

test("without a url it is said what is missing", () => {
  expect(() => createDialogueClient({} as { url: string })).toThrow("a client needs the `url`");
});

test("a handler that throws disturbs nobody, and is told to onError, or else to the console", async () => {
  const server = await Hostile.start();
  const { client, errors } = watched(server.url);
  const heard: string[] = [];
  client.onConnect(() => {
    throw new Error("oops");
  });
  client.onConnect(async () => {
    throw new Error("later");
  });
  client.onConnect(() => heard.push("second"));
  await client.connect();
  await task();
  expect(heard).toEqual(["second"]);
  expect(errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
    ["HANDLER_FAILED", "oops"],
    ["HANDLER_FAILED", "later"],
  ]);

  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const silent = createDialogueClient({ url: server.url, autoConnect: false });
  const off = silent.onError(() => {
    throw new Error("in the error handler");
  });
  silent.onConnect(() => {
    throw new Error("oops");
  });
  await silent.connect();
  off();
  silent.disconnect();
  await silent.connect();
  silent.disconnect();
  expect(log.mock.calls.map(([error]) => (error as Error).message)).toEqual([
    "in the error handler",
    "a handler failed: see the error's `cause`",
  ]);
  log.mockRestore();
});
