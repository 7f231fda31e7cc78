import { once } from "node:events";
import { type Server as HttpServer, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { onTestFinished } from "vitest";
import { createDialogueClient } from "../../src/index.js";
import type { DialogueClient, DialogueClientOptions, DialogueError } from "../../src/index.js";

type Ack = (answer?: unknown) => void;
export type Answers = Record<string, (payload: any, ack: Ack, socket: Socket) => void>;

/** How a well-behaved server answers. */
export const joined = (roomId: string, more: object = {}) => ({
  ok: true,
  roomId,
  roomName: `Room ${roomId}`,
  epoch: "e1",
  offset: 0,
  resumed: false,
  subscriptions: ["*"],
  ...more,
});

const WELL_BEHAVED: Answers = {
  "dialogue:join": ({ roomId, resume }, ack) =>
    ack(joined(roomId, resume ? { resumed: true, missed: 0, offset: resume.offset } : {})),
  "dialogue:leave": ({ roomId }, ack) => ack({ ok: true, roomId }),
  "dialogue:trigger": (_payload, ack) => ack({ ok: true, timestamp: 1 }),
  "dialogue:subscribe": (_payload, ack) => ack({ ok: true }),
  "dialogue:unsubscribe": (_payload, ack) => ack({ ok: true }),
};

/** A server that does what no Dialogue server does: what a test says, and for the rest it is well-behaved. */
export class Hostile {
  /** Requests, in the order in which they came. */
  readonly requests: { name: string; payload: any }[] = [];
  readonly auths: unknown[] = [];
  answers: Answers;
  /** What happens to whoever connects. */
  greet: (socket: Socket) => void = (socket) => {
    socket.emit("dialogue:connected", { clientId: socket.id, userId: "alice" });
  };
  /** Refuses handshakes, if it returns an error. */
  refuse: (socket: Socket) => object | undefined = () => undefined;
  #http!: HttpServer;
  #io!: Server;
  #port = 0;
  #waiting = new Set<() => void>();

  static async start(answers: Answers = {}): Promise<Hostile> {
    const server = new Hostile(answers);
    await server.run();
    onTestFinished(() => server.stop());
    return server;
  }

  private constructor(answers: Answers) {
    this.answers = answers;
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  get sockets(): Socket[] {
    return [...this.#io.sockets.sockets.values()];
  }

  get socket(): Socket {
    return this.sockets[0]!;
  }

  /** Starts; also again, on the same port. */
  async run(): Promise<void> {
    this.#http = createServer();
    this.#io = new Server(this.#http, { serveClient: false });
    this.#io.use((socket, next) => {
      this.auths.push(socket.handshake.auth);
      const refusal = this.refuse(socket);
      next(refusal ? Object.assign(new Error("refused"), { data: refusal }) : undefined);
    });
    this.#io.on("connection", (socket) => this.#serve(socket));
    this.#http.listen(this.#port);
    await once(this.#http, "listening");
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.cut();
    await this.#io.close();
  }

  /** Cuts every connection, without a word. */
  cut(): void {
    for (const socket of this.sockets) cut(socket);
  }

  /** Waits until that many requests of that name have come. */
  async asked(name: string, count = 1): Promise<any[]> {
    for (;;) {
      const found = this.requests.filter((request) => request.name === name);
      if (found.length >= count) return found.map(({ payload }) => payload);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #serve(socket: Socket): void {
    socket.onAny((name: string, ...args: unknown[]) => {
      const ack = (typeof args.at(-1) === "function" ? args.pop() : () => {}) as Ack;
      const [payload] = args;
      this.requests.push({ name, payload });
      (this.answers[name] ?? WELL_BEHAVED[name])?.(payload, ack, socket);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const resolve of waiting) resolve();
    });
    this.greet(socket);
  }
}

export const cut = (socket: Socket): void => {
  // The transport itself, so that no packet tells of it.
  (socket.conn as unknown as { transport: { socket?: { terminate(): void } } }).transport.socket?.terminate();
};

export interface Watched {
  client: DialogueClient;
  errors: DialogueError[];
}

/** A client that is patient for little, and whose errors are noted. It ends with the test. */
export function watched(url: string, options: Partial<DialogueClientOptions> = {}): Watched {
  const client = createDialogueClient({
    url,
    autoConnect: false,
    timeout: 1000,
    reconnectionDelay: 5,
    reconnectionDelayMax: 20,
    ...options,
  });
  const errors: DialogueError[] = [];
  client.onError((error) => errors.push(error));
  onTestFinished(() => client.disconnect());
  return { client, errors };
}

export async function connected(server: Hostile, options: Partial<DialogueClientOptions> = {}): Promise<Watched> {
  const watch = watched(server.url, options);
  await watch.client.connect();
  return watch;
}

/** The next call of an `on..` method's handler. */
export function next<A extends unknown[]>(on: (handler: (...args: A) => void) => () => void): Promise<A> {
  return new Promise((resolve) => {
    const off = on((...args) => {
      off();
      resolve(args);
    });
  });
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<DialogueError> {
  const outcome = await promise.then(
    () => undefined,
    (error: DialogueError) => error,
  );
  if (!outcome) throw new Error("it did not fail");
  return outcome;
}

/** The next task. */
export const task = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

export const event = (roomId: string, n: number, more: object = {}) => ({
  event: "message",
  roomId,
  data: { n },
  from: "bob",
  timestamp: n,
  ...more,
});
