/** The status of a campaign while it runs: one line that is redrawn on a terminal, a line now and then elsewhere. */
import type {Io} from './io.ts';

const REDRAW_MS = 100;
const REPEAT_MS = 10_000;

/** Writes to stderr. `show` may be called as often as one likes: it draws when it is time to. */
export class Live {
  readonly #io: Io;
  #drawnAt: number;
  #drawn = 0;

  constructor(io: Io) {
    this.#io = io;
    this.#drawnAt = io.wallClock();
  }

  /** Draws the line that `make` gives for a width, if the last one is old enough. */
  show(make: (width: number) => string): void {
    const {err} = this.#io;
    const now = this.#io.wallClock();
    if (now - this.#drawnAt < (err.isTTY ? REDRAW_MS : REPEAT_MS)) return;
    this.#drawnAt = now;
    // one column stays free: some terminals wrap as soon as the last one is written
    const line = make(err.columns - 1);
    if (err.isTTY) {
      err.write(`\r${line.padEnd(this.#drawn)}`);
      this.#drawn = line.length;
    } else {
      err.write(`${line}\n`);
    }
  }

  /** Wipes the line, so that something else can be printed. */
  clear(): void {
    if (this.#drawn > 0) this.#io.err.write(`\r${' '.repeat(this.#drawn)}\r`);
    this.#drawn = 0;
  }
}
