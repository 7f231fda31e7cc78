import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId, element } from "./dom.js";
import { MessageLog } from "./messages.js";
import { Older } from "./older.js";
import { Outbox } from "./outbox.js";
import { People, Typists } from "./people.js";
import { Follower } from "./scroll.js";
import { arrived, setTitle } from "./title.js";
import { Welcome } from "./welcome.js";

const follower = new Follower(byId("scroller"), byId("content"), byId("new-messages"));
const composer = new Composer({
  onSend: (message) => visit?.send(message),
  onTyping: (isTyping) => visit?.typing(isTyping),
});
const welcome = new Welcome((name) => (visit = new Visit(name)));
let visit;

/** From the moment somebody gives a name until they leave. */
class Visit {
  #me;
  #seated = false;
  #wasSeated = false;
  #connection;
  #log;
  #older;
  #outbox;
  #people;
  #typists = new Typists(byId("typing"));

  constructor(name) {
    this.#me = name;
    this.#log = new MessageLog(byId("log"), { me: name, onReply: (message) => composer.replyTo(message) });
    this.#people = new People(byId("people-list"), document.querySelectorAll(".people-count"), name);
    this.#connection = new Connection(name, this);
    this.#older = new Older(byId("scroller"), this.#log, (offset) => this.#load(offset));
    this.#outbox = new Outbox(byId("outbox"), {
      send: ({ id, ...message }) => this.#connection.trigger("message", { ...message, senderId: this.#me }, id),
      isOnline: () => this.#seated,
      onSent: (message, receipt) => this.#show({ ...message, ...receipt, from: this.#me }),
      onEdit: (message) => composer.edit(message),
    });
    byId("me").replaceChildren(avatar(name), element("span", { className: "name", dir: "auto", title: name }, name));
    byId("chat").hidden = false;
    this.#refresh("Connecting…");
    follower.toEnd();
    composer.focus();
  }

  send(message) {
    this.#outbox.add(message);
    this.#refreshEmpty();
    follower.toEnd();
  }

  typing(isTyping) {
    // Nobody is told when it fails: it is not worth more.
    if (this.#seated) this.#connection.trigger("typing", { isTyping }).catch(() => {});
  }

  tryAgain() {
    this.#refresh("Connecting…");
    composer.focus();
    this.#connection.tryAgain();
  }

  leave(error) {
    this.#connection.close();
    this.#older.close();
    this.#typists.clear();
    visit = undefined;
    byId("outbox").replaceChildren();
    byId("chat").hidden = true;
    setTitle("Chat");
    welcome.ask(error);
  }

  resume() {
    return this.#log.resume;
  }

  entered({ epoch }) {
    this.#log.enter(epoch);
  }

  history(envelopes) {
    const messages = envelopes.toReversed();
    if (this.#wasSeated) messages.forEach((envelope) => this.#news(envelope));
    else this.#log.quietly(() => messages.forEach((envelope) => this.#message(envelope)));
  }

  seated({ roomName, resumed, offset }) {
    if (!resumed) this.#log.skipTo(offset);
    this.#older.refresh();
    this.#seated = this.#wasSeated = true;
    byId("room-name").textContent = roomName;
    setTitle(roomName);
    this.#refresh();
    this.#outbox.flush();
  }

  unseated(refusal) {
    const full = refusal.code === "ROOM_FULL";
    this.#seated = false;
    byId("unseated-title").textContent = full ? "The room is full" : "You could not join the room";
    byId("unseated-text").textContent = full
      ? "Every seat is taken. Try again when somebody has left."
      : refusal.message;
    this.#refresh();
    byId("unseated").hidden = false;
    byId("composer").hidden = true;
    byId("try-again").focus();
  }

  offline() {
    this.#seated = false;
    this.#typists.clear();
    this.#refresh(
      this.#wasSeated
        ? "Connection lost. Reconnecting… What you write is sent as soon as you are back."
        : "The server cannot be reached. Trying again…",
    );
    this.#outbox.flush();
  }

  refused(message) {
    this.leave(`The server said no: ${message}`);
  }

  members(names) {
    this.#people.replace(names);
  }

  event(envelope) {
    const { event, from, data } = envelope;
    switch (event) {
      case "message":
        this.#typists.set(from, false);
        return this.#news(envelope);
      case "typing":
        return from !== this.#me && this.#typists.set(from, data.isTyping);
      case "user:joined":
        return this.#came(data.userId);
      case "user:left":
        return this.#went(data.userId);
    }
  }

  async #load(offset) {
    if (!this.#seated) throw new Error("there is no connection");
    const envelopes = await this.#connection.older(offset);
    this.#log.quietly(() => envelopes.forEach((envelope) => this.#message(envelope)));
    return envelopes.length;
  }

  #news(envelope) {
    if (!this.#message(envelope)) return;
    follower.added();
    arrived();
  }

  /** True when it was not there yet. */
  #message({ from, data, timestamp, offset, id }) {
    if (from === this.#me) this.#outbox.seen(id, { timestamp, offset });
    return this.#show({ from, text: data.text, replyTo: data.replyTo, timestamp, offset, id });
  }

  #show(message) {
    const isNew = this.#log.add(message);
    this.#refreshEmpty();
    return isNew;
  }

  #came(name) {
    this.#people.add(name);
    if (name !== this.#me) this.#log.note(element("bdi", {}, name), " joined");
    this.#refreshEmpty();
  }

  #went(name) {
    this.#people.remove(name);
    this.#typists.set(name, false);
    this.#log.note(element("bdi", {}, name), " left");
    this.#refreshEmpty();
  }

  #refresh(text = "") {
    const banner = byId("banner");
    // A screen reader says it again whenever it is set.
    if (banner.textContent !== text) banner.textContent = text;
    banner.hidden = !text;
    byId("unseated").hidden = true;
    byId("composer").hidden = false;
    this.#refreshEmpty();
  }

  #refreshEmpty() {
    byId("empty").hidden = !this.#log.isEmpty || this.#outbox.length > 0;
  }
}

byId("leave").addEventListener("click", () => visit.leave());
byId("try-again").addEventListener("click", () => visit.tryAgain());

const toggle = byId("people-toggle");
const showPeople = (shown) => {
  toggle.ariaExpanded = String(shown);
  byId("people").classList.toggle("shown", shown);
};
toggle.addEventListener("click", () => showPeople(toggle.ariaExpanded !== "true"));
document.addEventListener("keydown", (event) => event.key === "Escape" && showPeople(false));

welcome.start();
