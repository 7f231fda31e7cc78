import { type FormEvent, type KeyboardEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect } from "react";
import { useTyping } from "../hooks/use-typing.js";
import { characters, shortened } from "../text.js";

const MAX_TEXT = 2000;
const MAX_QUOTE = 200;

/** What is being written, and what it answers. */
export interface Draft {
  text: string;
  quote: { from?: string; text: string } | undefined;
}

export const EMPTY_DRAFT: Draft = { text: "", quote: undefined };

interface Props {
  ref: RefObject<HTMLTextAreaElement | null>;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onSend: (text: string, replyTo: string | undefined) => void;
  onTyping: (isTyping: boolean) => void;
  isHidden: boolean;
  children: ReactNode;
}

/** Where a message is written: Enter sends it, Escape gives up the reply. */
export function Composer({ ref, draft, onDraft, onSend, onTyping, isHidden, children }: Props) {
  const { text, quote } = draft;
  const typing = useTyping(onTyping);
  const length = characters(text.trim());
  const giveUpReply = (): void => onDraft({ text, quote: undefined });
  const cancelReply = (): void => {
    giveUpReply();
    ref.current?.focus();
  };
  useGrowing(ref, text, isHidden);
  useEffect(() => {
    if (!isHidden) ref.current?.focus();
  }, [ref, isHidden]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!text.trim()) return;
    typing.sent();
    onSend(text.trim(), quote && shortened(quote.text, MAX_QUOTE));
    onDraft(EMPTY_DRAFT);
    ref.current?.focus();
  };
  const sendByEnter = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && !HAS_TOUCH) submit(event);
  };
  return (
    <form
      id="composer"
      className="composer"
      hidden={isHidden}
      onSubmit={submit}
      onKeyDown={({ key }) => key === "Escape" && giveUpReply()}
    >
      {children}
      <Reply quote={quote} onCancel={cancelReply} />
      <div className="entry">
        <textarea
          id="text"
          ref={ref}
          rows={1}
          dir="auto"
          placeholder="Write a message"
          aria-label="Message"
          aria-describedby="composer-hint counter"
          value={text}
          onChange={({ target }) => {
            onDraft({ text: target.value, quote });
            typing.typed(target.value);
          }}
          onKeyDown={sendByEnter}
          onBlur={typing.stop}
        />
        <button className="primary send">Send</button>
      </div>
      <p className="hint below">
        <span id="composer-hint">{HAS_TOUCH ? "" : "Enter to send, Shift+Enter for a new line"}</span>
        <span id="counter" className={length > MAX_TEXT ? "counter too-long" : "counter"}>
          {`${length.toLocaleString()} / ${MAX_TEXT.toLocaleString()}`}
        </span>
      </p>
    </form>
  );
}

const HAS_TOUCH = matchMedia("(pointer: coarse)").matches;

function Reply({ quote, onCancel }: { quote: Draft["quote"]; onCancel: () => void }) {
  return (
    <div id="reply" className="reply" hidden={!quote}>
      <p>
        <strong id="reply-name" dir="auto">
          {quote?.from ? `Reply to ${quote.from}` : "Reply"}
        </strong>
        <span id="reply-text" dir="auto">
          {quote && shortened(quote.text, MAX_QUOTE)}
        </span>
      </p>
      <button id="reply-cancel" type="button" className="quiet" aria-label="Cancel the reply" onClick={onCancel}>
        ✕
      </button>
    </div>
  );
}

/** The field is as high as its text. */
function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string, isHidden: boolean): void {
  useLayoutEffect(() => {
    const { current } = field;
    if (!current || isHidden) return;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight + 2}px`;
  }, [field, text, isHidden]);
}
