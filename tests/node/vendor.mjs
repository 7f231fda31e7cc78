// Copies the browser build of socket.io-client into the chat's page; `npm run vendor`.
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NAME = "socket.io.esm.min.js";

export const source = new URL(`dist/${NAME}`, import.meta.resolve("socket.io-client/package.json"));
export const copy = new URL(`../../examples/chat/web/vendor/${NAME}`, import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  copyFileSync(source, copy);
  console.log(`copied ${NAME}`);
}
