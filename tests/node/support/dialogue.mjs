import assert from "node:assert/strict";
import { createDialogueClient } from "dialogue-client";
import { defer } from "./defer.mjs";

const DEADLINE_MS = 5000;
const FAST = { reconnectionDelay: 20, reconnectionDelayMax: 50, reconnectionAttempts: Infinity };

/** A client of the package, whose errors are noted. It ends with the test. */
export function open(t, server, options = {}) {
  const client = createDialogueClient({
    url: server.url,
    autoConnect: false,
    timeout: DEADLINE_MS,
    ...FAST,
    ...options,
  });
  const errors = [];
  client.onError((error) => errors.push(error));
  defer(t, () => client.disconnect());
  return { client, errors };
}

export async function connect(t, server, userId, options = {}) {
  const opened = open(t, server, { auth: { userId }, ...options });
  await opened.client.connect();
  return opened;
}

/** The arguments of the next call of an `on..` method's handler. */
export function next(target, method, matches = () => true) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${method} did not call`)), DEADLINE_MS);
    const off = target[method]((...args) => {
      if (!matches(...args)) return;
      clearTimeout(timer);
      off();
      resolve(args);
    });
  });
}

/** Everything that a room hears, with a way to wait until it has heard that much. */
export class Ear {
  heard = [];
  #room;

  constructor(room) {
    this.#room = room;
    room.onAny((_name, message) => this.heard.push(message));
  }

  get texts() {
    return this.heard.map(({ data }) => data.text);
  }

  async hasHeard(count) {
    while (this.heard.length < count) await next(this.#room, "onAny");
  }

  async hears(...texts) {
    await this.hasHeard(texts.length);
    assert.deepEqual(this.texts, texts);
  }
}

export const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`);

/** Says `m1`, `m2`, .. in a room. */
export async function sayAll(room, from, to, options) {
  for (const text of numbered(from, to)) await room.trigger("message", { text, senderId: "bob" }, undefined, options);
}

/** What a promise rejects with. */
export async function failure(promise) {
  const outcome = await promise.then(
    () => undefined,
    (error) => error,
  );
  assert.ok(outcome, "it did not fail");
  return outcome;
}
