import type { DialogueError } from "dialogue-client";
import { useCallback, useRef, useState } from "react";
import { type ChatMessage, useRoom } from "../dialogue.js";
import { type Connection, useConnection } from "../hooks/use-connection.js";
import { useConversation } from "../hooks/use-conversation.js";
import { useFollower } from "../hooks/use-follower.js";
import { useNews } from "../hooks/use-news.js";
import { type PendingMessage, usePending } from "../hooks/use-pending.js";
import { usePeople } from "../hooks/use-people.js";
import { useShown } from "../hooks/use-shown.js";
import { useTitle } from "../hooks/use-title.js";
import { useTypists } from "../hooks/use-typists.js";
import { Composer, type Draft, EMPTY_DRAFT } from "./Composer.js";
import { Header } from "./Header.js";
import { Messages } from "./Messages.js";
import { People, countOf } from "./People.js";
import { Pending } from "./Pending.js";
import { Typing } from "./Typing.js";
import { Unseated } from "./Unseated.js";

interface Props {
  me: string;
  /** Comes with an error when the server does not want this user. */
  onLeave: (error?: DialogueError) => void;
}

const BANNERS: Record<Connection, string> = {
  connecting: "Connecting…",
  unreachable: "The server cannot be reached. Trying again…",
  lost: "Connection lost. Reconnecting… What you write is sent as soon as you are back.",
  connected: "",
};

/** The room, from the moment somebody gives a name until they leave. */
export function Chat({ me, onLeave }: Props) {
  const connection = useConnection(onLeave);
  const { room, status, error, retry } = useRoom("general");
  const isOnline = connection === "connected" && room !== undefined;
  const people = usePeople(room, me);
  const typists = useTypists(room, me, isOnline);
  const pending = usePending(room, me);
  const { lines, older, isLoading } = useConversation(room, me);
  const following = useFollower();
  const [arePeopleShown, togglePeople] = useShown();
  const arrived = useTitle(room?.roomName ?? "Chat");
  useNews(room, me, (count) => {
    following.added(count);
    arrived(count);
  });

  const text = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const write = useCallback((change: (before: Draft) => Draft): void => {
    setDraft(change);
    text.current?.focus();
  }, []);
  const reply = useCallback(
    ({ from, data }: ChatMessage) => write(({ text }) => ({ text, quote: { from, text: data.text } })),
    [write],
  );
  const send = (text: string, replyTo: string | undefined): void => {
    pending.send(text, replyTo);
    following.toEnd();
  };
  /** Takes a message back to change it; what is being written stays, behind it. */
  const edit = ({ id, text, replyTo }: PendingMessage): void => {
    pending.discard(id);
    write((before) => ({
      text: [text, before.text].filter(Boolean).join("\n"),
      quote: replyTo === undefined ? undefined : { text: replyTo },
    }));
  };
  const tellTyping = (isTyping: boolean): void => {
    // Nobody is told when it fails: it is not worth more.
    if (isOnline) room.trigger("typing", { isTyping }).catch(() => {});
  };
  const banner = connection === "connected" && status === "joining" ? BANNERS.connecting : BANNERS[connection];

  return (
    <div id="chat" className="chat">
      <Header me={me} onLeave={() => onLeave()} title={room?.roomName ?? "Chat"}>
        <button
          id="people-toggle"
          className="quiet people-count"
          aria-expanded={arePeopleShown}
          aria-controls="people"
          onClick={togglePeople}
        >
          {countOf(people)}
        </button>
      </Header>
      <p id="banner" className="banner" role="status" hidden={!banner}>
        {banner}
      </p>
      <main className="room">
        <Messages
          me={me}
          lines={lines}
          older={older}
          isOnline={isOnline}
          isLoading={isLoading}
          isEmpty={lines.length === 0 && pending.messages.length === 0}
          following={following}
          onReply={reply}
        >
          <Pending {...pending} isOnline={isOnline} onEdit={edit} />
        </Messages>
        {error && <Unseated error={error} onRetry={retry} />}
        <Composer
          ref={text}
          draft={draft}
          onDraft={setDraft}
          onSend={send}
          onTyping={tellTyping}
          isHidden={status === "failed"}
        >
          <Typing names={typists} />
        </Composer>
      </main>
      <People me={me} names={people} isShown={arePeopleShown} />
    </div>
  );
}
