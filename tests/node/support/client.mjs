import assert from "node:assert/strict";
import { once } from "node:events";
import { io } from "socket.io-client";
import { defer } from "./defer.mjs";

const DEADLINE_MS = 5000;
const ROOM = "general";

/** A user of the official Socket.IO client, who remembers every frame. */
export class User {
  #frames = [];
  #waiting = new Set();

  /** Connects, and waits until the server has seated the user and told everybody. */
  static async connect(t, server, name, options = {}) {
    const user = User.open(t, server, { userId: name }, options);
    user.name = name;
    await user.welcomed();
    return user;
  }

  /** Opens a connection and waits for nothing. */
  static open(t, server, auth, options = {}) {
    const user = new User();
    user.socket = io(server.url, { auth, forceNew: true, reconnectionDelay: 50, ...options });
    user.socket.onAny((event, ...payload) => user.#hear({ event, payload: payload[0] }));
    defer(t, () => user.socket.disconnect());
    return user;
  }

  /** Requests with an acknowledgement; the answer. */
  ask(event, payload) {
    const socket = this.socket.timeout(DEADLINE_MS);
    return payload === undefined ? socket.emitWithAck(event) : socket.emitWithAck(event, payload);
  }

  /** Requests without an acknowledgement. */
  tell(event, payload) {
    if (payload === undefined) this.socket.emit(event);
    else this.socket.emit(event, payload);
  }

  say(text, more = {}) {
    return this.ask("dialogue:trigger", trigger("message", { text, senderId: this.name, ...more }));
  }

  /** Says `message 1`, `message 2`, .. */
  async saysMany(count) {
    for (let number = 1; number <= count; number += 1) {
      const answer = await this.say(`message ${number}`);
      assert.equal(answer.ok, true, JSON.stringify(answer));
    }
  }

  /** The payload of the next frame of that name, which no earlier call has taken. */
  async hears(event, matches = () => true) {
    const wanted = (frame) => frame.event === event && matches(frame.payload);
    const index = this.#frames.findIndex(wanted);
    if (index >= 0) return this.#frames.splice(index, 1)[0].payload;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new Error(`${this.name} did not hear ${event}, but ${JSON.stringify(this.#frames)}`));
      }, DEADLINE_MS);
      const take = (payload) => {
        clearTimeout(timer);
        resolve(payload);
      };
      const waiting = { wanted, take };
      this.#waiting.add(waiting);
    });
  }

  /** The next room event of that name, as its envelope. */
  hearsEvent(name, matches = () => true) {
    return this.hears("dialogue:event", (envelope) => envelope.event === name && matches(envelope));
  }

  /** The next room events of that name, as their envelopes. */
  async hearsEvents(name, count) {
    const heard = [];
    while (heard.length < count) heard.push(await this.hearsEvent(name));
    return heard;
  }

  /** Is not connected while something happens. */
  async leavesFor(action) {
    this.socket.disconnect();
    await action();
    this.socket.connect();
  }

  /** What a connected user is told, once for each connection. */
  async welcomed() {
    const connected = await this.hears("dialogue:connected");
    const joined = await this.hears("dialogue:joined");
    const members = await this.hears("chat:members");
    await this.hearsEvent("user:joined", ({ data }) => data.userId === this.name);
    return { connected, joined, members };
  }

  /**
   * Everything has been heard. Frames of one connection arrive in order, so what was sent for an earlier
   * request is here when the answer of a later one is.
   */
  async heardNothingMore() {
    await this.ask("dialogue:listRooms");
    assert.deepEqual(this.#frames, []);
  }

  /** Asks until the room has that many members. */
  async seesSize(size) {
    const deadline = Date.now() + DEADLINE_MS;
    for (let seen; seen !== size;) {
      if (Date.now() > deadline) throw new Error(`the room has ${seen} members, not ${size}`);
      const { rooms } = await this.ask("dialogue:listRooms");
      seen = rooms[0].size;
    }
  }

  async upgraded() {
    const { engine } = this.socket.io;
    if (engine.transport.name !== "websocket") await once(engine, "upgrade");
    assert.equal(engine.transport.name, "websocket");
  }

  #hear(frame) {
    for (const waiting of this.#waiting) {
      if (!waiting.wanted(frame)) continue;
      this.#waiting.delete(waiting);
      return waiting.take(frame.payload);
    }
    this.#frames.push(frame);
  }
}

export const trigger = (event, data, roomId = ROOM) => ({ roomId, event, data });
export const room = { roomId: ROOM };
