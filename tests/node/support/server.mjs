import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { defer } from "./defer.mjs";

const START_MS = 10_000;

/** The chat server in a process of its own, which ends with the test. */
export class ChatServer {
  #process;
  #log = "";

  static async start(t) {
    const server = new ChatServer();
    server.port = await freePort();
    server.url = `http://localhost:${server.port}`;
    defer(t, () => server.stop());
    await server.run();
    return server;
  }

  /** Starts the program; also again, on the same port, after `stop`. */
  async run() {
    const program = process.env.CHAT_BIN;
    if (!program) throw new Error("CHAT_BIN must be the path of the chat server's program");
    const child = spawn(program, {
      env: { ...process.env, PORT: String(this.port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (text) => (this.#log += text);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#process = child;
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the chat server ended with ${code}:\n${this.#log}`);
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
        return await fetch(this.url);
      } catch (error) {
        if (Date.now() > deadline) throw new Error(`no answer from ${this.url}:\n${this.#log}`, { cause: error });
        await delay(20);
      }
    }
  }
}

async function freePort() {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
