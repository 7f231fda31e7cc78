import type { DialogueError, Issue } from "dialogue-client";
import type { PendingMessage, Pending as Waiting } from "../hooks/use-pending.js";
import { Bubble } from "./Bubble.js";

interface Props extends Pick<Waiting, "messages" | "retry" | "discard"> {
  isOnline: boolean;
  onEdit: (message: PendingMessage) => void;
}

/** What has been written and is not in the room yet. */
export function Pending({ messages, retry, discard, isOnline, onEdit }: Props) {
  return (
    <div id="outbox" aria-label="Messages that are being sent">
      {messages.map((message) => (
        <div key={message.id} className={`pending ${message.error ? "failed" : isOnline ? "sending" : "waiting"}`}>
          <Bubble {...message} />
          <p className="status">{statusOf(message, isOnline)}</p>
          {message.error && (
            <div className="actions">
              {message.error.code === "VALIDATION_FAILED" ? (
                <Action text="Edit" does={() => onEdit(message)} />
              ) : (
                <Action text="Try again" does={() => retry(message.id)} />
              )}
              <Action text="Discard" does={() => discard(message.id)} />
            </div>
          )}
        </div>
      ))}
    </div>
  );
}

function Action({ text, does }: { text: string; does: () => void }) {
  return (
    <button type="button" className="quiet" onClick={does}>
      {text}
    </button>
  );
}

function statusOf({ error }: PendingMessage, isOnline: boolean): string {
  if (error) return `Not sent: ${reason(error)}`;
  return isOnline ? "Sending…" : "Waits for the connection";
}

function reason({ code, message, issues }: DialogueError): string {
  if (code === "TIMEOUT") return "the server did not answer in time.";
  return issues.length === 0 ? `${message}.` : `${issues.map(sentence).join("; ")}.`;
}

const LABELS: Record<string, string> = { text: "the text", senderId: "your name", replyTo: "the quoted text" };

function sentence({ path, message, params }: Issue): string {
  const max = params?.["max"];
  const limit = typeof max === "number" ? ` (at most ${max.toLocaleString()} characters)` : "";
  return `${LABELS[path] ?? path} is ${message}${limit}`;
}
