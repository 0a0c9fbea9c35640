/** Keeps `campaign.json` up to date: what is done is on disk soon after, and a campaign that is killed goes on from there. */
import {join} from 'node:path';
import {CAMPAIGN_SCHEMA, type StoredCampaign, type StoredShard} from '../../sim/campaign.ts';
import {writeWhole} from '../files.ts';
import type {Io} from '../io.ts';
import {Misuse} from '../misuse.ts';
import {CAMPAIGN_FILE} from '../stored-campaign.ts';

/** Writing takes at most one part in so many of the time. */
const SHARE = 20;

/** Whether both are the same part of the same campaign. */
export const sameShard = (a: StoredShard, b: StoredShard): boolean =>
  a.system === b.system &&
  a.variant === b.variant &&
  a.seedBase === b.seedBase &&
  a.shard.index === b.shard.index &&
  a.shard.of === b.shard.of;

export class CampaignStore {
  readonly #path: string;
  readonly #wallClock: () => number;
  readonly #log: (line: string) => void;
  #shards: readonly StoredShard[];
  #pending = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #failed = false;

  /** `folder`: of the results. What is there is replaced by `shards` at once. */
  constructor(folder: string, shards: readonly StoredShard[], io: Io, log: (line: string) => void) {
    this.#path = join(folder, CAMPAIGN_FILE);
    this.#wallClock = io.wallClock;
    this.#log = log;
    this.#shards = shards;
    this.flush();
  }

  /** Takes what a shard has come to; written at once, unless the last writing was only just now. */
  put(shard: StoredShard): void {
    this.#shards = this.#shards.map(known => (sameShard(known, shard) ? shard : known));
    this.#pending = true;
    this.writeWhenDue();
  }

  /** Writes what was held back. */
  writeWhenDue(): void {
    if (this.#pending && this.#wallClock() >= this.#notBefore) this.flush();
  }

  /** Writes now. A full disk must not cost the campaign: it goes on, and says so once. */
  flush(): void {
    this.#pending = false;
    const startedAt = this.#wallClock();
    const stored: StoredCampaign = {schema: CAMPAIGN_SCHEMA, shards: this.#shards};
    try {
      writeWhole(this.#path, `${JSON.stringify(stored)}\n`);
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      if (!this.#failed) this.#log(`syncstorm: ${error.message}; without it the campaign cannot be resumed`);
      this.#failed = true;
    }
    const now = this.#wallClock();
    this.#notBefore = now + (now - startedAt) * SHARE;
  }
}
