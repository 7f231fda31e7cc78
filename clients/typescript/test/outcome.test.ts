import { expect, test, vi } from "vitest";
import { Outcome } from "../src/outcome.js";
import { task } from "./support/hostile.js";

const fails = () => {
  const unwatched = vi.fn();
  return { outcome: Outcome.of(Promise.reject(new Error("no")), unwatched), unwatched };
};

test("a failure that nobody looks at is told, and is no unhandled rejection", async () => {
  const { unwatched } = fails();
  await task();
  await task();
  expect(unwatched).toHaveBeenCalledExactlyOnceWith(new Error("no"));
});

test.each<[string, (outcome: Outcome<never>) => unknown]>([
  ["awaits", async (outcome) => await outcome],
  ["catches", (outcome) => outcome.catch(() => {})],
  ["handles with then", (outcome) => outcome.then(null, () => {})],
  ["waits for all", (outcome) => Promise.all([outcome])],
  ["waits until it is settled", (outcome) => Promise.allSettled([outcome])],
])("whoever %s hears of it alone", async (_how, watch) => {
  const { outcome, unwatched } = fails();
  await Promise.resolve(watch(outcome)).catch(() => {});
  await task();
  await task();
  expect(unwatched).not.toHaveBeenCalled();
});

test("what is chained to it is an ordinary promise", async () => {
  const outcome = Outcome.of(Promise.resolve(1), () => {});
  const chained = outcome.then((n) => n + 1);
  expect(chained).not.toBeInstanceOf(Outcome);
  expect([await chained, await outcome]).toEqual([2, 1]);
});
