import { expect, test } from "vitest";
import { MAX_KEPT, Timeline } from "../src/react/timeline.js";

const event = (offset?: number, data: unknown = offset) => ({
  event: "message",
  roomId: "a",
  data,
  from: "bob",
  timestamp: 0,
  ...(offset === undefined ? {} : { offset }),
});
const live = (timeline: Timeline, ...offsets: number[]) => timeline.add(offsets.map((offset) => event(offset)));
const older = (timeline: Timeline, ...offsets: number[]) => timeline.addOlder(offsets.map((offset) => event(offset)));
const data = (timeline: Timeline) => timeline.events.map((message) => message.data);

test("history, live events and older ones are one list, in order and without doubles", () => {
  const timeline = new Timeline();
  expect(timeline.cursor).toEqual({ before: undefined });
  live(timeline, 7, 6, 5);
  live(timeline, 8);
  live(timeline, 8, 7);
  expect(timeline.cursor).toEqual({ before: 5 });
  older(timeline, 4, 2);
  expect(data(timeline)).toEqual([2, 4, 5, 6, 7, 8]);
  expect([timeline.hasOlder, timeline.cursor]).toEqual([true, { before: 2 }]);
  older(timeline);
  expect([timeline.hasOlder, timeline.hasGap]).toEqual([false, false]);
});

test("after a gap older ones are loaded from there, until they meet what was here before", () => {
  const timeline = new Timeline();
  live(timeline, 1, 2, 3);
  timeline.gap(false);
  expect([timeline.hasGap, timeline.cursor]).toEqual([true, { before: undefined }]);
  live(timeline, 10, 9);
  expect([data(timeline), timeline.cursor]).toEqual([[1, 2, 3, 9, 10], { before: 9 }]);
  older(timeline, 8, 6);
  expect([timeline.hasGap, timeline.cursor]).toEqual([true, { before: 6 }]);
  older(timeline, 5, 3);
  expect([data(timeline), timeline.hasGap, timeline.cursor]).toEqual([[1, 2, 3, 5, 6, 8, 9, 10], false, { before: 1 }]);
});

test("a gap that nothing fills stays one", () => {
  const timeline = new Timeline();
  live(timeline, 1);
  timeline.gap(false);
  live(timeline, 9);
  older(timeline);
  expect([timeline.hasGap, timeline.hasOlder, data(timeline)]).toEqual([true, false, [1, 9]]);
});

test("another life of the room begins anew", () => {
  const timeline = new Timeline();
  live(timeline, 5, 6);
  timeline.gap(true);
  live(timeline, 1);
  expect([data(timeline), timeline.hasGap, timeline.cursor]).toEqual([[1], true, { before: 1 }]);
});

test("events of earlier lives, which have no offset, come first and are counted", () => {
  const timeline = new Timeline();
  live(timeline, 1, 2);
  timeline.addOlder([event(undefined, "c"), event(undefined, "b")]);
  expect([data(timeline), timeline.cursor]).toEqual([["b", "c", 1, 2], { start: 4 }]);
  timeline.addOlder([event(undefined, "b"), event(undefined, "a")]);
  expect(data(timeline)).toEqual(["a", "b", "c", 1, 2]);
});

test("events without history are a list of what came", () => {
  const timeline = new Timeline();
  timeline.add([event(undefined, "x"), event(undefined, "x")]);
  expect(data(timeline)).toEqual(["x", "x"]);
});

test("the list is bounded, and what was let go can be loaded again", () => {
  const timeline = new Timeline();
  older(timeline);
  live(timeline, ...Array.from({ length: MAX_KEPT + 3 }, (_, index) => index + 1));
  expect([timeline.events.length, timeline.events[0]?.offset, timeline.hasOlder]).toEqual([MAX_KEPT, 4, true]);
});
