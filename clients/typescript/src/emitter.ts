import type { Unsubscribe } from "./types.js";

/** What there is to hear, by name, and what its handlers are given. */
type Events<E> = { [Name in keyof E]: unknown[] };

/** Handlers, by the name of what they hear. One that throws disturbs nobody else. */
export class Emitter<E extends Events<E>> {
  readonly #report: (error: unknown, name: string) => void;
  readonly #entries = new Set<{ name: string; handler: (...args: any[]) => unknown }>();

  /** `report` is told of what the handlers of a name throw. */
  constructor(report: (error: unknown, name: string) => void) {
    this.#report = report;
  }

  on<Name extends keyof E & string>(name: Name, handler: (...args: E[Name]) => unknown): Unsubscribe {
    const entry = { name, handler };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** The method `on` for one name. */
  onOf<Name extends keyof E & string>(name: Name) {
    return (handler: (...args: E[Name]) => unknown): Unsubscribe => this.on(name, handler);
  }

  /** Calls the handlers of a name; whether there was one. */
  emit<Name extends keyof E & string>(name: Name, ...args: E[Name]): boolean {
    const report = (error: unknown): void => this.#report(error, name);
    const entries = [...this.#entries].filter((entry) => entry.name === name);
    for (const { handler } of entries) {
      try {
        const result = handler(...args);
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
    }
    return entries.length > 0;
  }

  clear(): void {
    this.#entries.clear();
  }
}
