/** What a campaign left in its folder, as far as tests look at it. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {StoredCampaign, StoredShard} from '../../src/sim/campaign.ts';

export const storedIn = (folder: string): StoredCampaign =>
  JSON.parse(readFileSync(join(folder, 'campaign.json'), 'utf8')) as StoredCampaign;

/** The shards of a campaign without what the wall clock put in. */
export const timeless = ({shards}: StoredCampaign): readonly StoredShard[] =>
  shards.map(shard => ({...shard, elapsedMs: 0, sum: {...shard.sum, slowest: null}}));
