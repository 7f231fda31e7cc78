// Written by Dialogue from the types of the server: do not edit it, but write it again.
//
// Integers of 64 and more bits are numbers here, which are exact only up to Number.MAX_SAFE_INTEGER (2^53 - 1).

import { z } from "zod";

/**
 * Something that somebody says.
 *
 * Everybody hears it: *\/ even this.
 */
export interface Message {
  /** What is said. */
  text: string;
  /** Who says it. */
  senderId: string;
  /** What it answers. */
  replyTo?: string | null;
  /** Words that were added. */
  tags?: string[];
}

/** Nothing but its name. */
export type Ping = null;

/** How it stands, for clients to hear only. */
export interface UserJoined {
  /** Who. */
  userId: string;
  /** What is known of them. */
  about: { [key: string]: Position };
}

/** A place. */
export interface Position {
  x: number;
  y: number;
  name?: string | null;
}

/** A shape that moves: an enum with a tag. */
export type Drawn = { kind: "circle"; radius: number } | { kind: "line" } & Line | { kind: "nothing" };

/** From one place to another. */
export interface Line {
  from: Position;
  to: Position;
}

/** An enum without a tag of its own. */
export type Command =
  | "Stop"
  | "go-on"
  | { Wait: number }
  | { Move: { to: Position } }
  | { Swap: [Position, Position] };

/** Every number. */
export interface Numbers {
  die: number;
  share: number;
  signed: number;
  /**
   * Counts atoms.
   * Exact only up to Number.MAX_SAFE_INTEGER.
   */
  wide: number;
  /** Exact only up to Number.MAX_SAFE_INTEGER. */
  wider?: number | null;
  defaulted: number;
  point: [number, number];
}

/** Every number. */
export interface NumbersInput {
  die: number;
  share: number;
  signed: number;
  /**
   * Counts atoms.
   * Exact only up to Number.MAX_SAFE_INTEGER.
   */
  wide: number;
  /** Exact only up to Number.MAX_SAFE_INTEGER. */
  wider?: number | null;
  defaulted?: number;
  point: [number, number];
}

/** Every rule on texts. */
export interface Texts {
  "e-mail": string;
  url?: string | null;
  ip?: string | null;
  "ip-v4"?: string | null;
  "ip-v6"?: string | null;
  plate?: string | null;
  parts?: string | null;
  plain?: string | null;
  again: string;
  needed: string;
  custom?: string | null;
  letter?: string | null;
}

/** Tag and content. */
export type Adjacent = { t: "Nothing" } | { t: "Number"; c: number } | { t: "Named"; c: { name: string } };

/** One of several. */
export type Loose = number | string | { number: number; text: string };

/** A comment with comments. */
export interface Comment {
  text: string;
  replies: Comment[];
  first?: Comment | null;
}

/** Maps, sets and anything. */
export interface Collections {
  scores: { [key: string]: number };
  seen: string[];
  anything: unknown;
  maybe: unknown;
  pair: [number, string];
  encoded: unknown;
  described: string;
}

/** Everything may be left out. */
export interface Preferences {
  theme: Theme;
  size: number;
  width: number;
  height: number;
}

/** Light or dark. */
export type Theme = "light" | "dark";

/** Everything in one object, and other names on the way out. */
export type Flat = { out: string; made: number } & { [key: string]: unknown } & ({ what: "file"; path: string } | { what: "link"; url: string });

/** What comes may have another form than what goes. */
export type Parsed = number;

/** A text and nothing else. */
export type Title = string;

/** Any JSON. */
export type AnyThing = unknown;

/** A comment with comments. */
export interface CommentInput {
  text: string;
  replies?: CommentInput[];
  first?: CommentInput | null;
}

/** Maps, sets and anything. */
export interface CollectionsInput {
  scores: { [key: string]: number };
  seen: string[];
  anything: unknown;
  maybe?: unknown;
  pair: [number, string];
  encoded: unknown;
  described: string;
}

/** Everything may be left out. */
export interface PreferencesInput {
  theme?: Theme;
  size?: number;
  width: number;
  height: number;
}

/** Everything in one object, and other names on the way out. */
export type FlatInput = { in: string } & { [key: string]: unknown } & ({ what: "file"; path: string } | { what: "link"; url: string });

/** What comes may have another form than what goes. */
export type ParsedInput = string;

/** Something that the server says, in pages. */
export interface Message2 {
  pages: Page;
  numbers: Page2;
}

/** Some of many. */
export interface Page {
  items: string[];
  more: boolean;
}

/** Some of many. */
export interface Page2 {
  items: number[];
  more: boolean;
}

/** Every room: what travels there, what clients may trigger, and what a member hears without asking. */
export interface Rooms {
  /** Public chat room for everyone. */
  general: {
    events: {
      message: Message;
      ping: Ping;
      "user:joined": UserJoined;
    };
    triggers: {
      message: Message;
      ping: Ping;
    };
    defaultSubscriptions: "message" | "user:joined";
  };
  /** One room per match. */
  "match:{number:u64}": {
    events: {
      drawn: Drawn;
      command: Command;
      numbers: Numbers;
    };
    triggers: {
      drawn: Drawn;
      command: Command;
      numbers: NumbersInput;
    };
    defaultSubscriptions: "*";
  };
  /** Everything */
  everything: {
    events: {
      texts: Texts;
      adjacent: Adjacent;
      loose: Loose;
      comment: Comment;
      collections: Collections;
      preferences: Preferences;
      flat: Flat;
      parsed: Parsed;
      title: Title;
      "any:thing": AnyThing;
      "by-hand": unknown;
      message: Message;
      numbers: Numbers;
      drawn: Drawn;
      command: Command;
      ping: Ping;
    };
    triggers: {
      texts: Texts;
      adjacent: Adjacent;
      loose: Loose;
      comment: CommentInput;
      collections: CollectionsInput;
      preferences: PreferencesInput;
      flat: FlatInput;
      parsed: ParsedInput;
      title: Title;
      "any:thing": AnyThing;
      "by-hand": unknown;
      message: Message;
      numbers: NumbersInput;
      drawn: Drawn;
      command: Command;
      ping: Ping;
    };
    defaultSubscriptions: never;
  };
  /** Anything goes. */
  sandbox: {
    events: {
      [event: string]: unknown;
    };
    triggers: {
      [event: string]: unknown;
    };
    defaultSubscriptions: "*";
  };
  /** Only the server speaks. */
  announcements: {
    events: {
      "user:joined": UserJoined;
      notice: Message2;
    };
    triggers: {};
    defaultSubscriptions: "user:joined";
  };
}

/** Characters, as the server counts them. */
const length = (text: string) => [...text].length;

const DOMAIN = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;

/** An address as HTML has it, with an international domain or the IP address of one in brackets. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [user, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (!/^[\w.!#$%&'*+/=?^`{|}~-]+$/.test(user) || user.length > 64 || [...domain].length > 255) return false;
  if (DOMAIN.test(domain)) return true;
  const bracketed = /\[([\da-f:.]+)\]$/i.exec(domain)?.[1];
  if (bracketed !== undefined) return isIp(bracketed);
  return /^[^\s/?#@:\\%]+$/.test(domain) && isUrl(`http://${domain}`) && DOMAIN.test(new URL(`http://${domain}`).hostname);
}

function isUrl(text: string): boolean {
  try {
    return new URL(text) !== undefined;
  } catch {
    return false;
  }
}

const isIp = (text: string) => z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;

export const MessageSchema = z.object({
  text: z.string().refine((text) => length(text) >= 1, "too short").refine((text) => length(text) <= 10, "too long"),
  senderId: z.string(),
  replyTo: z.string().nullish(),
  tags: z.array(z.string()).max(2, "two tags are enough").optional(),
});

export const PingSchema = z.null();

export const PositionSchema = z.object({
  x: z.int().min(0, "too small").max(2147483647, "too large"),
  y: z.int().min(-2147483648, "too small").max(2147483647, "too large"),
  name: z.string().nullish(),
});

export const LineSchema = z.object({ from: PositionSchema, to: PositionSchema });

export const DrawnSchema = z.union([
  z.object({ kind: z.literal("circle"), radius: z.number().min(0, "too small") }),
  z.intersection(z.object({ kind: z.literal("line") }), LineSchema),
  z.object({ kind: z.literal("nothing") }),
]);

export const CommandSchema = z.union([
  z.literal("Stop"),
  z.literal("go-on"),
  z.strictObject({ Wait: z.int().min(0, "too small").max(4294967295, "too large") }),
  z.strictObject({ Move: z.object({ to: PositionSchema }) }),
  z.strictObject({ Swap: z.tuple([PositionSchema, PositionSchema]) }),
]);

export const NumbersInputSchema = z.object({
  die: z.int().min(1, "too small").max(6, "too large"),
  share: z.number().gt(0, "too small").lt(1, "too large"),
  signed: z.int().min(-2147483648, "too small").max(2147483647, "too large"),
  wide: z.int().min(0, "too small"),
  wider: z.int().nullish(),
  defaulted: z.int().min(0, "too small").max(65535, "too large").optional(),
  point: z.tuple([z.number(), z.number()]),
});

export const TextsSchema = z.strictObject({
  "e-mail": z.string().refine((text) => isEmail(text), "not an email address"),
  url: z.string().refine((text) => isUrl(text), "not a URL").nullish(),
  ip: z.string().refine((text) => isIp(text), "not an IP address").nullish(),
  "ip-v4": z.string().refine((text) => z.ipv4().safeParse(text).success, "not an IPv4 address").nullish(),
  "ip-v6": z.string().refine((text) => z.ipv6().safeParse(text).success, "not an IPv6 address").nullish(),
  plate: z.string().refine((text) => /^[a-z]{1,3}\/[0-9]+$/iu.test(text), "not a plate").nullish(),
  parts: z.string().refine((text) => /a\.b/u.test(text), "lacks a required part").refine((text) => !/x\/y/u.test(text), "has a forbidden part").nullish(),
  plain: z.string().refine((text) => /^\P{Cc}*$/u.test(text), "has control characters").nullish(),
  again: z.string(),
  needed: z.string(),
  custom: z.string().nullish(),
  letter: z.string().refine((text) => length(text) >= 1, "too short").refine((text) => length(text) <= 1, "too long").nullish(),
}).refine((value) => value["again"] === value["e-mail"], { path: ["again"], message: "does not match" });

export const AdjacentSchema = z.union([
  z.object({ t: z.literal("Nothing") }),
  z.object({
    t: z.literal("Number"),
    c: z.int().min(0, "too small").max(255, "too large"),
  }),
  z.object({ t: z.literal("Named"), c: z.object({ name: z.string() }) }),
]);

export const LooseSchema = z.union([
  z.int().min(0, "too small").max(255, "too large"),
  z.string(),
  z.object({
    number: z.int().min(0, "too small").max(255, "too large"),
    text: z.string(),
  }),
]);

export const CommentInputSchema: z.ZodType<CommentInput> = z.object({
  text: z.string(),
  replies: z.array(z.lazy(() => CommentInputSchema)).optional(),
  first: z.lazy(() => CommentInputSchema).nullish(),
}) as unknown as z.ZodType<CommentInput>;

export const CollectionsInputSchema = z.object({
  scores: z.record(z.string(), z.int().min(0, "too small").max(4294967295, "too large")).refine((map) => Object.keys(map).length >= 1, "too short"),
  seen: z.array(z.string()),
  anything: z.unknown().refine((value) => value !== undefined, "missing"),
  maybe: z.unknown().optional(),
  pair: z.tuple([z.int().min(0, "too small").max(255, "too large"), z.string()]),
  encoded: z.unknown().refine((value) => value !== undefined, "missing"),
  described: z.string(),
});

export const ThemeSchema = z.enum(["light", "dark"]);

export const PreferencesInputSchema = z.object({
  theme: ThemeSchema.optional(),
  size: z.int().min(0, "too small").max(255, "too large").optional(),
  width: z.int().min(0, "too small").max(4294967295, "too large"),
  height: z.int().min(0, "too small").max(4294967295, "too large"),
});

export const FlatInputSchema = z.intersection(z.object({ in: z.string() }).catchall(z.unknown()), z.union([
  z.object({ what: z.literal("file"), path: z.string() }),
  z.object({ what: z.literal("link"), url: z.string() }),
]));

export const ParsedInputSchema = z.string();

export const TitleSchema = z.string().refine((text) => length(text) >= 1, "too short").refine((text) => length(text) <= 20, "too long");

export const AnyThingSchema = z.unknown();

/** What clients may trigger, by room and event: what passes here, passes the rules of the server. */
export const schemas = {
  general: {
    message: MessageSchema,
    ping: PingSchema,
  },
  "match:{number:u64}": {
    drawn: DrawnSchema,
    command: CommandSchema,
    numbers: NumbersInputSchema,
  },
  everything: {
    texts: TextsSchema,
    adjacent: AdjacentSchema,
    loose: LooseSchema,
    comment: CommentInputSchema,
    collections: CollectionsInputSchema,
    preferences: PreferencesInputSchema,
    flat: FlatInputSchema,
    parsed: ParsedInputSchema,
    title: TitleSchema,
    "any:thing": AnyThingSchema,
    "by-hand": z.unknown(),
    message: MessageSchema,
    numbers: NumbersInputSchema,
    drawn: DrawnSchema,
    command: CommandSchema,
    ping: PingSchema,
  },
  sandbox: {},
  announcements: {},
} as unknown as {
  [R in keyof Rooms]: { [E in keyof Rooms[R]["triggers"]]: z.ZodType<Rooms[R]["triggers"][E]> };
};
