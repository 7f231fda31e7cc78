import type { Unsubscribe } from "./types.js";

/** Told of what a handler throws. */
export type Report = (error: unknown) => void;

/** The handlers of one kind of thing. One that throws disturbs nobody else. */
export class Emitter<A extends unknown[]> {
  readonly #report: Report;
  readonly #entries = new Set<{ handler: (...args: A) => unknown }>();

  constructor(report: Report) {
    this.#report = report;
  }

  get size(): number {
    return this.#entries.size;
  }

  on(handler: (...args: A) => unknown): Unsubscribe {
    const entry = { handler };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  emit(...args: A): void {
    for (const { handler } of [...this.#entries]) {
      try {
        const result = handler(...args);
        if (result instanceof Promise) result.catch(this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}

/** Handlers by name. */
export class NamedEmitter<A extends unknown[]> {
  readonly #report: Report;
  readonly #emitters = new Map<string, Emitter<A>>();

  constructor(report: Report) {
    this.#report = report;
  }

  on(name: string, handler: (...args: A) => unknown): Unsubscribe {
    const emitter = this.#emitters.get(name) ?? new Emitter<A>(this.#report);
    this.#emitters.set(name, emitter);
    const off = emitter.on(handler);
    return () => {
      off();
      if (emitter.size === 0 && this.#emitters.get(name) === emitter) this.#emitters.delete(name);
    };
  }

  emit(name: string, ...args: A): void {
    this.#emitters.get(name)?.emit(...args);
  }

  clear(): void {
    this.#emitters.clear();
  }
}
