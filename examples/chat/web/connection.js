import { io } from "./vendor/socket.io.esm.min.js";

const ROOM = "general";
const DEADLINE_MS = 5000;
const COMEBACK_MS = 1000;

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
 * `listener` is told: `seated({roomName})`, `unseated(Refusal)`, `offline()`, `refused(message)`, `members(names)`
 * and `event(envelope)`.
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
      .on("dialogue:event", (envelope) => envelope.roomId === ROOM && listener.event(envelope));
  }

  /** Triggers an event in the room. Resolves to its `{timestamp}`; rejects with a `Refusal`, or without an answer. */
  trigger(event, data, id) {
    return this.#request("dialogue:trigger", { roomId: ROOM, event, data, id });
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

  async #sit() {
    const { id } = this.#socket;
    try {
      const seat = await this.#request("dialogue:join", { roomId: ROOM });
      this.#listener.seated(seat);
    } catch (error) {
      if (this.#socket.id !== id) return;
      const silence = { code: "NO_ANSWER", message: "The server did not answer." };
      this.#listener.unseated(error instanceof Refusal ? error : new Refusal(silence));
    }
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
