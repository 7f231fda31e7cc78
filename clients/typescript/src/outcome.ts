/**
 * The promise of something that can be done without waiting for it. If nobody has looked at it when it rejects, that is
 * not an unhandled rejection: whoever made it is told instead.
 */
export class Outcome<T> extends Promise<T> {
  #isWatched = false;

  /** `unwatched` is told of the failure that nobody waits for. */
  static of<T>(work: Promise<T>, unwatched: (error: any) => void): Outcome<T> {
    const outcome = new Outcome<T>((resolve, reject) => {
      work.then(resolve, (error: unknown) => {
        reject(error);
        // `await` looks at it in a later microtask.
        setTimeout(() => outcome.#isWatched || unwatched(error));
      });
    });
    Promise.prototype.then.call(outcome, undefined, () => {});
    return outcome;
  }

  // What is chained to an outcome is an ordinary promise, whose failure somebody has to handle.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isWatched = true;
    return super.then(done, failed);
  }
}
