// Written by Dialogue from the types of the server: do not edit it, but write it again.
//
// Integers of 64 and more bits are numbers here, which are exact only up to Number.MAX_SAFE_INTEGER (2^53 - 1).

/** Something that somebody says. */
export interface Message {
  /** What is said. */
  text: string;
  /** Who says it. */
  senderId: string;
  /** The text that it answers. */
  replyTo?: string | null;
}

/** Somebody has begun or ceased to write. */
export interface Typing {
  /** Whether they are writing now. */
  isTyping: boolean;
}

/** Somebody has come. */
export interface UserJoined {
  /** Who. */
  userId: string;
  /** Their name. */
  username: string;
}

/** Somebody has left, with the last of their tabs. */
export interface UserLeft {
  /** Who. */
  userId: string;
}

/** Every room: what travels there, what clients may trigger, and what a member hears without asking. */
export interface Rooms {
  /** Public chat room for everyone. */
  general: {
    events: {
      message: Message;
      typing: Typing;
      "user:joined": UserJoined;
      "user:left": UserLeft;
    };
    triggers: {
      message: Message;
      typing: Typing;
    };
    defaultSubscriptions: "*";
  };
}
