import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { defer } from "./defer.mjs";

const DEADLINE_MS = 8000;
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { width: 1100, height: 720 };
export const PHONE = { width: 360, height: 640 };

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });

/** In the page: as behind a proxy that lets no WebSocket through. */
function failWebSockets() {
  globalThis.WebSocket = class {
    constructor() {
      setTimeout(() => this.onerror(new Event("error")));
    }
    close() {}
  };
}

/** The chat's page in a browser profile of its own. It may not log an error or load anything from another host. */
export class ChatPage {
  #faults = [];

  /**
   * Opens the page and joins as `name`; without a name, opens the form that asks for one. `prepare(page)` comes before
   * anything is loaded.
   */
  static async open(t, browser, server, name, options = {}) {
    const { serverMayFail = false, hasWebSocket = true, prepare, ...profile } = options;
    const context = await browser.newContext({ viewport: WIDE, locale: "en-GB", ...profile });
    if (!hasWebSocket) await context.addInitScript(failWebSockets);
    const chat = new ChatPage();
    defer(t, async () => {
      await context.close();
      assert.deepEqual(chat.#faults, []);
    });
    chat.page = await context.newPage();
    chat.page.setDefaultTimeout(DEADLINE_MS);
    chat.#watch(new URL(server.url).host, serverMayFail);
    await prepare?.(chat.page);
    await chat.page.goto(name ? `${server.url}/?name=${encodeURIComponent(name)}` : server.url);
    return chat;
  }

  /** Opens the page, and waits until the user has a seat. */
  static async join(t, browser, server, name, options) {
    const chat = await ChatPage.open(t, browser, server, name, options);
    await chat.isSeated(name);
    return chat;
  }

  /** The server has told who is there, and has answered the page's own join. */
  async isSeated(name) {
    await this.seesPerson(name);
    await this.page.getByRole("heading", { name: "General Chat" }).waitFor();
  }

  get message() {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get log() {
    return this.page.getByRole("log");
  }

  get scroller() {
    return this.page.getByRole("region", { name: "Messages" });
  }

  get older() {
    return this.log.locator(".older");
  }

  get people() {
    return this.page.locator("#people");
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  async say(text) {
    await this.message.fill(text);
    await this.message.press("Enter");
  }

  async sees(text) {
    await this.page.getByText(text, { exact: true }).first().waitFor();
  }

  async seesNoMore(text) {
    await this.page.getByText(text, { exact: true }).waitFor({ state: "hidden" });
  }

  /** A message in the conversation: acknowledged, and only once. */
  async hears(text) {
    await this.bubble(text).waitFor();
  }

  bubble(text) {
    return this.log.locator(".bubble").filter({ hasText: text });
  }

  async seesPerson(name) {
    await this.people.getByText(name, { exact: true }).waitFor({ state: "attached" });
  }

  async seesNoPerson(name) {
    await this.people.getByText(name, { exact: true }).waitFor({ state: "detached" });
  }

  /** Answers the message with that text. */
  async replyTo(text, answer) {
    const line = this.log.locator(".line").filter({ hasText: text });
    await line.hover();
    await line.getByRole("button").click();
    await this.say(answer);
  }

  /** Texts of the conversation, from top to bottom: who speaks, what is said, who comes and goes. */
  conversation() {
    return this.log.locator(".note, .head .name, .bubble").allInnerTexts();
  }

  /** As when another tab comes to the front, or this one again. */
  hidesTab(hidden) {
    return this.page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  }

  /** What is said in the conversation, from top to bottom. */
  bubbles() {
    return this.log.locator(".bubble").allInnerTexts();
  }

  /** Scrolls to the very top; what is the first message there, and where it is. */
  readsUp() {
    return this.scroller.evaluate((scroller) => {
      scroller.scrollTop = 0;
      const first = scroller.querySelector(".bubble");
      return { first: first.innerText, top: Math.round(first.getBoundingClientRect().top) };
    });
  }

  /** Where a message is on the screen. */
  async topOf(text) {
    await this.settled();
    const { y } = await this.bubble(new RegExp(`^${text}$`)).boundingBox();
    return Math.round(y);
  }

  async distanceToEnd() {
    await this.settled();
    return this.scroller.evaluate((node) => Math.round(node.scrollHeight - node.scrollTop - node.clientHeight));
  }

  /** Two frames: the page has scrolled to where it wants to be. */
  settled() {
    return this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  async fitsTheWidth() {
    const tooWide = await this.page
      .locator("html, #scroller, #people, #composer")
      .evaluateAll((parts) =>
        parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.id || part.tagName),
      );
    assert.deepEqual(tooWide, []);
  }

  #watch(host, serverMayFail) {
    const { page } = this;
    const visit = (url) => new URL(url).host === host || this.#faults.push(`another host: ${url}`);
    page.on("request", (request) => visit(request.url()));
    page.on("websocket", (socket) => visit(socket.url()));
    page.on("pageerror", (error) => this.#faults.push(error.stack));
    page.on("console", (line) => {
      const unreachable = serverMayFail && line.text().includes("net::ERR_");
      if (["error", "warning"].includes(line.type()) && !unreachable) this.#faults.push(line.text());
    });
  }
}
