/** One body at a time, in the order in which they asked. */

/** A lock without a handle: it is held exactly as long as the body runs, and a body that fails does not keep it. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `body` once all bodies before it have settled; settles as it does. */
  run<T>(body: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(body);
    this.#last = result.then(ignore, ignore);
    return result;
  }
}

const ignore = (): void => undefined;
