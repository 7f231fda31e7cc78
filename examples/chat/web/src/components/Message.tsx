import { memo } from "react";
import type { ChatMessage } from "../dialogue.js";
import { Avatar } from "./Avatar.js";
import { Bubble } from "./Bubble.js";

interface Props {
  message: ChatMessage;
  isOwn: boolean;
  /** Whether it goes on what the one above has begun. */
  continues: boolean;
  onReply: (message: ChatMessage) => void;
}

/** A message of the conversation. It is not rendered again when another one comes. */
export const Message = memo(function Message({ message, isOwn, continues, onReply }: Props) {
  const { from, data } = message;
  return (
    <div className={`message${isOwn ? " own" : ""}${continues ? " continues" : ""}`}>
      <Avatar name={from} />
      <div className="body">
        {!continues && <Head message={message} isOwn={isOwn} />}
        <div className="line">
          <Bubble {...data} />
          <button
            type="button"
            className="quiet reply-to"
            title="Reply"
            aria-label={`Reply to ${from}: ${data.text}`}
            onClick={() => onReply(message)}
          >
            ↩
          </button>
        </div>
      </div>
    </div>
  );
});

/** Who speaks, and when. */
function Head({ message, isOwn }: Pick<Props, "message" | "isOwn">) {
  const date = new Date(message.timestamp);
  return (
    <p className="head">
      <span className="name" dir="auto">
        {isOwn ? "You" : message.from}
      </span>{" "}
      <time dateTime={date.toISOString()} title={full.format(date)}>
        {short(date)}
      </time>
    </p>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

function short(date: Date): string {
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}
