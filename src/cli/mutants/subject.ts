/** A process that runs one mutant, as its parent sees it: asked one thing at a time, and given up if it falls silent. */
import {fork, type ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {Misuse} from '../misuse.ts';
import {EXTENSION} from './project.ts';
import type {Patch} from './patch.ts';
import {isProgress, unwrap, type Answer, type Progress, type Said, type Task} from './tasks.ts';

/** The real ones: where a run is on in this process, a guard stands before them. */
const [start, stop, soon] = [setTimeout, clearTimeout, setImmediate];

/** More than any run needs; a mutant that hoards memory dies of it before the machine does. */
const HEAP_MB = 1_024;
const TAIL = 2_000;
/** Enough to load any system on a machine that is busy. */
const LOADING_MS = 60_000;

/** The process is gone, and with it the answer. */
export class LostSubject extends Error {
  /** `stopped`: it was ended on purpose. */
  readonly how: 'died' | 'hung' | 'stopped';

  constructor(how: 'died' | 'hung' | 'stopped', detail: string) {
    super(detail);
    this.name = 'LostSubject';
    this.how = how;
  }
}

/** The mutant cannot be run at all, or running it would show nothing of it. */
export class UnfitError extends Error {}

/** What a process is started with. */
export interface SubjectOptions {
  readonly given: string;
  readonly cwd: string;
  /** Null: the system as it is. */
  readonly patch: Patch | null;
  /** Called at once, so that it can be ended before it has loaded. */
  readonly started: (subject: Subject) => void;
}

/**
 * A process that has loaded the system with its patch. Throws {@link UnfitError} if it does not load, or never loads
 * the module that is patched; {@link LostSubject} if it was ended meanwhile.
 */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const {given, cwd, patch} = options;
  const subject = new Subject();
  options.started(subject);
  const answer = await subject.ask({kind: 'load', given, cwd, patch}, LOADING_MS).catch((error: unknown) => {
    if (error instanceof LostSubject && error.how !== 'stopped')
      throw new UnfitError(`it does not load: ${error.message}`);
    throw error;
  });
  if (answer.kind === 'failed') throw new UnfitError(`it does not load: ${answer.message}`);
  if (answer.kind !== 'loaded' || !answer.met) throw new UnfitError('the system never loads the file');
  return subject;
}

interface Waiting {
  readonly quietMs: number;
  readonly heard: (progress: Progress) => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: LostSubject) => void;
}

export class Subject {
  readonly #child: ChildProcess;
  #waiting: Waiting | null = null;
  #timer: NodeJS.Timeout | undefined;
  #tail = '';
  #lost: LostSubject | null = null;

  constructor() {
    checkForkable();
    this.#child = fork(fileURLToPath(new URL(`./child${EXTENSION}`, import.meta.url)), {
      execArgv: [...loaderFlags(process.execArgv), `--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (piece: Buffer) => {
      this.#tail = (this.#tail + piece.toString()).slice(-TAIL);
    });
    this.#child.on('message', message => this.#hear(unwrap(message)));
    this.#child.on('error', error => this.#lose(new LostSubject('died', String(error))));
    this.#child.on('close', (code, signal) => {
      this.#lose(new LostSubject('died', [ending(code, signal), lastWords(this.#tail)].join('')));
    });
  }

  /**
   * What came of a task. Rejects with {@link LostSubject} if the process ends before it answers, or says nothing for
   * `quietMs` of wall time; it is ended then.
   */
  ask(task: Task, quietMs: number, heard: (progress: Progress) => void = () => undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      this.#waiting = {quietMs, heard, resolve, reject};
      this.#wind();
      // if it is gone by now, that is told by its end
      this.#child.send(task, () => undefined);
    });
  }

  /** Ends the process, whatever it is doing. */
  end(): void {
    this.#lose(new LostSubject('stopped', 'it was ended'));
  }

  #hear(said: Said | null): void {
    if (said === null || this.#waiting === null) return;
    if (isProgress(said)) {
      this.#wind();
      this.#waiting.heard(said);
      return;
    }
    const {resolve} = this.#waiting;
    this.#rest();
    resolve(said);
  }

  /** Starts the time of silence anew. */
  #wind(): void {
    stop(this.#timer);
    const quietMs = this.#waiting?.quietMs ?? 0;
    const timer = start(() => {
      // this process may have been busy all the while, and what was said is only about to be heard
      soon(() => {
        if (this.#timer !== timer) return;
        this.#lose(new LostSubject('hung', `nothing was heard of it for ${quietMs / 1_000} s`));
      });
    }, quietMs);
    this.#timer = timer;
  }

  #rest(): void {
    stop(this.#timer);
    this.#timer = undefined;
    this.#waiting = null;
  }

  #lose(lost: LostSubject): void {
    if (this.#lost === null) {
      this.#lost = lost;
      this.#child.kill('SIGKILL');
    }
    const reject = this.#waiting?.reject;
    this.#rest();
    reject?.(this.#lost);
  }
}

/** Sources run only under a loader that the process was started with, and that its children are given too. */
function checkForkable(): void {
  const {typescript} = process.features as {readonly typescript?: unknown};
  const loader = process.execArgv.some(word =>
    /^--(import|(experimental-)?loader|experimental-strip)/.test(word),
  );
  if (EXTENSION === '.js' || loader || Boolean(typescript)) return;
  throw new Misuse(
    'mutants run in processes of their own, which need the program to be built',
    'npm run build',
  );
}

/** The flags that say how modules are loaded; all others (a script to run, a debugger's port) are for their process alone. */
function loaderFlags(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (/^--(import|(experimental-)?loader|require|conditions)=|^--experimental-strip-types$/.test(word))
      return [word];
    return /^--(import|(experimental-)?loader|require|conditions)$|^-[rC]$/.test(word)
      ? [word, words[index + 1] ?? '']
      : [];
  });
}

const ending = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `its process ended with code ${code ?? '?'}` : `its process was ended by ${signal}`;

/** The line of stderr that says most: the first that names an error, else the last. */
function lastWords(tail: string): string {
  const lines = tail
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const told = lines.find(line => /^(\w*Error|FATAL ERROR)\b/.test(line)) ?? lines.at(-1);
  return told === undefined ? '' : `: ${told}`;
}
