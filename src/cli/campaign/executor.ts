/** Who carries out the jobs of a campaign: this process, or worker threads that may die without taking the campaign along. */
import type {Batch, BatchResult} from '../../sim/batch.ts';
import type {Injection} from '../../sim/injection.ts';
import type {Injected, Reference} from '../../sim/sweep.ts';
import type {Examination, ExamineOptions} from '../../sim/examine.ts';

/** One piece of work, as plain data. */
export type Job =
  | {readonly kind: 'batch'; readonly batch: Batch}
  | {readonly kind: 'sweep'; readonly reference: Reference; readonly injections: readonly Injection[]}
  | {
      readonly kind: 'examine';
      readonly seed: string;
      readonly variant: string;
      readonly options: Omit<ExamineOptions, 'wallClock'>;
    };

/** What comes of each kind of job. */
export interface Answers {
  readonly batch: BatchResult;
  /** Those that were run, from the first on. */
  readonly sweep: readonly Injected[];
  readonly examine: Examination;
}

export type JobOf<Kind extends keyof Answers> = Extract<Job, {readonly kind: Kind}>;

/** A worker that is gone, and its job with it. */
export interface Lost {
  readonly kind: 'lost';
  readonly cause: 'died' | 'hung';
  /** In words: its last error or exit code. */
  readonly reason: string;
  /** How many seeds of its batch it had done when it was last heard of; null if it had not begun. */
  readonly at: number | null;
}

export type Reply<Kind extends keyof Answers> =
  {readonly kind: 'done'; readonly answer: Answers[Kind]} | Lost;

export interface Executor {
  /** How many jobs it carries out at a time. */
  readonly width: number;
  /** Runs are not in this process, so that what else happens here cannot fall into one of them. */
  readonly apart: boolean;
  /** Seeds that are done in batches that are not over. */
  readonly inFlight: number;
  /** Carries out a job. Rejects with {@link BrokenRun} if the harness, or the adapter of the system, breaks in it. */
  ask<Kind extends keyof Answers>(job: JobOf<Kind>): Promise<Reply<Kind>>;
  /** Batches under way, and those asked for later, end after the seed that they are at. */
  stop(): void;
  /** Examinations under way, and those asked for later, make do with what they have. */
  hurry(): void;
  /** Ends all workers, and whatever they are at. */
  close(): Promise<void>;
}

/** The harness broke in a run: its own error, with the trail of where, and how many seeds of the batch were done by then. */
export class BrokenRun extends Error {
  readonly at: number;

  constructor(cause: {readonly message: string; readonly stack?: string | undefined}, at: number) {
    super(cause.message);
    this.name = 'BrokenRun';
    this.at = at;
    // what is shown is where it broke, not where that was told
    if (cause.stack !== undefined) this.stack = cause.stack;
  }
}
