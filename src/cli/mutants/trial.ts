/** One mutant from its first seed to its minimal plan: campaigns, shrinking, and a replay in a fresh process. */
import {median, type LostCampaign, type MutantResult, type MutantStatus} from '../../report/mutants.ts';
import {seedAt} from '../../sim/random.ts';
import type {Named} from '../load-system.ts';
import type {Control} from './control.ts';
import type {Planted} from './patch.ts';
import {LostSubject, startSubject, UnfitError, type Subject} from './subject.ts';
import type {Answer, Kill, Minimal, Progress, Task} from './tasks.ts';

/** How mutants are tried. */
export interface TrialOptions {
  readonly named: Named;
  readonly cwd: string;
  readonly variant: string;
  /** Campaign number k takes its seeds from seed number k of this base, so that each can be repeated by itself. */
  readonly seedBase: string;
  readonly campaigns: number;
  readonly seeds: number;
  /** Null: nothing is shrunk. */
  readonly shrinkMs: number | null;
  /** A process that says nothing for so long of wall time is given up. */
  readonly stallMs: number;
  readonly wallClock: () => number;
  /** The system without any mutant. */
  readonly control: Control;
}

/** Told while a trial goes on: its campaign (null: they are over), and how many seeds of it are done. */
export type Watch = (campaign: number | null, seeds: number) => void;

/** What a trial leaves: what became of the mutant, and what there is to store. */
export interface Tried {
  readonly result: MutantResult;
  /** The first of all campaigns, and its plan made small. */
  readonly kill: Kill | null;
  readonly minimal: Minimal | null;
  /** Seeds that were run, all campaigns together. */
  readonly runs: number;
}

type Shrinking = Pick<MutantResult, 'shrinkMs' | 'replays' | 'trouble'> & {readonly best: Minimal | null};

const NOT_SHRUNK: Shrinking = {best: null, shrinkMs: null, replays: null, trouble: null};

export class Trial {
  readonly #planted: Planted;
  readonly #options: TrialOptions;
  readonly #watch: Watch;
  readonly #campaigns: (number | null)[] = [];
  readonly #lost: LostCampaign[] = [];
  readonly #kills: Kill[] = [];
  #subject: Subject | null = null;
  #stopped = false;
  #runs = 0;

  constructor(planted: Planted, options: TrialOptions, watch: Watch) {
    this.#planted = planted;
    this.#options = options;
    this.#watch = watch;
  }

  /** Ends it at once: nothing comes of it then. */
  stop(): void {
    this.#stopped = true;
    this.#subject?.end();
  }

  /** Tries the mutant; null if it was stopped. */
  async outcome(): Promise<Tried | null> {
    try {
      return await this.#try();
    } catch (error) {
      if (this.#stopped) return null;
      if (!(error instanceof UnfitError)) throw error;
      return this.#tried('broken', {...NOT_SHRUNK, trouble: error.message}, null);
    } finally {
      this.#leave();
    }
  }

  async #try(): Promise<Tried> {
    const {campaigns, shrinkMs} = this.#options;
    const failed = (): number => this.#campaigns.filter(count => count === null).length;
    // once half of them are without a kill, no other can bring the median down any more
    for (let index = 0; index < campaigns && failed() < Math.ceil(campaigns / 2); index += 1) {
      await this.#campaign(index);
    }
    const [kill] = this.#kills;
    if (kill === undefined || median(this.#campaigns) === null) {
      return this.#tried(this.#lost[0]?.how ?? 'survived', NOT_SHRUNK, null);
    }
    this.#watch(null, 0);
    const unmutated = await this.#unmutated();
    return this.#tried(
      'killed',
      shrinkMs === null ? NOT_SHRUNK : await this.#shrink(kill, shrinkMs),
      unmutated,
    );
  }

  async #campaign(index: number): Promise<void> {
    const {seeds, variant, stallMs} = this.#options;
    const seedBase = seedAt(this.#options.seedBase, index);
    let at: number | null = null;
    const heard = (progress: Progress): void => {
      if (progress.kind !== 'at') return;
      at = progress.index;
      this.#runs += 1;
      this.#watch(index, at);
    };
    try {
      const answer = await this.#ask({kind: 'campaign', seedBase, variant, seeds}, stallMs, heard);
      if (answer.kind === 'failed') throw new LostSubject('died', answer.message);
      if (answer.kind === 'killed') this.#kills.push(answer.kill);
      this.#campaigns.push(answer.kind === 'killed' ? answer.kill.seeds : null);
    } catch (error) {
      const {how, message} = this.#lossOf(error);
      const seed = at === null ? null : seedAt(seedBase, at);
      this.#campaigns.push(null);
      this.#lost.push({campaign: index, seed, how, detail: message});
    }
  }

  /** The seed of a kill that fails without the mutant as well, if there is one: such a kill proves nothing. */
  async #unmutated(): Promise<string | null> {
    const {control, variant} = this.#options;
    for (const {seed} of this.#kills) {
      if (await control.fails(seed, variant)) return seed;
    }
    return null;
  }

  async #shrink({seed, signature}: Kill, budgetMs: number): Promise<Shrinking> {
    const {variant, stallMs, wallClock} = this.#options;
    const startedAt = wallClock();
    let best: Minimal | null = null;
    let trouble: string | null = null;
    const heard = (progress: Progress): void => {
      if (progress.kind === 'smaller') best = progress.minimal;
    };
    try {
      const task = {kind: 'shrink', seed, variant, signature, budgetMs} as const;
      const answer = await this.#ask(task, budgetMs + stallMs, heard);
      if (answer.kind === 'minimal') best = answer.minimal;
      if (answer.kind === 'failed') trouble = answer.message;
    } catch (error) {
      trouble = this.#lossOf(error).message;
    }
    const shrinkMs = Math.round(wallClock() - startedAt);
    return {best, shrinkMs, replays: best === null ? null : await this.#replay(best, signature), trouble};
  }

  /** Whether a plan is the same run in a process that has run nothing else. */
  async #replay({plan, digest}: Minimal, signature: string): Promise<boolean> {
    this.#leave();
    try {
      const answer = await this.#ask({kind: 'replay', plan}, this.#options.stallMs);
      return answer.kind === 'ran' && answer.signature === signature && answer.digest === digest;
    } catch (error) {
      this.#lossOf(error);
      return false;
    }
  }

  /** The process that there is, or a new one, is asked. */
  async #ask(task: Task, quietMs: number, heard?: (progress: Progress) => void): Promise<Answer> {
    const {named, cwd} = this.#options;
    this.#subject ??= await startSubject({
      given: named.given,
      cwd,
      patch: this.#planted.patch,
      started: subject => {
        if (this.#stopped) subject.end();
        this.#subject = subject;
      },
    });
    return this.#subject.ask(task, quietMs, heard);
  }

  /** Takes leave of a process that was lost; whatever else went wrong goes on its way. */
  #lossOf(error: unknown): {how: 'died' | 'hung'; message: string} {
    if (!(error instanceof LostSubject) || error.how === 'stopped') throw error;
    this.#leave();
    return {how: error.how, message: error.message};
  }

  #leave(): void {
    this.#subject?.end();
    this.#subject = null;
  }

  #tried(status: MutantStatus, shrinking: Shrinking, unmutated: string | null): Tried {
    const {id, file, note, claim, canary} = this.#planted.mutant;
    const {best, shrinkMs, replays, trouble} = shrinking;
    const kill = this.#kills[0] ?? null;
    const result: MutantResult = {
      id,
      file,
      note,
      claim,
      canary,
      status,
      killedBy: kill?.claim ?? null,
      signature: kill?.signature ?? null,
      seed: kill?.seed ?? null,
      campaigns: this.#campaigns,
      lost: this.#lost,
      size: best?.size ?? null,
      minimal: best?.complete ?? null,
      shrinkMs,
      replays,
      plan: null,
      trouble,
      unmutated,
    };
    return {result, kill, minimal: best, runs: this.#runs};
  }
}
