import { expect, test } from "vitest";
import { type Delivery, Inbox, MAX_HELD } from "../src/inbox.js";

/** An inbox, and what it has delivered: offsets of events, and the names of the rest. */
function inbox() {
  const heard: unknown[] = [];
  const box = new Inbox((delivery) => heard.push(short(delivery)));
  const live = (...offsets: (number | undefined)[]) => offsets.forEach((offset) => box.receive(event(offset)));
  const history = (...offsets: number[]) =>
    box.receive({ kind: "history", events: offsets.map((n) => event(n).message) });
  return { box, heard, live, history };
}

const event = (offset: number | undefined) => ({
  kind: "event" as const,
  message: {
    event: "e",
    roomId: "r",
    data: null,
    from: "a",
    timestamp: 0,
    ...(offset === undefined ? {} : { offset }),
  },
});

function short(delivery: Delivery): unknown {
  if (delivery.kind === "event") return delivery.message.offset;
  if (delivery.kind === "history") return `history ${delivery.events.map(({ offset }) => offset)}`;
  return delivery.newEpoch ? "gap, new epoch" : "gap";
}

const joined = (offset: number, more = {}) => ({ epoch: "a", offset, resumed: false, ...more });

test("what comes before the join's answer waits for it", () => {
  const { box, heard, live, history } = inbox();
  history(2, 1);
  live(3, undefined);
  expect(heard).toEqual([]);
  expect(box.position).toBeUndefined();

  box.joined(joined(3));
  expect(heard).toEqual(["history 2,1", 3, undefined]);
  expect(box.position).toEqual({ epoch: "a", offset: 3 });
});

test("the position is the newest recorded event, from the answer on", () => {
  const { box, live } = inbox();
  box.joined(joined(7));
  expect(box.position).toEqual({ epoch: "a", offset: 7 });
  live(8, undefined, 9);
  expect(box.position).toEqual({ epoch: "a", offset: 9 });
});

test("what was missed comes before what came first", () => {
  const { box, heard, live, history } = inbox();
  box.joined(joined(5));
  box.joining();
  history(8, 7, 6);
  live(9, 10);
  box.joined(joined(10, { resumed: true, missed: 3 }));
  expect(heard).toEqual([]);
  live(6, 7);
  expect(heard).toEqual([6, 7]);
  expect(box.position).toEqual({ epoch: "a", offset: 7 });
  live(8, 11);
  expect(heard).toEqual([6, 7, 8, 9, 10, 11]);
  expect(box.position).toEqual({ epoch: "a", offset: 11 });
});

test("where nothing was missed, what is held follows at once", () => {
  const { box, heard, live } = inbox();
  box.joined(joined(5));
  box.joining();
  live(undefined, 6);
  box.joined(joined(6, { resumed: true, missed: 0 }));
  expect(heard).toEqual([undefined, 6]);
});

test("a server that does not say how much was missed is not waited for", () => {
  const { box, heard, live } = inbox();
  box.joined(joined(5));
  box.joining();
  live(8);
  box.joined(joined(8, { resumed: true }));
  live(6, 7);
  expect(heard).toEqual([8, 6, 7]);
});

test("a connection that ends among missed events resumes after the last of them", () => {
  const { box, heard, live } = inbox();
  box.joined(joined(5));
  box.joining();
  live(9);
  box.joined(joined(9, { resumed: true, missed: 3 }));
  live(6);
  box.joining();
  expect(box.position).toEqual({ epoch: "a", offset: 6 });
  live(10);
  box.joined(joined(10, { resumed: true, missed: 3 }));
  live(7, 8, 9);
  expect(heard).toEqual([6, 7, 8, 9, 10]);
});

test("who cannot resume hears of the gap, then the history, then what is live", () => {
  const { box, heard, live, history } = inbox();
  box.joined(joined(5));
  box.joining();
  box.joined(joined(500));
  history(500, 499);
  live(501);
  expect(heard).toEqual(["gap", "history 500,499", 501]);
  expect(box.position).toEqual({ epoch: "a", offset: 501 });
});

test("in a new life of the room offsets begin anew", () => {
  const { box, heard, live } = inbox();
  box.joined(joined(5));
  box.joining();
  live(1);
  box.joined({ epoch: "b", offset: 1, resumed: false });
  live(2);
  expect(heard).toEqual(["gap, new epoch", 1, 2]);
  expect(box.position).toEqual({ epoch: "b", offset: 2 });
});

test("a server cannot claim to resume what was never joined", () => {
  const { box, heard, live } = inbox();
  box.joined(joined(5, { resumed: true, missed: 3 }));
  live(6);
  expect(heard).toEqual([6]);
  expect(box.position).toEqual({ epoch: "a", offset: 6 });
});

test("the application's hold comes last, and keeps the order", () => {
  const { box, heard, live } = inbox();
  box.hold();
  box.hold();
  box.joined(joined(0));
  live(1, 2);
  box.release();
  expect([heard, box.isHeld]).toEqual([[], true]);
  box.release();
  live(3);
  expect([heard, box.isHeld]).toEqual([[1, 2, 3], false]);
});

test("a handler that holds again, or causes more, keeps the order", () => {
  const heard: number[] = [];
  const box: Inbox = new Inbox((delivery) => {
    if (delivery.kind !== "event") return;
    const { offset } = delivery.message;
    heard.push(offset ?? 0);
    if (offset === 1) box.receive(event(3));
    if (offset === 2) box.hold();
  });
  box.hold();
  box.joined(joined(0));
  box.receive(event(1));
  box.receive(event(2));
  box.release();
  expect(heard).toEqual([1, 2]);
  box.release();
  expect(heard).toEqual([1, 2, 3]);
});

test.each(["for the answer", "for the application"])("what waits %s is bounded, and its loss is a gap", (why) => {
  const { box, heard, live } = inbox();
  if (why === "for the application") {
    box.hold();
    box.joined(joined(0));
  }
  for (let offset = 1; offset <= MAX_HELD + 5; offset += 1) live(offset);
  if (why === "for the application") box.release();
  else box.joined(joined(MAX_HELD + 5));
  expect(heard).toEqual(["gap", ...Array.from({ length: MAX_HELD }, (_, index) => index + 6)]);
});
