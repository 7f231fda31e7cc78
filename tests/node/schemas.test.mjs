import assert from "node:assert/strict";
import { test } from "node:test";
import { createDialogueClient } from "dialogue-client";
import { schemas } from "../../node_modules/.cache/dialogue-schemas/schemas.gen.js";
import { defer } from "./support/defer.mjs";
import { EverythingServer } from "./support/server.mjs";

const TEXTS = { "e-mail": "a@b.de", again: "a@b.de", needed: "x" };
const NUMBERS = { die: 1, share: 0.5, signed: -1, wide: 2, point: [1, 2.5] };
const COLLECTIONS = { scores: { a: 1 }, seen: [], anything: 1, pair: [1, "a"], encoded: "7", described: "8" };
const PLACE = { x: 0, y: -1 };
const texts = (name, ...values) => values.map((value) => ({ ...TEXTS, [name]: value }));
const numbers = (name, ...values) => values.map((value) => ({ ...NUMBERS, [name]: value }));
const email = (...values) => values.map((value) => ({ ...TEXTS, "e-mail": value, again: value }));

/** By event, what passes and what does not: in the opinion of both. */
const PAYLOADS = {
  message: {
    good: [
      { text: "hi", senderId: "a" },
      { text: "hi", senderId: "a", replyTo: null, tags: ["x", "y"], more: 1 },
      { text: "😀😀😀😀😀😀😀😀😀😀", senderId: "", replyTo: undefined },
    ],
    bad: [
      {},
      null,
      [],
      "hi",
      { text: "", senderId: "a" },
      { text: "12345678901", senderId: "a" },
      { text: "hi", senderId: 5 },
      { text: null, senderId: "a" },
      { text: "hi", senderId: "a", tags: ["x", "y", "z"] },
      { text: "hi", senderId: "a", tags: null },
      { text: "hi", senderId: "a", replyTo: 5 },
    ],
  },
  numbers: {
    good: [NUMBERS, ...numbers("wide", 0, Number.MAX_SAFE_INTEGER), ...numbers("wider", null, -5), ...numbers("defaulted", 65535)],
    bad: [
      ...numbers("die", 0, 7, 1.5, "1"),
      ...numbers("share", 0, 1, Number.NaN, true),
      ...numbers("signed", 2 ** 31, -(2 ** 31) - 1),
      ...numbers("wide", -1),
      ...numbers("wider", 0.5, "1"),
      ...numbers("defaulted", null, 65536),
      ...numbers("point", [1], [1, 2, 3], [1, "2"], null),
    ],
  },
  texts: {
    good: [
      TEXTS,
      ...email("a.b+c@xn--bcher-kva.example", "a@bücher.example", "a@[127.0.0.1]", "a@[::1]", "x@localhost"),
      ...texts("url", "https://a.example/b?c#d", "mailto:a@b.de", null),
      ...texts("ip", "127.0.0.1", "::1", null),
      ...texts("ip-v4", "10.0.0.1"),
      ...texts("ip-v6", "2001:db8::1"),
      ...texts("plate", "HH/12", "b/1"),
      ...texts("parts", "--a.b--"),
      ...texts("plain", "", "Grüße 😀"),
      ...texts("letter", "a", "😀"),
    ],
    bad: [
      ...email("", "a", "@b.de", "a@", "a b@c.de", "a@-b.de", `${"a".repeat(65)}@b.de`, "a@[300.0.0.1]", "a@b..de", "a@b/c", "a@b:80", "ä@b.de"),
      ...texts("url", "", "nonsense", "//a.example", 5),
      ...texts("ip", "", "300.0.0.1", "1.2.3", ":::1"),
      ...texts("ip-v4", "::1"),
      ...texts("ip-v6", "10.0.0.1"),
      ...texts("plate", "HHHH/12", "12", ""),
      ...texts("parts", "axb", "a.b x/y"),
      ...texts("plain", "a\u0007", "\u009f", "a\nb"),
      ...texts("again", "other@b.de"),
      ...texts("needed", null, undefined),
      ...texts("letter", "", "ab"),
      ...texts("unknown", 1),
    ],
  },
  drawn: {
    good: [{ kind: "circle", radius: 0 }, { kind: "line", from: PLACE, to: { ...PLACE, name: "home" } }, { kind: "nothing" }],
    bad: [{}, { kind: "square" }, { kind: "circle" }, { kind: "circle", radius: -1 }, { kind: "line", from: PLACE }, "nothing"],
  },
  command: {
    good: ["Stop", "go-on", { Wait: 5 }, { Move: { to: PLACE } }, { Swap: [PLACE, PLACE] }],
    bad: ["GoOn", "Wait", { Wait: -1 }, { Wait: 2 ** 32 }, { Wait: 5, Move: { to: PLACE } }, { Swap: [PLACE] }, { Move: {} }, {}],
  },
  adjacent: {
    good: [{ t: "Nothing" }, { t: "Number", c: 5 }, { t: "Named", c: { name: "a" } }],
    bad: [{ t: "Number" }, { t: "Number", c: 256 }, { t: "Other" }, { c: 5 }, { t: "Named", c: {} }],
  },
  loose: {
    good: [5, "text", { number: 5, text: "a" }],
    bad: [-1, 256, null, true, { number: 5 }, []],
  },
  comment: {
    good: [{ text: "a" }, { text: "a", first: null, replies: [{ text: "b", replies: [{ text: "c", first: { text: "d" } }] }] }],
    bad: [{ text: "a", replies: [{}] }, { text: "a", replies: null }, { text: "a", first: { text: "b", first: {} } }],
  },
  collections: {
    good: [COLLECTIONS, { ...COLLECTIONS, anything: null, maybe: { a: [1] }, seen: ["a", "a"] }],
    bad: [
      { ...COLLECTIONS, scores: {} },
      { ...COLLECTIONS, scores: { a: "1" } },
      { ...COLLECTIONS, anything: undefined },
      { ...COLLECTIONS, pair: [1] },
      { ...COLLECTIONS, pair: [256, "a"] },
      { ...COLLECTIONS, described: 8 },
      { ...COLLECTIONS, seen: [1] },
    ],
  },
  preferences: {
    good: [{ width: 1, height: 2 }, { theme: "dark", size: 0, width: 1, height: 2 }],
    bad: [{}, { theme: "Dark", width: 1, height: 2 }, { size: 256, width: 1, height: 2 }, { theme: null, width: 1, height: 2 }],
  },
  flat: {
    good: [{ in: "a", what: "file", path: "b" }, { in: "a", what: "link", url: "b", extra: [1] }],
    bad: [{}, { in: "a" }, { out: "a", what: "file", path: "b" }, { in: "a", what: "link", path: "b" }, { in: "a", what: "other" }],
  },
  title: { good: ["a", "x".repeat(20)], bad: ["", "x".repeat(21), null, 5] },
  ping: { good: [null], bad: [5, {}, "ping"] },
  "any:thing": { good: [null, 1, { a: [] }], bad: [] },
};

const refused = (error) => assert.equal(error.code, "VALIDATION_FAILED", error);

test("zod and the server give one verdict", async (t) => {
  const server = await EverythingServer.start(t);
  const client = createDialogueClient({ url: server.url, auth: { userId: "alice" } });
  defer(t, () => client.disconnect());
  await client.connect();
  const room = await client.join("everything");
  assert.deepEqual(Object.keys(PAYLOADS).toSorted(), Object.keys(schemas.everything).filter((name) => !["parsed", "by-hand"].includes(name)).toSorted());

  for (const [event, { good, bad }] of Object.entries(PAYLOADS)) {
    const schema = schemas.everything[event];
    for (const payload of good) {
      const said = `${event} ${JSON.stringify(payload)}`;
      const { error } = schema.safeParse(payload);
      assert.equal(error, undefined, said);
      await assert.doesNotReject(room.trigger(event, payload), said);
    }
    for (const payload of bad) {
      const said = `${event} ${JSON.stringify(payload)}`;
      assert.equal(schema.safeParse(payload).success, false, said);
      await assert.rejects(room.trigger(event, payload), (error) => refused(error) ?? true, said);
    }
  }
});

test("zod says it in the words of the server", async (t) => {
  const server = await EverythingServer.start(t);
  const client = createDialogueClient({ url: server.url, auth: { userId: "alice" } });
  defer(t, () => client.disconnect());
  await client.connect();
  const room = await client.join("general");
  const payload = { text: "", senderId: "a", tags: ["x", "y", "z"] };
  const { error } = schemas.general.message.safeParse(payload);
  const inWords = (issues) => issues.map(({ path, message }) => `${[path].flat().join(".")}: ${message}`).toSorted();
  const answer = await room.trigger("message", payload).catch((error) => error);
  assert.deepEqual(inWords(error.issues), ["tags: two tags are enough", "text: too short"]);
  assert.deepEqual(inWords(answer.issues), inWords(error.issues));
});
