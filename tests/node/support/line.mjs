import { once } from "node:events";
import { connect, createServer } from "node:net";
import { defer } from "./defer.mjs";

/** The network between somebody and the server: it can be cut, and mended. */
export class Line {
  #server;
  #to;
  #sockets = new Set();
  #isDeaf = false;
  #hasWebSocket;

  constructor(hasWebSocket) {
    this.#hasWebSocket = hasWebSocket;
  }

  /** Without WebSockets it is like a proxy that lets none through. */
  static async to(t, server, { hasWebSocket = true } = {}) {
    const line = new Line(hasWebSocket);
    line.#to = server.port;
    await line.mend();
    line.url = `http://localhost:${line.port}`;
    defer(t, () => line.cut());
    return line;
  }

  /** Nothing gets through any more, and every connection is lost. */
  async cut() {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  /** What the server says gets lost; what it is told still arrives. */
  deafen() {
    this.#isDeaf = true;
  }

  /** New connections can be made, on the same port as before. */
  async mend() {
    this.#isDeaf = false;
    this.#server = createServer((near) => this.#join(near)).listen(this.port ?? 0);
    await once(this.#server, "listening");
    this.port = this.#server.address().port;
  }

  #join(near) {
    const far = connect(this.#to, "localhost");
    if (!this.#hasWebSocket) near.once("data", (data) => data.includes("transport=websocket") && near.destroy());
    near.pipe(far);
    far.on("data", (data) => this.#isDeaf || near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
