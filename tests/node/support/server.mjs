import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { defer } from "./defer.mjs";

const START_MS = 10_000;

/** A server in a process of its own, which ends with the test. */
class ServerProcess {
  #variable;
  #process;
  #log = "";

  /** `variable` says which environment variable has the program's path. */
  constructor(variable) {
    this.#variable = variable;
  }

  async begin(t) {
    this.port = await freePort();
    this.url = `http://localhost:${this.port}`;
    defer(t, () => this.stop());
    await this.run();
    return this;
  }

  /** Starts the program; also again, on the same port, after `stop`. */
  async run() {
    const program = process.env[this.#variable];
    if (!program) throw new Error(`${this.#variable} must be the path of the server's program`);
    const child = spawn(program, {
      env: { ...process.env, PORT: String(this.port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (text) => (this.#log += text);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#process = child;
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`${program} ended with ${code}:\n${this.#log}`);
    });
    ended.catch(() => {});
    await Promise.race([this.#answers(), ended]);
  }

  /** Kills it, as a crash would. */
  async stop() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    process.kill(child.pid, "SIGKILL");
    await ended;
  }

  async #answers() {
    const deadline = Date.now() + START_MS;
    for (;;) {
      try {
        return await reach(this.port);
      } catch (error) {
        if (Date.now() > deadline) throw new Error(`no answer from ${this.url}:\n${this.#log}`, { cause: error });
        await delay(20);
      }
    }
  }
}

/** The chat (`examples/chat`). */
export class ChatServer extends ServerProcess {
  static start(t) {
    return new ChatServer("CHAT_BIN").begin(t);
  }
}

/** The server with the rooms of the examples (`tests/src/bin/reference-server.rs`). */
export class ReferenceServer extends ServerProcess {
  static start(t) {
    return new ReferenceServer("REFERENCE_BIN").begin(t);
  }
}

/** The server with events of every shape (`tests/src/bin/everything-server.rs`). */
export class EverythingServer extends ServerProcess {
  static start(t) {
    return new EverythingServer("EVERYTHING_BIN").begin(t);
  }
}

async function reach(port) {
  const socket = connect(port, "localhost");
  await once(socket, "connect");
  socket.destroy();
}

async function freePort() {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
