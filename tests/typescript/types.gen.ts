// Written by Dialogue from the types of the server: do not edit it, but write it again.
//
// Integers of 64 and more bits are numbers here, which are exact only up to Number.MAX_SAFE_INTEGER (2^53 - 1).

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
