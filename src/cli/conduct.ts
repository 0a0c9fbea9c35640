/** One campaign over one system, from where it stands to its end: batches are handed out, joined, stored and told. */
import {duration, grouped} from '../report/amounts.ts';
import type {CanaryFate} from '../report/verdict.ts';
import {assert} from '../sim/assert.ts';
import type {Batch, BatchResult} from '../sim/batch.ts';
import type {Campaign, CampaignFinding, CampaignSum, LostBatch, StoredShard} from '../sim/campaign.ts';
import {seedIndex, type Range} from '../sim/positions.ts';
import {seedAt} from '../sim/random.ts';
import {campaignFrom, joinSums, sumOfLost, sumOfMismatches} from '../sim/sums.ts';
import {examineAll} from './campaign/aftermath.ts';
import {releaseCanary} from './campaign/canary.ts';
import {Course} from './campaign/course.ts';
import {BrokenRun, type Executor, type Lost} from './campaign/executor.ts';
import type {Limits} from './campaign/limits.ts';
import {openExecutor} from './campaign/open.ts';
import type {Start} from './campaign/start.ts';
import type {CampaignStore} from './campaign/store.ts';
import {Watch} from './campaign/watch.ts';
import type {Session} from './session.ts';

/** Where every batch is lost, going on finds nothing out. */
const MOST_LOST = 100;

/** A campaign that is over, with what a summary and a record say beyond it. */
export interface Conducted {
  readonly campaign: Campaign;
  readonly elapsedMs: number;
  readonly stopped: string;
  readonly files: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, string>;
  readonly commandOf: (seed: string) => string;
  readonly canary: CanaryFate;
}

/** Runs the campaign to its end. `interrupted` is asked after every run. */
export async function conduct(
  start: Start,
  limits: Limits,
  store: CampaignStore,
  session: Session,
  interrupted: () => boolean,
): Promise<Conducted> {
  const conductor = new Conductor(start, limits, store, session, interrupted);
  try {
    return await conductor.conduct();
  } finally {
    await conductor.close();
  }
}

class Conductor {
  readonly #start: Start;
  readonly #limits: Limits;
  readonly #store: CampaignStore;
  readonly #session: Session;
  readonly #interrupted: () => boolean;
  readonly #watch: Watch;
  readonly #course: Course;
  readonly #executor: Executor;
  readonly #startedAt: number;
  #sum: CampaignSum;
  #campaign: Campaign;
  #stopping = false;
  /** By the wall clock: when the last batch was done. */
  #endedAt: number | null = null;

  constructor(
    start: Start,
    limits: Limits,
    store: CampaignStore,
    session: Session,
    interrupted: () => boolean,
  ) {
    const {named, stored} = start;
    const {io} = session;
    this.#start = start;
    this.#limits = limits;
    this.#store = store;
    this.#session = session;
    this.#interrupted = interrupted;
    this.#startedAt = io.wallClock();
    this.#sum = stored.sum;
    this.#campaign = this.#joined();
    this.#watch = new Watch(named, stored.variant, limits.out, session);
    this.#course = new Course(stored.shard, limits.runs, stored.done);
    this.#executor = openExecutor({
      named,
      io,
      workers: limits.workers,
      stallMs: limits.stallMs,
      onSeed: (batch, done) => this.#expect(batch, done),
      onTick: () => this.#tick(),
      onOutput: text => this.#watch.pass(text),
    });
  }

  async conduct(): Promise<Conducted> {
    const {named, stored} = this.#start;
    const canary = this.#limits.canary ? releaseCanary(named, stored, this.#session.io) : null;
    // news of its process must not arrive in the middle of a run
    if (!this.#executor.apart) await canary?.land(this.#interrupted());
    // found before the campaign was left: told then
    this.#watch.recall(this.#campaign.findings);
    try {
      await Promise.all(Array.from({length: this.#executor.width}, () => this.#lane()));
    } finally {
      this.#watch.tell(this.#campaign.findings);
    }
    this.#endedAt = this.#session.io.wallClock();
    await this.#examine();
    this.#session.running = null;
    this.#watch.end();
    const wasInterrupted = this.#interrupted();
    const fate: CanaryFate = canary === null ? {kind: 'off'} : await canary.land(wasInterrupted);
    // an earlier one, of before the campaign was left, still counts where none was run now
    if (fate.kind !== 'off') this.#store.put({...this.#stored(), canary: fate});
    return {
      campaign: this.#withSmallPlans(),
      elapsedMs: this.#elapsedMs,
      stopped: wasInterrupted ? 'interrupted' : this.#reason(),
      files: this.#watch.findings.files,
      commands: this.#watch.commands,
      commandOf: seed => this.#watch.command(seed),
      canary: fate,
    };
  }

  async close(): Promise<void> {
    await this.#executor.close();
    this.#store.flush();
    this.#watch.end();
  }

  /** Wall time of all the runs, what was before the campaign was left included; examining findings is not counted. */
  get #elapsedMs(): number {
    const until = this.#endedAt ?? this.#session.io.wallClock();
    return this.#start.stored.elapsedMs + until - this.#startedAt;
  }

  /** Keeps one worker busy until the end. */
  async #lane(): Promise<void> {
    while (!this.#stopping) {
      const range = this.#course.next(this.#executor.width);
      if (range === null) return;
      await this.#run(range);
    }
  }

  async #run(positions: Range): Promise<void> {
    const {seedBase, variant, shard} = this.#start.stored;
    const {rerunOneIn, maxFindings} = this.#limits;
    const known = Object.keys(this.#sum.findings);
    const batch = {seedBase, variant, shard, positions, rerunOneIn, maxFindings, known};
    const startedAt = this.#session.io.wallClock();
    try {
      const reply = await this.#executor.ask<'batch'>({kind: 'batch', batch});
      if (reply.kind === 'lost') this.#lose(batch, reply);
      else this.#join(positions, reply.answer, this.#session.io.wallClock() - startedAt);
    } catch (error) {
      if (error instanceof BrokenRun) this.#expect(batch, error.at);
      throw error;
    }
  }

  #join(positions: Range, {sum, done}: BatchResult, ms: number): void {
    this.#course.finish(positions, done, ms);
    this.#take(sum);
  }

  #lose(batch: Batch, lost: Lost): void {
    const [from, to] = batch.positions;
    const indices = Array.from({length: to - from}, (_, at) => seedIndex(batch.shard, from + at));
    const seed = lost.at === null ? null : seedOf(batch, lost.at);
    const told: LostBatch = {indices, seed, cause: lost.cause};
    this.#watch.tellLost(told, lost.reason);
    this.#course.lose(batch.positions);
    this.#take(sumOfLost(told));
  }

  /** Adds to the sum. Plans of findings are on disk before the counts that tell of them. */
  #take(sum: CampaignSum): void {
    this.#sum = joinSums(this.#sum, sum);
    this.#campaign = this.#joined();
    this.#watch.look(this.#campaign.findings);
    const open = seedIndex(this.#start.stored.shard, this.#course.firstOpen);
    this.#watch.tell(this.#campaign.findings.filter(finding => this.#indexOf(finding) < open));
    this.#store.put(this.#stored());
    this.#tick();
  }

  /** The number of the campaign's first seed that has the finding. */
  #indexOf({signature}: CampaignFinding): number {
    const found = this.#sum.findings[signature];
    assert(found !== undefined, 'a finding of the campaign is in its sum');
    return found.index;
  }

  #joined(): Campaign {
    const {named, stored} = this.#start;
    return campaignFrom(named.system, stored.variant, stored.seedBase, this.#sum);
  }

  #stored(): StoredShard {
    return {
      ...this.#start.stored,
      done: this.#course.done,
      elapsedMs: Math.round(this.#elapsedMs),
      sum: this.#sum,
    };
  }

  /** Looks whether it is time to end, and shows how it is going. */
  #tick(): void {
    const {forMs, maxFindings} = this.#limits;
    const interrupted = this.#interrupted();
    const elapsedMs = this.#elapsedMs;
    const ends =
      interrupted ||
      (forMs !== undefined && elapsedMs - this.#start.stored.elapsedMs >= forMs) ||
      this.#campaign.findings.length >= maxFindings ||
      this.#campaign.lost.length >= MOST_LOST;
    if (ends && !this.#stopping) {
      this.#stopping = true;
      this.#executor.stop();
    }
    if (interrupted) this.#executor.hurry();
    this.#watch.show(this.#campaign, this.#executor.inFlight, elapsedMs);
    this.#store.writeWhenDue();
  }

  async #examine(): Promise<void> {
    const {findings} = this.#watch;
    const open = this.#campaign.findings.filter(finding => findings.kept(finding) !== 'bundle');
    const vanished = await examineAll(
      open,
      {variant: this.#start.stored.variant, shrinkMs: this.#limits.shrinkMs},
      this.#executor,
      this.#watch,
    );
    const known = this.#sum.mismatches;
    const mismatches = vanished.filter(
      ({seed, first}) => !known.some(mismatch => mismatch.seed === seed && mismatch.first === first),
    );
    this.#take(sumOfMismatches(mismatches));
  }

  /** The campaign as it is told: what a person has to read of a finding is its small plan. */
  #withSmallPlans(): Campaign {
    const {steps} = this.#watch.findings;
    const findings = this.#campaign.findings.map(finding => ({
      ...finding,
      steps: steps.get(finding.signature) ?? finding.steps,
    }));
    return {...this.#campaign, findings};
  }

  /** Says which seed is running: what repeats it, should the harness break. */
  #expect(batch: Batch, done: number): void {
    this.#session.running = this.#watch.command(seedOf(batch, done));
  }

  #reason(): string {
    const {runs, forMs, maxFindings} = this.#limits;
    const {findings, lost} = this.#campaign;
    if (findings.length >= maxFindings) return `stopped at --max-findings ${grouped(maxFindings)}`;
    if (lost.length >= MOST_LOST) return `stopped, since ${grouped(MOST_LOST)} batches were lost`;
    if (runs !== undefined && this.#course.isComplete) {
      return `all of --runs ${grouped(runs)} done${lost.length > 0 ? ' or lost' : ''}`;
    }
    return forMs === undefined ? 'ended' : `${duration(forMs)} elapsed`;
  }
}

const seedOf = ({seedBase, shard, positions}: Batch, done: number): string =>
  seedAt(seedBase, seedIndex(shard, positions[0] + done));
