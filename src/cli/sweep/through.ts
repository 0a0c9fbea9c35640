/** Runs the chosen injections of one reference plan on all workers, and tells of findings as they come. */
import {failureLines} from '../../report/failure.ts';
import {printable} from '../../report/printable.ts';
import {sweepStatus, type SweepFacts} from '../../report/sweep.ts';
import {injectedPlan, type Injected, type Sweep} from '../../sim/sweep.ts';
import type {Injection} from '../../sim/injection.ts';
import type {Violation} from '../../sim/outcome.ts';
import {sumUp} from '../../sim/swept.ts';
import {BrokenRun, type Executor, type Reply} from '../campaign/executor.ts';
import {openExecutor} from '../campaign/open.ts';
import {Live} from '../live.ts';
import type {Named} from '../load-system.ts';
import type {Session} from '../session.ts';
import {SweepStore} from './store.ts';

/** Fewer injections a message would be more talk than work; more would leave a worker idle at the end. */
const BATCH = 25;

export interface SweepOptions {
  readonly workers: number;
  /** A worker that finishes no run for so long is given up. */
  readonly stallMs: number;
  /** Folder for what it finds. */
  readonly out: string;
  /** Is given what ends the sweep after the runs that are under way. */
  readonly onInterrupt: (stop: () => void) => void;
}

/** What is to be swept. */
export interface Task {
  readonly named: Named;
  readonly shownAs: string;
  readonly list: Sweep;
  readonly chosen: readonly Injection[];
}

/** Resolves when all are run, or it was interrupted. */
export async function sweepThrough(task: Task, options: SweepOptions, session: Session): Promise<SweepFacts> {
  const sweeper = new Sweeper(task, options, session);
  try {
    return await sweeper.sweep();
  } finally {
    await sweeper.close();
  }
}

/** Positions `[from, to)` in the list of what was chosen. */
type Range = readonly [from: number, to: number];

class Sweeper {
  readonly #task: Task;
  readonly #session: Session;
  readonly #executor: Executor;
  readonly #store: SweepStore;
  readonly #live: Live;
  readonly #startedAt: number;
  readonly #open: Range[];
  readonly #results: (Injected | undefined)[];
  readonly #lost: Injection[] = [];
  #done = 0;
  #interrupted = false;

  constructor(task: Task, options: SweepOptions, session: Session) {
    const {io} = session;
    this.#task = task;
    this.#session = session;
    this.#live = new Live(io);
    this.#startedAt = io.wallClock();
    this.#open = rangesOf(task.chosen.length);
    this.#results = task.chosen.map(() => undefined);
    this.#store = new SweepStore(task.named, task.list, options.out, io.cwd, line => this.#log(line));
    this.#executor = openExecutor({
      named: task.named,
      io,
      workers: options.workers,
      stallMs: options.stallMs,
      onSeed: () => undefined,
      onTick: () => this.#show(),
      onOutput: text => {
        this.#live.clear();
        io.err.write(text);
      },
    });
    options.onInterrupt(() => {
      this.#interrupted = true;
      this.#executor.stop();
    });
  }

  async sweep(): Promise<SweepFacts> {
    await Promise.all(Array.from({length: this.#executor.width}, () => this.#lane()));
    this.#live.clear();
    const {chosen, list, shownAs} = this.#task;
    const swept = sumUp(chosen, this.#results);
    // which worker was first is chance; which injection is first in the list is not
    for (const {injection, violation, digest} of swept.findings) {
      this.#store.finding(injection, {violation, digest});
    }
    return {
      plan: shownAs,
      swept,
      listed: list.injections.length,
      blank: list.blank,
      lost: this.#lost,
      interrupted: this.#interrupted,
      elapsedMs: this.#elapsedMs,
      files: this.#store.files,
      commands: this.#store.commands,
    };
  }

  async close(): Promise<void> {
    await this.#executor.close();
    this.#live.clear();
  }

  get #elapsedMs(): number {
    return this.#session.io.wallClock() - this.#startedAt;
  }

  async #lane(): Promise<void> {
    for (let range = this.#open.shift(); range !== undefined; range = this.#open.shift()) {
      if (this.#interrupted) return;
      const reply = await this.#ask(range);
      if (reply.kind === 'done')
        reply.answer.forEach((result, index) => this.#take(range[0] + index, result));
      else this.#lose(range, reply);
    }
  }

  async #ask([from, to]: Range): Promise<Reply<'sweep'>> {
    const {chosen, list} = this.#task;
    const reference = {plan: list.plan, struck: list.struck};
    try {
      return await this.#executor.ask<'sweep'>({
        kind: 'sweep',
        reference,
        injections: chosen.slice(from, to),
      });
    } catch (error) {
      const culprit = error instanceof BrokenRun ? chosen[from + error.at] : undefined;
      if (culprit !== undefined) this.#session.running = this.#store.unknown(culprit);
      throw error;
    }
  }

  /** The one that the worker was at is lost with it; the others have nothing to do with that, and are run again. */
  #lose([from, to]: Range, {cause, reason, at}: Exclude<Reply<'sweep'>, {kind: 'done'}>): void {
    const index = from + (at ?? 0);
    const culprit = this.#task.chosen[index];
    if (culprit === undefined) return;
    this.#lost.push(culprit);
    this.#done += 1;
    this.#log(
      `syncstorm: a worker ${cause} at ${culprit.id} ${printable(culprit.name)} (${printable(reason)})`,
    );
    this.#log(this.#store.unknown(culprit));
    const rest: Range[] = [
      [from, index],
      [index + 1, to],
    ];
    this.#open.push(...rest.filter(([first, end]) => first < end));
  }

  #take(index: number, result: Injected): void {
    this.#results[index] = result;
    this.#done += 1;
    const {violation, digest} = result;
    const injection = this.#task.chosen[index];
    if (injection === undefined || violation === null) return;
    if (this.#store.commands.has(violation.signature)) return;
    this.#store.finding(injection, {violation, digest});
    this.#tell(injection, violation);
  }

  #tell(injection: Injection, violation: Violation): void {
    this.#live.clear();
    const plan = injectedPlan(this.#task.list.plan, injection);
    const {files, commands} = this.#store;
    const facts = {
      violation,
      operations: plan.operations.length,
      faults: plan.faults.length,
      file: files.get(violation.signature) ?? null,
      command: commands.get(violation.signature) ?? '',
    };
    const {paint, width} = this.#session;
    this.#session.say(['', `injected: ${printable(injection.name)}`, ...failureLines(facts, paint, width)]);
  }

  #log(line: string): void {
    this.#live.clear();
    this.#session.log(line);
  }

  #show(): void {
    const done = this.#done + this.#executor.inFlight;
    const findings = this.#store.commands.size;
    this.#live.show(width => sweepStatus(done, this.#task.chosen.length, findings, this.#elapsedMs, width));
  }
}

function rangesOf(count: number): Range[] {
  const ranges: Range[] = [];
  for (let from = 0; from < count; from += BATCH) ranges.push([from, Math.min(count, from + BATCH)]);
  return ranges;
}
