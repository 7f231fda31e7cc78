import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { copy, source } from "./vendor.mjs";

test("the page's copy of socket.io-client is the one from npm: `npm run vendor` renews it", () => {
  assert.ok(readFileSync(copy).equals(readFileSync(source)));
});
