import { describe } from "node:test";
import { User } from "./client.mjs";
import { ChatServer } from "./server.mjs";

const TRANSPORTS = {
  websocket: { transports: ["websocket"] },
  polling: { transports: ["polling"] },
  "polling, then websocket": { transports: ["polling", "websocket"] },
};

/** Defines tests for each transport, with `{options, connect, chat}` to use it. */
export function onEveryTransport(define) {
  for (const [name, options] of Object.entries(TRANSPORTS)) {
    const connect = async (t, server, user) => {
      const connected = await User.connect(t, server, user, options);
      if (options.transports.length > 1) await connected.upgraded();
      return connected;
    };

    /** A server and one user for each name, who have heard of each other. */
    const chat = async (t, ...names) => {
      const server = await ChatServer.start(t);
      const users = [];
      for (const name of names) {
        const newcomer = await connect(t, server, name);
        await Promise.all(users.map((user) => user.hearsEvent("user:joined", ({ data }) => data.userId === name)));
        users.push(newcomer);
      }
      return { server, users };
    };

    describe(name, () => define({ options, connect, chat }));
  }
}
