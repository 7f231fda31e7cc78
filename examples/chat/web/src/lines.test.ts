import { expect, test } from "vitest";
import type { ChatMessage } from "./dialogue.js";
import { type Line, MAX_LINES, type Note, linesOf, pastOf } from "./lines.js";

const MINUTE = 60_000;

/** A message that says its own offset, said in that minute. */
function message(offset: number, { from = "bob", timestamp = offset * MINUTE, id = `${offset}` } = {}): ChatMessage {
  const data = { text: `${offset}`, senderId: from };
  return { event: "message", roomId: "general", data, from, timestamp, offset, id };
}

function note(name: string, does: Note["does"], timestamp: number): Note {
  return { kind: "note", key: `${name} ${does}`, name, does, timestamp };
}

/** What one reads, from top to bottom; `+` is before a message that goes on what the one above has begun. */
function read(lines: readonly Line[]): string[] {
  return lines.map((line) => {
    if (line.kind === "message") return `${line.continues ? "+" : ""}${line.message.data.text}`;
    return line.kind === "note" ? `${line.name} ${line.does}` : line.kind;
  });
}

const from = (first: number, last: number): ChatMessage[] =>
  Array.from({ length: last - first + 1 }, (_, index) => message(first + index));

test("messages of one person go together, for five minutes", () => {
  expect(read(linesOf([], from(1, 7), []))).toEqual(["older", "1", "+2", "+3", "+4", "+5", "6", "+7"]);
  const two = [message(1), message(2, { from: "alice" }), message(3)];
  expect(read(linesOf([], two, []))).toEqual(["older", "1", "2", "3"]);
});

test("who came and went is between the messages, and parts them", () => {
  const notes = [note("bob", "joined", MINUTE), note("bob", "left", 2 * MINUTE), note("eve", "joined", 9 * MINUTE)];
  const expected = ["older", "bob joined", "1", "+2", "bob left", "3", "eve joined"];
  expect(read(linesOf([], from(1, 3), notes))).toEqual(expected);
  expect(read(linesOf([], [], notes))).toEqual(["bob joined", "bob left", "eve joined"]);
});

test("a hole is told at its place, and the way to older messages is at the newest one", () => {
  const holes = [...from(3, 4), message(8), message(11)];
  expect(read(linesOf([], holes, []))).toEqual(["3", "+4", "gap", "8", "gap", "older", "11"]);
  const filled = [...from(3, 8), ...from(10, 11)];
  expect(read(linesOf([], filled, []))).toEqual(["3", "+4", "+5", "+6", "+7", "8", "gap", "older", "10", "+11"]);
  expect(read(linesOf([], from(3, 5), []))).toEqual(["older", "3", "+4", "+5"]);
});

test("a restart parts what was said before from what is said after", () => {
  const past = pastOf(linesOf([], from(1, 2), [note("eve", "joined", 9 * MINUTE)]));
  expect(read(past)).toEqual(["1", "+2", "eve joined", "restart"]);
  const again = [message(1, { id: "2" }), message(2, { id: "new" })];
  expect(read(linesOf(past, again, []))).toEqual(["1", "+2", "eve joined", "restart", "older", "2"]);
  expect(pastOf(past)).toEqual(past);
  expect(pastOf([])).toEqual([]);
});

test("messages without an id are told apart by their place", () => {
  const plain = (offset: number, timestamp: number) => {
    const { id: _, ...rest } = message(offset, { timestamp });
    return rest;
  };
  const past = pastOf(linesOf([], [plain(1, 5), plain(2, 5)], []));
  expect(read(past)).toEqual(["1", "+2", "restart"]);
  expect(read(linesOf(past, [plain(1, 6)], []))).toEqual(["1", "+2", "restart", "older", "1"]);
});

test("every line has a key of its own", () => {
  const past = pastOf(linesOf([], [message(1), message(3)], [note("eve", "joined", 0)]));
  const again = [message(1, { id: "a" }), message(4, { id: "b" })];
  const keys = linesOf(past, again, [note("eve", "left", 0)]).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("the page is bounded: the oldest lines go", () => {
  const past = pastOf(linesOf([], [message(1, { id: "before" })], []));
  const lines = linesOf(past, from(1, MAX_LINES + 5), []);
  expect(lines.length).toBe(MAX_LINES);
  expect(read(lines).at(-1)).toBe(`+${MAX_LINES + 5}`);
  expect(lines.every(({ kind }) => kind === "message")).toBe(true);
});
