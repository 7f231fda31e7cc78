// The first example in the package's README, as it stands there, but for the address.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { test } from "node:test";
import { ChatServer } from "./support/server.mjs";

const readme = readFileSync(new URL("../../clients/typescript/README.md", import.meta.url), "utf8");

test("the first example runs, and ends", async (t) => {
  const [, example] = readme.match(/```js\n([^]*?)```/);
  const server = await ChatServer.start(t);
  const program = example.replace("http://localhost:3000", server.url);
  assert.notEqual(program, example);
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: import.meta.dirname,
    timeout: 10_000,
  });
  assert.deepEqual([stdout, stderr], ["alice: hi\n", ""]);
});
