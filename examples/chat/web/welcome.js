import { byId, characters } from "./dom.js";

const KEY = "name";
const MAX_NAME = 64;

/** Asks for a name, unless the address or this tab knows one. `onName(name)` comes for each accepted one. */
export class Welcome {
  #page = byId("welcome");
  #input = byId("name");
  #error = byId("name-error");
  #onName;

  constructor(onName) {
    this.#onName = onName;
    byId("welcome-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#accept(this.#input.value);
    });
  }

  start() {
    const known = new URLSearchParams(location.search).get("name") ?? sessionStorage.getItem(KEY);
    if (known === null) this.ask();
    else this.#accept(known);
  }

  /** Shows the form again, with what was wrong if something was. */
  ask(error = "") {
    sessionStorage.removeItem(KEY);
    if (location.search) history.replaceState(null, "", location.pathname);
    this.#page.hidden = false;
    this.#error.textContent = error;
    this.#input.ariaInvalid = String(Boolean(error));
    this.#input.focus();
  }

  #accept(entered) {
    const name = entered.trim();
    this.#input.value = name;
    if (!name) return this.ask("Please enter a name.");
    if (characters(name) > MAX_NAME) return this.ask(`Please choose a name of at most ${MAX_NAME} characters.`);
    sessionStorage.setItem(KEY, name);
    this.#page.hidden = true;
    this.#onName(name);
  }
}
