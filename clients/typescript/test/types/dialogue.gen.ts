// As Dialogue writes it from the types of a server.

/** Something that somebody says. */
export interface Message {
  /** What is said. */
  text: string;
  senderId: string;
  replyTo?: string | null;
}

export interface Typing {
  isTyping: boolean;
}

export interface UserJoined {
  userId: string;
}

export interface Note {
  text: string;
  tag: number;
}

export interface NoteInput {
  text: string;
  tag?: number;
}

export interface Move {
  x: number;
}

export interface Rooms {
  /** Public chat room for everyone. */
  general: {
    /** What travels here, by event name: what `on` hears. */
    events: { message: Message; typing: Typing; note: Note; ping: null; "user:joined": UserJoined };
    /** What clients may trigger. */
    triggers: { message: Message; typing: Typing; note: NoteInput; ping: null };
    defaultSubscriptions: "message" | "user:joined";
  };
  "match:{number:u64}": { events: { move: Move }; triggers: { move: Move }; defaultSubscriptions: "*" };
  "match:{number:u64}/table:{name:String}": {
    events: { move: Move; message: Message };
    triggers: { message: Message };
    defaultSubscriptions: "*";
  };
  "diary:{name:String}": { events: { note: Note }; triggers: { note: NoteInput }; defaultSubscriptions: "note" };
  "diary:public": { events: { message: Message }; triggers: { message: Message }; defaultSubscriptions: "message" };
  sandbox: { events: { [event: string]: unknown }; triggers: { [event: string]: unknown }; defaultSubscriptions: "*" };
  announcements: { events: { note: Note }; triggers: {}; defaultSubscriptions: "note" };
}
