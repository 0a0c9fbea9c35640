/** One invocation of the command line: where its words go, in which colours, and what it is busy with. */
import {paint, type Paint} from '../report/paint.ts';
import type {Io, Screen} from './io.ts';

/** Reports go to stdout, unless something else does: then to stderr. */
export type ReportsTo = 'stdout' | 'stderr';

export class Session {
  readonly io: Io;
  /** `--json`: stdout gets one object and nothing else. */
  readonly json: boolean;
  readonly paint: Paint;
  readonly startedAt: number;
  /** The command that repeats what is running now; null while nothing is. Told if the harness itself breaks. */
  running: string | null = null;
  readonly #reports: Screen;
  #emitted = false;

  constructor(io: Io, json: boolean, reportsTo: ReportsTo = json ? 'stderr' : 'stdout') {
    this.io = io;
    this.json = json;
    this.#reports = reportsTo === 'stdout' ? io.out : io.err;
    this.paint = paint(coloured(io, this.#reports));
    this.startedAt = io.wallClock();
  }

  /** Wall time since the start, in ms. */
  get elapsedMs(): number {
    return this.io.wallClock() - this.startedAt;
  }

  /** How wide a report may be. */
  get width(): number {
    return this.#reports.isTTY ? this.#reports.columns : Number.MAX_SAFE_INTEGER;
  }

  /** Prints a line, or lines, of a report. */
  say(text: string | readonly string[]): void {
    this.#reports.write(`${typeof text === 'string' ? text : text.join('\n')}\n`);
  }

  /** Prints a line that is no part of a report. */
  log(line: string): void {
    this.io.err.write(`${line}\n`);
  }

  /** Prints the one object of `--json`; does nothing without it, or the second time. */
  emit(record: Readonly<Record<string, unknown>>): void {
    if (this.json && !this.#emitted) this.io.out.write(`${JSON.stringify(record)}\n`);
    this.#emitted = true;
  }

  /** The same invocation with its reports on stderr, for when stdout carries something else. */
  onStderr(): Session {
    return new Session(this.io, this.json, 'stderr');
  }
}

/** NO_COLOR wins over FORCE_COLOR, and both over what the stream is. */
function coloured({env}: Io, screen: Screen): boolean {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  if (set('NO_COLOR')) return false;
  if (set('FORCE_COLOR')) return env['FORCE_COLOR'] !== '0';
  return screen.isTTY && env['TERM'] !== 'dumb';
}
