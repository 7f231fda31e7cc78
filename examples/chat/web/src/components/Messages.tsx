import type { ReactNode } from "react";
import type { ChatMessage } from "../dialogue.js";
import type { OlderMessages } from "../hooks/use-conversation.js";
import type { Following } from "../hooks/use-follower.js";
import { useQuiet } from "../hooks/use-quiet.js";
import type { Line } from "../lines.js";
import { Message } from "./Message.js";
import { Older } from "./Older.js";

interface Props {
  me: string;
  lines: readonly Line[];
  older: OlderMessages | undefined;
  isOnline: boolean;
  isEmpty: boolean;
  isLoading: boolean;
  following: Following;
  onReply: (message: ChatMessage) => void;
  /** What comes below the conversation. */
  children: ReactNode;
}

/** The conversation: messages in the room's order, those of one person together, and quiet lines about the room. */
export function Messages({ me, lines, older, isOnline, isEmpty, isLoading, following, onReply, children }: Props) {
  const { scroller, content, unread, toEnd } = following;
  const isQuiet = useQuiet(isLoading);
  const nodeOf = (line: Line): ReactNode => {
    switch (line.kind) {
      case "message":
        return (
          <Message
            key={line.key}
            message={line.message}
            continues={line.continues}
            isOwn={line.message.from === me}
            onReply={onReply}
          />
        );
      case "older":
        return older && <Older key={line.key} {...older} isOnline={isOnline} scroller={scroller} />;
      default:
        return <Note key={line.key} line={line} />;
    }
  };
  return (
    <div className="scroll-area">
      <div id="scroller" ref={scroller} className="scroller" tabIndex={0} role="region" aria-label="Messages">
        <div id="content" ref={content} className="content">
          <div id="empty" className="empty" hidden={!isEmpty}>
            <p>
              <strong>It is quiet in here.</strong>
            </p>
            <p>Say hello: everybody in the room will see it.</p>
          </div>
          <div id="log" role="log" aria-label="Conversation" aria-busy={isQuiet}>
            {lines.map(nodeOf)}
          </div>
          {children}
        </div>
      </div>
      <button id="new-messages" className="pill" hidden={unread === 0} onClick={toEnd}>
        {unread === 1 ? "1 new message ↓" : `${unread} new messages ↓`}
      </button>
    </div>
  );
}

/** A line that nobody has said. */
function Note({ line }: { line: Exclude<Line, { kind: "message" | "older" }> }) {
  switch (line.kind) {
    case "note":
      return (
        <p className="note">
          <bdi>{line.name}</bdi> {line.does}
        </p>
      );
    case "gap":
      return <p className="note">You are back. Some messages from while you were away may be missing.</p>;
    case "restart":
      return (
        <p className="note separator">
          <span>The server has restarted and has forgotten what was said before.</span>
        </p>
      );
  }
}
