/** Outcomes and campaigns as reports are given them, with every part that a test wants to change. */
import type {Campaign, CampaignFinding} from '../../src/sim/campaign.ts';
import type {Violation} from '../../src/sim/outcome.ts';
import {PLAN_SCHEMA, type Plan} from '../../src/sim/plan.ts';
import {defineSystem, type System} from '../../src/sim/system.ts';

export const SEED = '0x9f3ac1d204e71b55';

export const aViolation = (change: Partial<Violation> = {}): Violation => ({
  claim: 'VFS-3',
  sentence: 'a client whose cursor is past an item has applied it',
  signature: 'VFS-3/pull/skipped/client',
  stage: 'pull',
  code: 'skipped',
  role: 'client',
  node: 'c2',
  message: 'c2 is past an item that it has not applied',
  happening: 412,
  atMs: 18_240,
  ...change,
});

export const aPlan = (change: Partial<Plan> = {}): Plan => ({
  schema: PLAN_SCHEMA,
  system: 'sample',
  variant: 'default',
  seed: SEED,
  world: {servers: 1, clients: 3, names: ['a', 'b']},
  operations: [
    {id: 'o1', at: 12, kind: 'edit', target: 3, args: {key: 'k1'}},
    {id: 'o2', at: 12_345, kind: 'sync', target: 41, args: null},
  ],
  faults: [
    {id: 'f1', at: 800, kind: 'crash', target: 2, lasts: 1_500, arg: 0},
    {id: 'f2', at: 900, kind: 'partition', target: 0, lasts: null, arg: 1},
  ],
  weather: {'lose-request': 12, delay: 5, duplicate: 0},
  fates: null,
  stormMs: 30_000,
  patienceMs: 600_000,
  maxHappenings: 200_000,
  ...change,
});

export const aFinding = (change: Partial<CampaignFinding> = {}): CampaignFinding => {
  const violation = aViolation();
  return {
    signature: violation.signature,
    claim: violation.claim,
    sentence: violation.sentence,
    count: 14,
    seed: SEED,
    steps: 57,
    violation,
    ...change,
  };
};

export const aCampaign = (change: Partial<Campaign> = {}): Campaign => ({
  system: 'sample',
  variant: 'default',
  seedBase: '0x0000000000000007',
  runs: 1_234,
  happenings: 3_200_000,
  messages: 41_000,
  virtualMs: 1_036_800_000,
  findings: [],
  goals: {reached: {'crash seen': 5, 'page applied': 900}, missed: []},
  hazards: {delay: {offered: 900, delivered: 80, effective: 70}},
  claims: {'VFS-3': {checked: 5_000, armed: 400}},
  reruns: 61,
  mismatches: [],
  slowest: {seed: SEED, ms: 312},
  lost: [],
  ...change,
});

export const aSystem = (): System =>
  defineSystem<unknown>({
    name: 'sample',
    summary: 'a system for reports to be made of',
    variants: ['soften'],
    drawWorld: () => ({}),
    nodes: () => [],
    operations: {
      edit: {weight: 3, role: 'client', draw: () => null, run: () => undefined},
      heal: {weight: 0, role: 'client', draw: () => null, run: () => undefined},
    },
    size: {operations: [1, 2], stormMs: [1, 2]},
    settling: ['heal'],
    hazards: {delay: ['client', 'server'], crash: ['client']},
    tampers: [{id: 'regressed-cursor', matches: () => false, apply: () => null}],
    ledger: () => null,
    claims: [{id: 'VFS-3', sentence: 'what is passed is applied', when: 'always', check: () => null}],
    attemptClaim: {id: 'VFS-A', sentence: 'a failed attempt changes nothing'},
    goals: ['crash seen', 'page applied'],
  });
