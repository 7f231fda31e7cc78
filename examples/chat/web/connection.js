import { io } from "./vendor/socket.io.esm.min.js";

const ROOM = "general";
const PAGE = 30;
const DEADLINE_MS = 5000;
const COMEBACK_MS = 1000;
const SILENCE = { code: "NO_ANSWER", message: "The server did not answer." };

/** The server's answer that something was refused; `issues` lists every fault of a payload. */
export class Refusal extends Error {
  constructor({ code, message, issues = [] }) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/**
 * A seat in the room, kept over reconnects.
 *
 * `listener` is told: `entered({epoch})`, before anything of the room; `history(envelopes)`, newest first;
 * `seated({roomName, resumed, offset})`, `unseated(Refusal)`, `offline()`, `refused(message)`, `members(names)` and
 * `event(envelope)`. It is asked where to `resume`.
 */
export class Connection {
  #socket;
  #listener;
  #comeback;

  constructor(name, listener) {
    this.#listener = listener;
    this.#socket = io({ auth: { userId: name }, transports: ["websocket", "polling"], tryAllTransports: true })
      .on("connect", () => this.#sit())
      .on("disconnect", (reason) => this.#lost(reason))
      .on("connect_error", (error) => this.#failed(error))
      .on("chat:members", (names) => listener.members(names))
      .on("dialogue:joined", (seat) => seat.roomId === ROOM && listener.entered(seat))
      .on("dialogue:history", ({ roomId, events }) => roomId === ROOM && listener.history(events))
      .on("dialogue:event", (envelope) => envelope.roomId === ROOM && listener.event(envelope));
  }

  /** Triggers an event in the room. Resolves to `{timestamp, offset}`; rejects with a `Refusal`, or without an answer. */
  trigger(event, data, id) {
    return this.#request("dialogue:trigger", { roomId: ROOM, event, data, id });
  }

  /** Messages that are older than the offset, newest first; none when there are no older ones. */
  async older(before) {
    const part = { roomId: ROOM, eventName: "message", before, start: 0, end: PAGE };
    return (await this.#request("dialogue:getHistory", part)).events;
  }

  /** Connects anew: the server seats and announces whoever connects, so this asks for everything at once. */
  tryAgain() {
    this.#socket.disconnect().connect();
  }

  close() {
    clearTimeout(this.#comeback);
    this.#socket.off();
    this.#socket.disconnect();
  }

  /** The server has seated whoever connects already; this asks for what was missed, and hears why there is no seat. */
  #sit() {
    const { id } = this.#socket;
    const request = { roomId: ROOM, resume: this.#listener.resume() };
    // A callback, as a promise would be heard of only after events that come with the answer.
    this.#socket.timeout(DEADLINE_MS).emit("dialogue:join", request, (error, answer) => {
      if (error) return this.#socket.id === id && this.#listener.unseated(new Refusal(SILENCE));
      if (!answer.ok) return this.#listener.unseated(new Refusal(answer.error));
      this.#listener.entered(answer);
      this.#listener.seated(answer);
    });
  }

  #lost(reason) {
    if (reason === "io client disconnect") return;
    this.#listener.offline();
    // The client library comes back by itself, except when the server has said goodbye.
    if (reason === "io server disconnect") {
      this.#comeback = setTimeout(() => this.#socket.connect(), COMEBACK_MS);
    }
  }

  #failed(error) {
    if (this.#socket.active) this.#listener.offline();
    else this.#listener.refused(error.message);
  }

  async #request(name, payload) {
    const answer = await this.#socket.timeout(DEADLINE_MS).emitWithAck(name, payload);
    if (!answer.ok) throw new Refusal(answer.error);
    return answer;
  }
}
