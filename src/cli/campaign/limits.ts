/** What a campaign is made of and when it ends, read from the flags of `fuzz`. */
import {availableParallelism} from 'node:os';
import {printable} from '../../report/printable.ts';
import {MAX_FINDINGS, RERUN_ONE_IN} from '../../sim/fuzz.ts';
import {WHOLE, type Shard} from '../../sim/positions.ts';
import type {Args} from '../args.ts';
import {Misuse} from '../misuse.ts';
import {countOf, durationOf, has, textOf} from '../values.ts';

const FOR_MS = 60_000;
const STALL_MS = 60_000;
const SHRINK_MS = 30_000;
const MOST_SHARDS = 10_000;

/** When a campaign ends, and how it is carried out. */
export interface Limits {
  /** Seeds of the whole campaign, all shards together. */
  readonly runs?: number;
  readonly forMs?: number;
  readonly rerunOneIn: number;
  readonly maxFindings: number;
  /** Folder for what it finds. */
  readonly out: string;
  readonly workers: number;
  /** A worker that finishes no seed for so long is given up. */
  readonly stallMs: number;
  readonly canary: boolean;
  /** For making the plan of each finding small; 0 leaves it as it is. */
  readonly shrinkMs: number;
}

/** `systems`: how many share the time. */
export function readLimits(args: Args, systems: number): Limits {
  const runs = countOf(args, 'runs', 0);
  const forMs = durationOf(args, 'for') ?? (runs === undefined ? FOR_MS : undefined);
  return {
    ...(runs === undefined ? {} : {runs}),
    ...(forMs === undefined ? {} : {forMs: Math.ceil(forMs / systems)}),
    rerunOneIn: countOf(args, 'rerun-one-in', 0) ?? RERUN_ONE_IN,
    maxFindings: countOf(args, 'max-findings', 1) ?? MAX_FINDINGS,
    out: outOf(args),
    workers: countOf(args, 'workers', 1) ?? availableParallelism(),
    stallMs: durationOf(args, 'stall') ?? STALL_MS,
    canary: !has(args, 'no-canary'),
    shrinkMs: textOf(args, 'shrink') === 'off' ? 0 : (durationOf(args, 'shrink') ?? SHRINK_MS),
  };
}

export const outOf = (args: Args): string => textOf(args, 'out') ?? 'reports';

/** `--shard i/n`; undefined without it. */
export function shardOf(args: Args): Shard | undefined {
  const text = textOf(args, 'shard');
  if (text === undefined) return undefined;
  const [, index, of] = /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,5})$/.exec(text) ?? [];
  const shard = {index: Number(index), of: Number(of)};
  if (shard.index <= shard.of && shard.of <= MOST_SHARDS) return shard;
  throw new Misuse(
    `--shard takes the number of a part and how many there are, at most ${MOST_SHARDS}, got "${printable(text)}"`,
    'as in: --shard 1/8',
  );
}

/** The shard of a new campaign: shards of one campaign must be of the same seeds. */
export function newShardOf(args: Args): Shard {
  const shard = shardOf(args);
  const base = textOf(args, 'seed-base');
  if (shard !== undefined && (base === undefined || base === 'random')) {
    throw new Misuse(
      '--shard without --seed-base: every shard would draw seeds of its own',
      'give all shards the same --seed-base, for instance the commit that they test',
    );
  }
  return shard ?? WHOLE;
}
