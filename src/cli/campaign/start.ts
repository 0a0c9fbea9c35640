/** Where a campaign starts: with nothing done, or where a stored one was left. */
import {join, resolve} from 'node:path';
import {printable} from '../../report/printable.ts';
import {UnreadableError} from '../../sim/assert.ts';
import type {StoredShard} from '../../sim/campaign.ts';
import {countRanges} from '../../sim/positions.ts';
import {emptySum} from '../../sim/sums.ts';
import type {Args} from '../args.ts';
import type {Io} from '../io.ts';
import {checkVariant, loadSystem, registered, type Named} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import {systemText} from '../scenario.ts';
import {CAMPAIGN_FILE, readCampaign} from '../stored-campaign.ts';
import {seedOf, textOf} from '../values.ts';
import {newShardOf, outOf, shardOf} from './limits.ts';
import {sameShard} from './store.ts';

/** A system, and what of its campaign is done. */
export interface Start {
  readonly named: Named;
  readonly stored: StoredShard;
}

/** What is to be run, and what else the file of the campaign holds. */
export interface Starts {
  readonly starts: readonly Start[];
  readonly others: readonly StoredShard[];
}

/** A new campaign over one system, or all registered ones. */
export async function begin(args: Args, io: Io): Promise<Starts> {
  const given = systemText(args, args.operands[0]);
  const chosen = given === undefined ? registered() : [await loadSystem(given, io.cwd)];
  const variant = textOf(args, 'variant') ?? 'default';
  for (const named of chosen) checkVariant(named, variant);
  const shard = newShardOf(args);
  const seedBase = seedOf(args, 'seed-base', io);
  const starts = chosen.map(named => ({
    named,
    stored: {
      system: named.system.name,
      variant,
      seedBase,
      shard,
      done: [],
      elapsedMs: 0,
      sum: emptySum(named.system),
    },
  }));
  return {starts, others: []};
}

/**
 * The campaign that is stored in `--out`. What was lost with its worker is open again. Throws {@link Misuse} where the
 * flags speak of another campaign, `UnreadableError` where none can be read.
 */
export async function resume(args: Args, io: Io): Promise<Starts> {
  const file = join(outOf(args), CAMPAIGN_FILE);
  const {shards} = readCampaign(resolve(io.cwd, file), file);
  const given = systemText(args, args.operands[0]);
  const named = given === undefined ? null : await loadSystem(given, io.cwd);
  const wanted = shards.filter(shard => fits(shard, named, args, io));
  if (wanted.length === 0) {
    throw new Misuse(
      `${printable(file)} holds no campaign like that, but: ${shards.map(titleOf).join('; ') || 'none'}`,
      'leave out what comes from the file: the system, --variant, --seed-base, --shard; or leave out --resume',
    );
  }
  const names = wanted.map(({system}) => system);
  if (new Set(names).size < names.length) {
    throw new Misuse(
      `${printable(file)} holds several: ${wanted.map(titleOf).join('; ')}`,
      'say which one to go on with: --shard i/n, --seed-base SEED, --variant NAME',
    );
  }
  for (const {done, sum} of wanted) {
    if (countRanges(done) !== sum.runs)
      throw new UnreadableError(`${printable(file)}: what is done is not what was counted`);
  }
  const starts = wanted.map(stored => ({
    named: named ?? registeredAs(stored.system, file),
    stored: {...stored, sum: {...stored.sum, lost: []}},
  }));
  for (const start of starts) checkVariant(start.named, start.stored.variant);
  return {starts, others: shards.filter(shard => !wanted.some(one => sameShard(one, shard)))};
}

function fits(stored: StoredShard, named: Named | null, args: Args, io: Io): boolean {
  const variant = textOf(args, 'variant');
  const shard = shardOf(args);
  const seedBase = textOf(args, 'seed-base') === undefined ? undefined : seedOf(args, 'seed-base', io);
  return (
    (named === null || named.system.name === stored.system) &&
    (variant === undefined || variant === stored.variant) &&
    (seedBase === undefined || seedBase === stored.seedBase) &&
    (shard === undefined || (shard.index === stored.shard.index && shard.of === stored.shard.of))
  );
}

/** A stored file never names code to load: a system that has no registered name is given on the command line. */
function registeredAs(name: string, file: string): Named {
  const named = registered().find(({system}) => system.name === name);
  if (named !== undefined) return named;
  throw new Misuse(
    `${printable(file)} is of a system called "${printable(name)}", which is not registered`,
    'say where it is: fuzz ./module-that-exports-it.mjs --resume',
  );
}

const titleOf = ({system, variant, seedBase, shard, done}: StoredShard): string =>
  printable(
    `${system}, variant ${variant}, seed-base ${seedBase}, shard ${shard.index}/${shard.of} (${countRanges(done)} seeds)`,
  );
