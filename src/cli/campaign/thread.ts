/** One worker thread: takes a job at a time, and says so when it dies or hangs. */
import {Worker} from 'node:worker_threads';
import {printable} from '../../report/printable.ts';
import {assert} from '../../sim/assert.ts';
import {Misuse} from '../misuse.ts';
import {BrokenRun, type Answers, type Job, type Lost} from './executor.ts';
import {Slot, type Signs} from './slot.ts';

/** What a worker is started with. */
export interface WorkerTask {
  /** The system as the user named it, and the folder that a path is relative to. */
  readonly given: string;
  readonly cwd: string;
  readonly slot: SharedArrayBuffer;
  readonly signs: SharedArrayBuffer;
}

type Described = {readonly message: string; readonly stack: string | undefined};

/** What a worker says. */
export type Post =
  | {readonly kind: 'done'; readonly answer: Answers[keyof Answers]}
  | {readonly kind: 'broken' | 'unloadable'; readonly error: Described};

/** The module that workers run, and how Node is to load it. */
export interface Entry {
  readonly url: URL;
  readonly execArgv?: readonly string[];
}

/** Loading a system may take long where the machine is busy, however soon a seed should be done. */
const LOAD_MS = 60_000;

interface Asked {
  readonly resolve: (reply: {readonly kind: 'done'; readonly answer: unknown} | Lost) => void;
  readonly reject: (error: unknown) => void;
}

export interface ThreadOptions {
  readonly given: string;
  readonly cwd: string;
  readonly entry: Entry;
  readonly signs: Signs;
  readonly wallClock: () => number;
  /** What a system prints is no report of ours. */
  readonly onOutput: (text: string) => void;
}

export class Thread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #slot = new Slot();
  #asked: Asked | null = null;
  #lastWords: string | null = null;
  #beats = 0;
  #heardAt: number;
  #ended = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
    const {given, cwd, entry, signs, onOutput} = options;
    const workerData: WorkerTask = {given, cwd, slot: this.#slot.buffer, signs: signs.buffer};
    this.#worker = new Worker(entry.url, {
      workerData,
      stdout: true,
      stderr: true,
      ...(entry.execArgv === undefined ? {} : {execArgv: [...entry.execArgv]}),
    });
    this.#heardAt = options.wallClock();
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.on('data', (piece: Buffer) => onOutput(piece.toString()));
    }
    this.#worker.on('message', (message: Post) => this.#hear(message));
    // out of memory, or an error that escaped while no run was on; the end of the thread follows
    this.#worker.on('error', error => (this.#lastWords = String(error)));
    this.#worker.on('exit', code => this.#lose('died', this.#lastWords ?? `ended with code ${code}`));
  }

  get isFree(): boolean {
    return this.#asked === null && !this.#ended;
  }

  get isOver(): boolean {
    return this.#ended;
  }

  /** Seeds of its batch that are done, while it is at one. */
  get inFlight(): number {
    return this.#asked === null ? 0 : this.#slot.done;
  }

  ask(job: Job): Promise<{readonly kind: 'done'; readonly answer: unknown} | Lost> {
    assert(this.isFree, 'a worker takes one job at a time');
    this.#slot.clear();
    this.#heardAt = this.#options.wallClock();
    return new Promise((resolve, reject) => {
      this.#asked = {resolve, reject};
      this.#worker.postMessage(job);
    });
  }

  /** Gives it up if it is at a job and has not got on for `stallMs`. */
  check(stallMs: number): void {
    const now = this.#options.wallClock();
    const {beats} = this.#slot;
    if (beats !== this.#beats || this.#asked === null) {
      this.#beats = beats;
      this.#heardAt = now;
    } else if (now - this.#heardAt >= (this.#slot.isReady ? stallMs : Math.max(stallMs, LOAD_MS))) {
      this.#lose('hung', 'it did not get on');
    }
  }

  /** Ends the thread, and whatever it is at. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #hear(message: Post): void {
    const asked = this.#asked;
    // what is said by a worker that was given up comes too late
    if (this.#ended || asked === null) return;
    this.#asked = null;
    if (message.kind === 'done') {
      asked.resolve(message);
    } else if (message.kind === 'broken') {
      asked.reject(new BrokenRun(message.error, this.#slot.done));
    } else {
      asked.reject(this.#unloadable(message.error.message));
      void this.end();
    }
  }

  #lose(cause: 'died' | 'hung', reason: string): void {
    const asked = this.#asked;
    this.#asked = null;
    if (this.#ended) return;
    void this.end();
    if (!this.#slot.isReady)
      asked?.reject(this.#unloadable(cause === 'hung' ? 'it does not come to an end' : reason));
    else asked?.resolve({kind: 'lost', cause, reason, at: this.#slot.hasBegun ? this.#slot.done : null});
  }

  #unloadable(reason: string): Misuse {
    return new Misuse(
      `${printable(this.#options.given)} cannot be loaded in a worker thread: ${printable(reason)}`,
      'run it in this process: --workers 1',
    );
  }
}
