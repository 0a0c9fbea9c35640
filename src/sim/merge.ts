/** Folds stored campaigns into one: a set of shards, in which of two that are the same the one that did more is kept. */
import {CAMPAIGN_SCHEMA, type StoredCampaign, type StoredShard} from './campaign.ts';
import {canonicalJson, compareText} from './json.ts';
import {countRanges} from './positions.ts';

/** The shards that cut up the seeds of one campaign: same system, variant and seed base. */
export interface ShardSet {
  readonly system: string;
  readonly variant: string;
  readonly seedBase: string;
  /** Into how many shards the campaign is cut, as its shards say it; more than one number if they do not fit together. */
  readonly cuts: readonly number[];
  /** In the order of their numbers. */
  readonly shards: readonly StoredShard[];
  /** Numbers of the shards that are not there, for the only cut; none where there are several. */
  readonly missing: readonly number[];
}

/**
 * All shards of both, each once, in one order. Which shard wins does not depend on who is asked first, so that
 * merging is commutative, associative and idempotent: shards can be folded in any order, and again.
 */
export function mergeCampaigns(a: StoredCampaign, b: StoredCampaign): StoredCampaign {
  const kept = new Map<string, StoredShard>();
  for (const shard of [...a.shards, ...b.shards]) {
    const key = keyOf(shard);
    const known = kept.get(key);
    if (known === undefined || compareDone(known, shard) < 0) kept.set(key, shard);
  }
  return {schema: CAMPAIGN_SCHEMA, shards: [...kept.values()].sort(compareShards)};
}

/** The shards of a stored campaign, put together with those that they belong to. */
export function shardSets(stored: StoredCampaign): ShardSet[] {
  const sets = new Map<string, StoredShard[]>();
  for (const shard of [...stored.shards].sort(compareShards)) {
    const key = campaignKey(shard);
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [shard]);
    else set.push(shard);
  }
  return [...sets.values()].map(setOf);
}

function setOf(shards: readonly StoredShard[]): ShardSet {
  const {system, variant, seedBase} = shards[0] as StoredShard;
  const cuts = [...new Set(shards.map(({shard}) => shard.of))].sort((a, b) => a - b);
  const present = new Set(shards.map(({shard}) => shard.index));
  const all = cuts.length === 1 ? Array.from({length: cuts[0] ?? 0}, (_, index) => index + 1) : [];
  return {system, variant, seedBase, cuts, shards, missing: all.filter(index => !present.has(index))};
}

const campaignKey = ({system, variant, seedBase}: StoredShard): string =>
  canonicalJson([system, variant, seedBase]);

const keyOf = (shard: StoredShard): string =>
  canonicalJson([shard.system, shard.variant, shard.seedBase, shard.shard.of, shard.shard.index]);

function compareShards(a: StoredShard, b: StoredShard): number {
  return (
    compareText(a.system, b.system) ||
    compareText(a.variant, b.variant) ||
    compareText(a.seedBase, b.seedBase) ||
    a.shard.of - b.shard.of ||
    a.shard.index - b.shard.index
  );
}

/**
 * Which of two states of one shard did more. A state that did all that the other did has more positions, so counting
 * them ranks it higher; the number of runs (lost batches ran nothing) and the text decide between the others. Each of
 * the three is an order in which no two different states are equal in the end: a rule made of "has it all" and "else
 * more runs" would not be one, since it can go round in a circle.
 */
function compareDone(a: StoredShard, b: StoredShard): number {
  return (
    countRanges(a.done) - countRanges(b.done) ||
    a.sum.runs - b.sum.runs ||
    compareText(canonicalJson(a), canonicalJson(b))
  );
}
