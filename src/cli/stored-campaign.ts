/** Reads `campaign.json`, what a campaign leaves of its counts, so that it can be resumed, merged and reported. */
import {z} from 'zod';
import {printable} from '../report/printable.ts';
import {UnreadableError} from '../sim/assert.ts';
import {CAMPAIGN_SCHEMA, type StoredCampaign} from '../sim/campaign.ts';
import {canonicalJson} from '../sim/json.ts';
import {readStored} from './files.ts';

/** Its name in a folder of results. */
export const CAMPAIGN_FILE = 'campaign.json';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const ms = z.number().min(0);
const seed = z.string().regex(/^0x[0-9a-f]{16}$/, 'a seed is 0x and 16 hexadecimal digits');
const text = z.string().max(100_000);
const name = z.string().min(1).max(1_000);
// with a slash in it, no signature can name a folder above its own
const signature = name.regex(/\//, 'a signature is claim/stage/code/role');

// Loose, here and below: what a later version adds is kept, not dropped, when campaigns are merged.
const violation = z.looseObject({
  claim: name,
  sentence: text,
  signature,
  stage: text,
  code: text,
  role: text,
  node: text,
  message: text,
  happening: count,
  atMs: ms,
});

const finding = z.looseObject({
  signature,
  claim: name,
  sentence: text,
  count: count.min(1),
  seed,
  steps: count,
  index: count,
  violation,
});

const mismatch = z.looseObject({
  seed,
  first: text,
  second: text,
  divergence: z.looseObject({line: z.number().int(), first: text, second: text}).nullable(),
});

const sum = z.looseObject({
  runs: count,
  happenings: count,
  messages: count,
  virtualMs: ms,
  findings: z
    .record(z.string(), finding)
    .refine(
      findings => Object.entries(findings).every(([key, value]) => key === value.signature),
      'a finding stands under its own signature',
    ),
  probes: z.record(z.string(), count),
  hazards: z.record(z.string(), z.looseObject({offered: count, delivered: count, effective: count})),
  claims: z.record(z.string(), z.looseObject({checked: count, armed: count})),
  reruns: count,
  mismatches: z.array(mismatch),
  slowest: z.looseObject({seed, ms}).nullable(),
  lost: z.array(
    z.looseObject({indices: z.array(count), seed: seed.nullable(), cause: z.enum(['died', 'hung'])}),
  ),
});

const canary = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.enum(['caught', 'missed']),
    id: name,
    seeds: count,
    signature: text.nullable(),
  }),
  z.looseObject({kind: z.enum(['none', 'off'])}),
  z.looseObject({kind: z.literal('failed'), reason: text}),
]);

const shard = z.looseObject({
  system: name,
  variant: name,
  seedBase: seed,
  shard: z
    .looseObject({index: count.min(1), of: count.min(1)})
    .refine(({index, of}) => index <= of, 'there is no such shard'),
  done: z
    .array(z.tuple([count, count]))
    .refine(
      ranges => ranges.every(([from, to], at) => from < to && from >= (ranges[at - 1]?.[1] ?? 0)),
      'ranges rise and do not overlap',
    ),
  elapsedMs: ms,
  sum,
  canary: canary.exactOptional(),
});

const schema = z.looseObject({schema: z.literal(CAMPAIGN_SCHEMA), shards: z.array(shard)});

/** Reads the file at `path`. Throws {@link UnreadableError}, saying what does not fit. */
export function readCampaign(path: string, shownAs: string): StoredCampaign {
  const source = printable(shownAs);
  const result = schema.safeParse(parsed(readStored(path, shownAs), source));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = printable(issue?.path.map(String).join('.') ?? '');
  throw new UnreadableError(`${source}: ${where}: ${issue?.message ?? 'does not fit'}`);
}

function parsed(stored: string, source: string): unknown {
  try {
    const value: unknown = JSON.parse(stored);
    // what is nested deeper than it can be written again is no campaign of ours
    canonicalJson(value);
    return value;
  } catch {
    throw new UnreadableError(`${source}: not JSON; a campaign is one JSON object`);
  }
}
