// Which messages the chat's page knows to be missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "../../examples/chat/web/progress.js";

/** Somebody who joined the room when it had 10 messages, and was sent the last 5. */
function joined() {
  const progress = new Progress();
  assert.equal(progress.resume, undefined);
  assert.equal(progress.enter("a"), false);
  add(progress, 6, 7, 8, 9, 10);
  assert.equal(progress.skipTo(10), false);
  return progress;
}

const add = (progress, ...offsets) => offsets.forEach((offset) => assert.equal(progress.add(offset), true));

test("it resumes after the last message without a hole", () => {
  const progress = joined();
  assert.deepEqual(progress.resume, { epoch: "a", offset: 10 });
  add(progress, 11);
  assert.equal(progress.add(11), false);
  assert.deepEqual(progress.resume, { epoch: "a", offset: 11 });

  // Back from a loss: first the newest of the history, then something live, then what was missed.
  add(progress, 14, 15, 16);
  assert.deepEqual(progress.resume, { epoch: "a", offset: 11 });
  add(progress, 12, 13);
  assert.deepEqual(progress.resume, { epoch: "a", offset: 16 });
  assert.equal(progress.oldest, 6);
});

test("a hole that nothing will fill is told, once", () => {
  const progress = joined();
  add(progress, 20, 21);
  assert.equal(progress.skipTo(21), true);
  assert.equal(progress.oldest, 20);
  assert.deepEqual(progress.resume, { epoch: "a", offset: 21 });
  assert.equal(progress.skipTo(21), false);

  add(progress, 11, 12, 13, 14, 15, 16, 17, 18, 19);
  assert.equal(progress.oldest, 6);
});

test("there is no hole where the history follows on what is there", () => {
  const progress = joined();
  add(progress, 11, 12);
  assert.equal(progress.skipTo(12), false);
  assert.equal(progress.skipTo(12), false);
  assert.equal(joined().skipTo(10), false);
});

test("nothing is older than the first", () => {
  const progress = joined();
  add(progress, 5, 4, 3, 2);
  assert.equal(progress.oldest, 2);
  add(progress, 1);
  assert.equal(progress.oldest, 1);
  progress.remove(1);
  assert.equal(progress.oldest, 2);
});

test("in another life of the room nothing is known", () => {
  const progress = joined();
  assert.equal(progress.enter("a"), false);
  assert.equal(progress.enter("b"), true);
  assert.equal(progress.resume, undefined);
  assert.equal(progress.skipTo(0), false);
  assert.deepEqual([progress.resume, progress.oldest], [{ epoch: "b", offset: 0 }, 1]);
  add(progress, 1);
  assert.deepEqual(progress.resume, { epoch: "b", offset: 1 });
});
