import type { ChatMessage } from "./dialogue.js";

/** How many lines of the conversation are on the page at most. */
export const MAX_LINES = 1000;

const GROUP_MS = 5 * 60_000;

/** Somebody has come or gone. */
export interface Note {
  kind: "note";
  key: string;
  name: string;
  does: "joined" | "left";
  timestamp: number;
}

/** A line of the conversation; `gap` and `restart` say that something may be missing, `older` is the way to it. */
export type Line =
  | { kind: "message"; key: string; message: ChatMessage; continues: boolean }
  | Note
  | { kind: "gap"; key: string }
  | { kind: "restart"; key: string }
  | { kind: "older"; key: string };

/** The conversation: what was said before the server restarted, then the messages and who came and went among them. */
export function linesOf(past: readonly Line[], events: readonly ChatMessage[], notes: readonly Note[]): Line[] {
  const messages = events.slice(-MAX_LINES);
  const lines = [...past];
  const seen = new Set(past.map(({ key }) => key));
  const coming = [...notes];
  const oldest = oldestWhole(messages);
  messages.forEach((message, index) => {
    const key = keyOf(message);
    const above = messages[index - 1];
    const isOldest = index === oldest;
    if (isOldest && !hasHole(above, message)) lines.push(OLDER);
    while (coming[0] && isBefore(coming[0], message)) lines.push(coming.shift()!);
    if (hasHole(above, message)) lines.push({ kind: "gap", key: `gap after ${keyOf(above)}` });
    if (isOldest && hasHole(above, message)) lines.push(OLDER);
    // Of what was sent again, the server knows only the recent.
    if (!seen.has(key)) lines.push({ kind: "message", key, message, continues: false });
    seen.add(key);
  });
  return grouped([...lines, ...coming].slice(-MAX_LINES));
}

/** What stays of the conversation when the server has restarted and forgotten it. */
export function pastOf(lines: readonly Line[]): Line[] {
  const kept = lines.filter(({ kind }) => kind !== "older");
  const last = kept.at(-1);
  if (!last || last.kind === "restart") return kept;
  return [...kept, { kind: "restart", key: `restart after ${last.key}` }];
}

/** The index of the oldest message after which none is missing. */
export function oldestWhole(messages: readonly ChatMessage[]): number {
  return messages.findLastIndex((message, index) => index === 0 || hasHole(messages[index - 1], message));
}

const OLDER: Line = { kind: "older", key: "older" };

/** The room numbers its messages without holes, so a jump is one. */
function hasHole(above: ChatMessage | undefined, message: ChatMessage): above is ChatMessage {
  return above?.offset !== undefined && message.offset !== undefined && message.offset > above.offset + 1;
}

/** Within one millisecond, one comes before one speaks and goes after it. */
function isBefore({ does, timestamp }: Note, message: ChatMessage): boolean {
  return does === "joined" ? timestamp <= message.timestamp : timestamp < message.timestamp;
}

/** The same for a message that comes again, also when the server has forgotten that it had it. */
function keyOf({ from, id, timestamp, offset }: ChatMessage): string {
  return JSON.stringify([from, id ?? [timestamp, offset]]);
}

/** Decides which messages go on what the one above has begun. */
function grouped(lines: Line[]): Line[] {
  let above: ChatMessage | undefined;
  let since = 0;
  return lines.map((line) => {
    if (line.kind !== "message") {
      above = undefined;
      return line;
    }
    const { message } = line;
    const continues = above?.from === message.from && message.timestamp - since < GROUP_MS;
    if (!continues) since = message.timestamp;
    above = message;
    return continues === line.continues ? line : { ...line, continues };
  });
}
