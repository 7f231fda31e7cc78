import { expect, test, vi } from "vitest";
import type { DialogueClientOptions, RoomContext } from "../src/index.js";
import { type Answers, Hostile, connected, cut, failure, next, task } from "./support/hostile.js";

const RETRY = { retry: true };
const say = (room: RoomContext, n: number, options: object = {}) =>
  room.trigger("message", { n }, undefined, { ...RETRY, ...options });

async function inRoom(answers: Answers = {}, options: Partial<DialogueClientOptions> = {}) {
  const server = await Hostile.start(answers);
  const watch = await connected(server, options);
  return { server, room: await watch.client.join("a"), ...watch };
}

test("messages that are sent while away arrive in the order of the calls, after the room is joined again", async () => {
  const { server, room, client } = await inRoom();
  client.onDisconnect(() => {
    answers.push(...[2, 3, 4].map((n) => say(room, n)));
  });
  const answers: Promise<unknown>[] = [say(room, 1)];
  await answers[0];
  server.cut();
  await vi.waitFor(() => expect(answers.length).toBe(4));
  await Promise.all(answers);
  expect(server.requests.map(({ name, payload }) => [name, payload.data?.n])).toEqual([
    ["dialogue:join", undefined],
    ["dialogue:trigger", 1],
    ["dialogue:join", undefined],
    ["dialogue:trigger", 2],
    ["dialogue:trigger", 3],
    ["dialogue:trigger", 4],
  ]);
});

test("what was not answered is sent again under its id, before what came later", async () => {
  const { server, room } = await inRoom({
    "dialogue:trigger": ({ data }, ack, socket) => (data.n < 2 ? ack({ ok: true, timestamp: 1 }) : cut(socket)),
  });
  const answers = [1, 2, 3].map((n) => say(room, n));
  await answers[0];
  server.answers = { "dialogue:trigger": (_payload, ack) => ack({ ok: true, timestamp: 2 }) };
  expect(await Promise.all(answers)).toEqual([{ timestamp: 1 }, { timestamp: 2 }, { timestamp: 2 }]);
  const sent = await server.asked("dialogue:trigger");
  const ids = new Map(sent.map(({ data, id }) => [data.n, id]));
  expect(sent.every(({ data, id }) => ids.get(data.n) === id)).toBe(true);
  expect(new Set(ids.values()).size).toBe(3);
  expect(sent.slice(-2).map(({ data }) => data.n)).toEqual([2, 3]);
});

test("more than fit on their way keep their order", async () => {
  const { server, room } = await inRoom();
  await Promise.all(Array.from({ length: 100 }, (_, n) => say(room, n)));
  expect((await server.asked("dialogue:trigger")).map(({ data }) => data.n)).toEqual(
    Array.from({ length: 100 }, (_, n) => n),
  );
});

test("what was on its way and what was still waiting keep their order over a loss", async () => {
  let sent = 0;
  const { server, room } = await inRoom({
    "dialogue:trigger": (_payload, _ack, socket) => void ((sent += 1) === 16 && cut(socket)),
  });
  const answers = Array.from({ length: 40 }, (_, n) => say(room, n));
  await server.asked("dialogue:trigger", 16);
  server.answers = {};
  await Promise.all(answers);
  const order = (await server.asked("dialogue:trigger")).map(({ data }) => data.n);
  expect(order.slice(-40)).toEqual(Array.from({ length: 40 }, (_, n) => n));
});

test("a refusal rejects, and the others go on", async () => {
  const { room } = await inRoom({
    "dialogue:trigger": ({ data }, ack) =>
      ack(
        data.n === 2 ? { ok: false, error: { code: "VALIDATION_FAILED", message: "no" } } : { ok: true, timestamp: 1 },
      ),
  });
  const [first, second, third] = [say(room, 1), say(room, 2, { id: "mine" }), say(room, 3)];
  expect(await failure(second)).toMatchObject({ code: "VALIDATION_FAILED", id: "mine", roomId: "a", event: "message" });
  await Promise.all([first, third]);
});

test("a server that is there and does not answer is a TIMEOUT", async () => {
  const { room } = await inRoom({ "dialogue:trigger": () => {} });
  expect(await failure(say(room, 1, { timeout: 10 }))).toMatchObject({ code: "TIMEOUT" });
});

test("time without a connection does not count", async () => {
  const { server, room, client } = await inRoom({}, { reconnectionAttempts: Infinity });
  const gone = next(client.onDisconnect.bind(client));
  await server.stop();
  await gone;
  const answer = say(room, 1, { timeout: 200 });
  const since = performance.now();
  while (performance.now() - since < 300) await next(client.onError.bind(client));
  await server.run();
  expect(await answer).toEqual({ timestamp: 1 });
});

test("at most a thousand wait", async () => {
  const { server, room, client } = await inRoom();
  const gone = next(client.onDisconnect.bind(client));
  await server.stop();
  await gone;
  const answers = Array.from({ length: 1000 }, (_, n) => say(room, n));
  expect(await failure(say(room, 1000))).toMatchObject({ code: "OVERLOADED", roomId: "a" });
  await server.run();
  await Promise.all(answers);
  await say(room, 1001);
  expect((await server.asked("dialogue:trigger")).length).toBe(1001);
});

test("a message that no server would take is not kept", async () => {
  const { room } = await inRoom();
  expect(await failure(room.trigger("message", "x".repeat(500_001), undefined, RETRY))).toMatchObject({
    code: "INVALID_REQUEST",
  });
});

test.each<[string, (context: Awaited<ReturnType<typeof inRoom>>) => unknown]>([
  ["disconnecting", ({ client }) => client.disconnect()],
  ["leaving the room", ({ room }) => room.leave()],
])("%s gives them up", async (_how, end) => {
  const context = await inRoom({ "dialogue:trigger": () => {} });
  const answers = [say(context.room, 1), say(context.room, 2)].map(failure);
  await context.server.asked("dialogue:trigger", 2);
  end(context);
  for (const error of await Promise.all(answers)) expect(error).toMatchObject({ code: "DISCONNECTED" });
});

test("a client that gives up reconnecting gives them up, and then takes none", async () => {
  const { server, room, client } = await inRoom({}, { reconnectionAttempts: 2 });
  const gone = next(client.onDisconnect.bind(client));
  await server.stop();
  await gone;
  const answer = failure(say(room, 1));
  expect(await answer).toMatchObject({ code: "DISCONNECTED", event: "message" });
  expect(client.state).toBe("disconnected");
  expect(await failure(say(room, 2))).toMatchObject({ code: "DISCONNECTED" });
  await server.run();
  await client.connect();
  await say(room, 3);
  expect((await server.asked("dialogue:trigger")).map(({ data }) => data.n)).toEqual([3]);
});

test("a room that is refused on coming back gives them up", async () => {
  const { server, room } = await inRoom({ "dialogue:trigger": () => {} });
  const answer = failure(say(room, 1));
  await server.asked("dialogue:trigger");
  server.answers = {
    "dialogue:join": (_payload, ack) => ack({ ok: false, error: { code: "JOIN_DENIED", message: "no" } }),
  };
  server.cut();
  expect(await answer).toMatchObject({ code: "DISCONNECTED" });
  await task();
});
