import { byId, characters, shortened } from "./dom.js";

const MAX_TEXT = 2000;
const MAX_QUOTE = 200;
const TYPING_EVERY_MS = 2000;
const STOPPED_AFTER_MS = 3000;

/** Where a message is written: Enter sends it, Escape gives up the reply. */
export class Composer {
  #form = byId("composer");
  #text = byId("text");
  #reply = byId("reply");
  #counter = byId("counter");
  #onSend;
  #onTyping;
  #replyTo;
  #isTyping = false;
  #toldAt = 0;
  #stopped;

  /** `onSend({text, replyTo?})`; `onTyping(isTyping)`, true at most every two seconds for one message. */
  constructor({ onSend, onTyping }) {
    this.#onSend = onSend;
    this.#onTyping = onTyping;
    const touch = matchMedia("(pointer: coarse)").matches;
    byId("composer-hint").textContent = touch ? "" : "Enter to send, Shift+Enter for a new line";
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch) return;
      event.preventDefault();
      this.#submit();
    });
    this.#form.addEventListener("keydown", (event) => event.key === "Escape" && this.#quote());
    this.#text.addEventListener("input", () => this.#changed());
    this.#text.addEventListener("blur", () => this.#stopTyping());
    byId("reply-cancel").addEventListener("click", () => this.replyTo());
    this.#measure();
  }

  focus() {
    this.#text.focus();
  }

  /** Quotes a message in the next one, or none. */
  replyTo(message) {
    this.#quote(message);
    this.focus();
  }

  /** Takes a message back to change it; what is being written stays, behind it. */
  edit({ text, replyTo }) {
    this.#text.value = [text, this.#text.value].filter(Boolean).join("\n");
    this.#quote(replyTo && { from: "", text: replyTo });
    this.#measure();
    this.focus();
  }

  #quote(message) {
    this.#replyTo = message && shortened(message.text, MAX_QUOTE);
    this.#reply.hidden = !message;
    byId("reply-name").textContent = message?.from ? `Reply to ${message.from}` : "Reply";
    byId("reply-text").textContent = this.#replyTo ?? "";
  }

  #submit() {
    const text = this.#text.value.trim();
    if (!text) return;
    this.#stopTyping();
    this.#toldAt = 0;
    this.#onSend(this.#replyTo ? { text, replyTo: this.#replyTo } : { text });
    this.#text.value = "";
    this.#quote();
    this.#measure();
    this.focus();
  }

  #changed() {
    this.#measure();
    clearTimeout(this.#stopped);
    if (!this.#text.value.trim()) return this.#stopTyping();
    this.#stopped = setTimeout(() => this.#stopTyping(), STOPPED_AFTER_MS);
    if (Date.now() - this.#toldAt < TYPING_EVERY_MS) return;
    this.#toldAt = Date.now();
    this.#isTyping = true;
    this.#onTyping(true);
  }

  #stopTyping() {
    clearTimeout(this.#stopped);
    if (this.#isTyping) this.#onTyping(false);
    this.#isTyping = false;
  }

  /** Grows with the text and counts it. */
  #measure() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
    const length = characters(this.#text.value.trim());
    this.#counter.textContent = `${length.toLocaleString()} / ${MAX_TEXT.toLocaleString()}`;
    this.#counter.classList.toggle("too-long", length > MAX_TEXT);
  }
}
