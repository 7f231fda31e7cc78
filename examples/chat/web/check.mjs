// Fails unless what is committed is what the sources give: the page, and with CHAT_BIN its types.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));
const { CHAT_BIN } = process.env;

const folder = mkdtempSync(join(tmpdir(), "chat-page-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

await build({ root, logLevel: "warn", build: { outDir: join(folder, "dist"), emptyOutDir: true } });
const names = new Set([...readdirSync(join(root, "dist")), ...readdirSync(join(folder, "dist"))]);
const stale = [...names].map((name) => `dist/${name}`).filter((path) => !isSame(path, path));
if (stale.length > 0) fail(`${stale.join(", ")}: not what the sources give; \`npm run build\` writes it again`);

if (CHAT_BIN) {
  const types = join(folder, "dialogue.gen.ts");
  const { status, error } = spawnSync(CHAT_BIN, ["--emit-ts", types], { stdio: "inherit" });
  if (status !== 0) fail(`${CHAT_BIN} wrote no types${error ? `: ${error.message}` : ""}`);
  if (!isSame("src/dialogue.gen.ts", "dialogue.gen.ts"))
    fail("src/dialogue.gen.ts: not what the rooms give; `cargo run -p chat -- --emit-ts PATH` writes it again");
}
console.log(CHAT_BIN ? "The page and its types are fresh." : "The page is fresh; its types are compared with CHAT_BIN.");

function isSame(committed, fresh) {
  const [one, other] = [contents(join(root, committed)), contents(join(folder, fresh))];
  return one !== undefined && other !== undefined && one.equals(other);
}

function contents(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
