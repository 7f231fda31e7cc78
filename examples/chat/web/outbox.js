import { Refusal } from "./connection.js";
import { element } from "./dom.js";
import { bubble } from "./message.js";

const LABELS = { text: "the text", senderId: "your name", replyTo: "the quoted text" };

/**
 * What has been written and not yet been acknowledged, in its order, one at a time, visible until it is sent.
 *
 * Each message keeps its id when it is sent again, so that everybody can tell a repetition.
 */
export class Outbox {
  #root;
  #send;
  #isOnline;
  #onSent;
  #onEdit;
  #entries = [];
  #busy = false;

  /** `send(message)` resolves to the server's receipt; `onSent(message, receipt)` comes once for each message. */
  constructor(root, { send, isOnline, onSent, onEdit }) {
    this.#root = root;
    this.#send = send;
    this.#isOnline = isOnline;
    this.#onSent = onSent;
    this.#onEdit = onEdit;
  }

  get length() {
    return this.#entries.length;
  }

  add(message) {
    const entry = { message: { ...message, id: newId() }, state: "waiting", node: element("div") };
    this.#entries.push(entry);
    this.#root.append(entry.node);
    this.#show(entry);
    this.flush();
  }

  /** Sends what waits; call it when the connection is there. */
  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    for (let entry; this.#isOnline() && (entry = this.#entries.find(({ state }) => state === "waiting"));) {
      await this.#deliver(entry);
    }
    this.#busy = false;
    this.#entries.filter(({ state }) => state === "waiting").forEach((entry) => this.#show(entry));
  }

  /** The message has been seen in the room: it needs no acknowledgement any more. */
  seen(id, receipt) {
    const entry = this.#entries.find(({ message }) => message.id === id);
    if (!entry) return;
    this.#remove(entry);
    this.#onSent(entry.message, receipt);
  }

  async #deliver(entry) {
    this.#change(entry, "sending");
    try {
      const receipt = await this.#send(entry.message);
      this.seen(entry.message.id, receipt);
    } catch (error) {
      if (!(error instanceof Refusal) && !this.#isOnline()) this.#change(entry, "waiting");
      else this.#change(entry, "failed", error);
    }
  }

  #change(entry, state, error) {
    if (!this.#entries.includes(entry)) return;
    Object.assign(entry, { state, error });
    this.#show(entry);
  }

  #remove(entry) {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    entry.node.remove();
  }

  #show(entry) {
    const { message, state, error, node } = entry;
    node.className = `pending ${state}`;
    node.replaceChildren(bubble(message), element("p", { className: "status" }, this.#status(state, error)));
    if (state === "failed") node.append(this.#actions(entry));
  }

  #status(state, error) {
    if (state === "failed") return `Not sent: ${reason(error)}`;
    return this.#isOnline() ? "Sending…" : "Waits for the connection";
  }

  #actions(entry) {
    const action = (text, does) => element("button", { type: "button", className: "quiet", onclick: does }, text);
    const again = action("Try again", () => {
      this.#change(entry, "waiting");
      this.flush();
    });
    const edit = action("Edit", () => {
      this.#remove(entry);
      this.#onEdit(entry.message);
    });
    const discard = action("Discard", () => this.#remove(entry));
    const invalid = entry.error.code === "VALIDATION_FAILED";
    return element("div", { className: "actions" }, invalid ? edit : again, discard);
  }
}

function reason(error) {
  if (!(error instanceof Refusal)) return "the server did not answer in time.";
  if (error.issues.length === 0) return `${error.message}.`;
  return `${error.issues.map(sentence).join("; ")}.`;
}

function sentence({ path, message, params }) {
  const limit = params?.max ? ` (at most ${params.max.toLocaleString()} characters)` : "";
  return `${LABELS[path] ?? path} is ${message}${limit}`;
}

/** Works on plain http too, where `crypto.randomUUID` does not exist. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
