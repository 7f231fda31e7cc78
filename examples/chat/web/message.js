import { avatar } from "./avatar.js";
import { element } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** What somebody says, with what it answers. */
export function bubble({ text, replyTo }) {
  const quote = replyTo ? [element("blockquote", { dir: "auto" }, replyTo)] : [];
  return element("div", { className: "bubble", dir: "auto" }, ...quote, text);
}

/** A message of the conversation. `onReply(message)` comes when somebody wants to answer it. */
export function messageNode(message, { isOwn, onReply }) {
  const { from, text } = message;
  const reply = element(
    "button",
    { type: "button", className: "quiet reply-to", title: "Reply", ariaLabel: `Reply to ${from}: ${text}` },
    "↩",
  );
  reply.addEventListener("click", () => onReply(message));
  const line = element("div", { className: "line" }, bubble(message), reply);
  const body = element("div", { className: "body" }, line);
  return element("div", { className: isOwn ? "message own" : "message" }, avatar(from), body);
}

/** Who speaks, and when: above the first of several messages of one person. */
export function headNode({ from, timestamp }, { isOwn }) {
  const name = element("span", { className: "name", dir: "auto" }, isOwn ? "You" : from);
  const date = new Date(timestamp);
  const time = element("time", { dateTime: date.toISOString(), title: full.format(date) }, short(date));
  return element("p", { className: "head" }, name, " ", time);
}

function short(date) {
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}
