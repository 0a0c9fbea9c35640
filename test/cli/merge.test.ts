/** `merge`: shards put together are the campaign that they are parts of, in any order, and as often as one likes. */
import {rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {CanaryFate} from '../../src/sim/campaign.ts';
import {readXml} from '../report/xml.ts';
import {aSum} from '../sim/merge-shards.ts';
import {MergeBox} from './merge-box.ts';

const box = new MergeBox();
afterAll(() => box.remove());

type Fields = Readonly<Record<string, unknown>>;
const parse = (text: string): Fields => JSON.parse(text) as Fields;

const CAMPAIGN = '--runs 60 --seed-base 7 --max-findings 50 --rerun-one-in 5 --shrink off'.split(' ');
const fuzz = (system: string, out: string, ...more: readonly string[]): ReturnType<MergeBox['run']> =>
  box.run(['fuzz', system, ...CAMPAIGN, '--out', out, '--json', ...more]);
const merge = (line: string): ReturnType<MergeBox['run']> =>
  box.run(['merge', ...line.split(' '), '--system', './many.mjs']);

let whole: Fields;
beforeAll(async () => {
  whole = parse((await fuzz('./many.mjs', 'whole')).out);
  for (const index of [1, 2, 3]) await fuzz('./many.mjs', `s${index}`, '--shard', `${index}/3`);
});

/** What of a record does not depend on who ran what where, nor on time; and how small a plan gets depends on its seed. */
function outcome(record: Fields): Fields {
  const findings = (record['findings'] as Fields[]).map(finding => ({...finding, bundle: null, steps: null}));
  const {verdict, runs, happenings, messages, virtualMs, goals, hazards, claims, reruns, mismatches} = record;
  return {
    verdict,
    runs,
    happenings,
    messages,
    virtualMs,
    goals,
    hazards,
    claims,
    reruns,
    mismatches,
    findings,
  };
}

describe('all shards of a campaign', () => {
  test('make the same findings, goals, hazards and claims as the campaign in one piece', async () => {
    const {code, out} = await merge('s1 s2 s3 --out merged --json --require-all');
    expect(code).toBe(1);
    const record = parse(out);
    expect(record).toMatchObject({verb: 'merge', system: 'toy-many', runs: 60, missingShards: []});
    expect((record['findings'] as Fields[]).map(({signature}) => signature)).toHaveLength(3);
    expect(outcome(record)).toEqual(outcome(whole));
  });

  test('are told as the campaign in one piece is', async () => {
    const {out} = await merge('s1 s2 s3 --out told');
    const inOnePiece = await box.run(['fuzz', './many.mjs', ...CAMPAIGN, '--out', 'told-whole']);
    const told = (text: string): string[] => text.slice(text.indexOf('\ngoals\n')).split('\n');
    // goals, hazards, claims, reruns, the canary and the verdict
    expect(told(out)).toHaveLength(21);
    expect(told(out)).toEqual(told(inOnePiece.out));
    expect(out).toContain('\ntoy-many, variant default: 3 of 3 shards merged\n');
  });

  test('keep what was found, where it can be replayed', async () => {
    const {out} = await merge('s1 s2 s3 --out kept --json');
    const bundles = (parse(out)['findings'] as Fields[]).map(({bundle}) => String(bundle));
    expect(bundles).toHaveLength(3);
    for (const bundle of bundles) {
      expect(bundle).toMatch(/^kept\/failures\/TOY-1_add_high[012]_peer/);
      const replayed = await box.run(['replay', bundle, '--system', './many.mjs']);
      expect(replayed.code).toBe(1);
      expect(replayed.out).toContain('same digest as recorded');
    }
  });

  test('give the same bytes in any order, in any grouping, and again', async () => {
    await merge('s1 s2 s3 --out a');
    const first = box.tree('a');
    await merge('s3 s1 s2 s3 ./s1/ --out b');
    await merge('s2 s3 --out c1');
    await merge('s1 c1 --out c');
    await merge('a s2 --out a');
    for (const other of ['a', 'b', 'c']) {
      const renamed = Object.entries(box.tree(other)).map(([path, text]) => [
        path.replace(box.path(other), box.path('a')),
        text.replaceAll(`${other}/failures/`, 'a/failures/'),
      ]);
      expect(Object.fromEntries(renamed)).toEqual(first);
    }
    expect(Object.keys(first).filter(path => path.endsWith('/plan.json'))).toHaveLength(3);
  });

  test('are added to what the target holds already', async () => {
    await merge('s1 s2 --out growing');
    const {out} = await merge('s3 --out growing --json');
    expect(outcome(parse(out))).toEqual(outcome(whole));
    expect(parse(out)['missingShards']).toEqual([]);
  });

  test('are told if they are not all there, which is a reason to be red only if that is asked for', async () => {
    for (const index of [1, 4, 6]) box.results(`sound${index}`, {shard: {index, of: 6}});
    const missing = '3 of 6 shards are missing: 2/6, 3/6, 5/6';
    const told = await box.run('merge sound1 sound4 sound6 --out x --system ./sound.mjs'.split(' '));
    expect(told.code).toBe(0);
    expect(told.out.split('\n').filter(line => line === missing)).toHaveLength(1);
    expect(told.out).toContain('3 of 6 shards merged');
    expect(told.out).toMatch(/\nverdict: ok\n$/);

    const red = await box.run(
      'merge sound1 sound4 sound6 --out x --system ./sound.mjs --require-all'.split(' '),
    );
    expect(red.code).toBe(21);
    expect(red.out).toContain(`\n${missing}\nverdict: inconclusive\n`);
    const one = await merge('s1 s3 --out y --json --require-all');
    expect(one.code).toBe(1);
    expect(parse(one.out)).toMatchObject({verdict: 'violation', missingShards: ['2/3']});
  });
});

describe('--require-goals', () => {
  const goalless = aSum({probes: {}, claims: {'TOY-1': {checked: 5, armed: 1}}});
  const clueless = aSum({probes: {added: 7}, claims: {'TOY-1': {checked: 5, armed: 0}}});
  const ask = (line: string): ReturnType<MergeBox['run']> =>
    box.run(['merge', ...line.split(' '), '--system', './sound.mjs', '--require-goals']);

  test('is judged over the union: what one shard lacks another may have', async () => {
    box.results('g1', {shard: {index: 1, of: 2}, sum: goalless});
    box.results('g2', {shard: {index: 2, of: 2}, sum: clueless});
    const without = await ask('g1 --out r1');
    expect(without.code).toBe(21);
    expect(without.out).toContain('goals not reached: added');
    const vacuous = await ask('g2 --out r2');
    expect(vacuous.code).toBe(21);
    expect(vacuous.out).toContain('claims that never had anything to judge: TOY-1');
    expect((await ask('g1 g2 --out r3')).code).toBe(0);
  });

  test('is not asked unless it is', async () => {
    box.results('g3', {sum: goalless});
    expect((await box.run('merge g3 --out r4 --system ./sound.mjs'.split(' '))).code).toBe(0);
  });
});

describe('the verdict', () => {
  const caught: CanaryFate = {kind: 'caught', id: 'm1', seeds: 3, signature: 'a/b/c/d'};
  const seed = '0x9f3ac1d204e71b55';
  test.each<[number, string, Parameters<typeof aSum>[0]]>([
    [20, 'a rerun differed in one shard', {mismatches: [{seed, first: '1', second: '2', divergence: null}]}],
    [21, 'seeds of one shard were lost', {lost: [{indices: [3], seed, cause: 'hung'}]}],
    [0, 'nothing happened', {}],
  ])('%d: %s', async (code, _, change) => {
    box.results('v1', {shard: {index: 1, of: 2}, sum: aSum(change)});
    box.results('v2', {shard: {index: 2, of: 2}});
    rmSync(box.path('v'), {recursive: true, force: true});
    const left = await box.run('merge v1 v2 --out v --system ./sound.mjs --json'.split(' '));
    expect(left.code).toBe(code);
    expect(parse(left.out)).toMatchObject({system: 'toy-sound', runs: 50});
    expect(parse(left.out)['lost']).toEqual(
      code === 21
        ? [
            {
              system: 'toy-sound',
              seeds: 1,
              seed,
              cause: 'hung',
              command: `npx syncstorm run ./sound.mjs --seed ${seed}`,
            },
          ]
        : [],
    );
  });

  test.each<[number, string, CanaryFate | undefined, CanaryFate | undefined]>([
    [21, 'one shard did not catch the canary', {kind: 'missed', id: 'm1', seeds: 9, signature: null}, caught],
    [21, 'one shard could not run it', caught, {kind: 'failed', reason: 'no such text'}],
    [0, 'every shard caught it', caught, caught],
    [0, 'one caught it, and the other did not ask', caught, undefined],
    [0, 'nobody asked for it', undefined, undefined],
  ])('%d: %s', async (code, _, first, second) => {
    const of = (canary: CanaryFate | undefined): object => (canary === undefined ? {} : {canary});
    box.results('c1', {shard: {index: 1, of: 2}, ...of(first)});
    box.results('c2', {shard: {index: 2, of: 2}, ...of(second)});
    rmSync(box.path('c'), {recursive: true, force: true});
    const left = await box.run('merge c1 c2 --out c --system ./sound.mjs --json'.split(' '));
    expect(left.code).toBe(code);
    const told =
      code === 21 ? {caught: false} : first === undefined ? null : {caught: true, id: 'm1', seeds: 3};
    if (told === null) expect(parse(left.out)['canary']).toBeNull();
    else expect(parse(left.out)['canary']).toMatchObject(told);
  });

  test('21: no shard ran anything', async () => {
    box.results('none', {done: [], sum: aSum({runs: 0})});
    const {code} = await box.run('merge none --out n --system ./sound.mjs'.split(' '));
    expect(code).toBe(21);
  });
});

test('campaigns of other systems, variants and seeds stand beside each other; a bug is one finding in all seeds', async () => {
  box.results(
    'other',
    {system: 'vfs'},
    {system: 'vfs', variant: 'soften'},
    {system: 'vfs', seedBase: '0x0000000000000009'},
  );
  const {out} = await box.run('merge s1 other --out beside --system ./many.mjs'.split(' '));
  expect(out.match(/^\S+, variant \S+: .*$/gm)).toEqual([
    'toy-many, variant default: 1 of 3 shards merged',
    'vfs, variant default: 2 of 16 shards merged',
    'vfs, variant soften: 1 of 8 shards merged',
  ]);
  expect(out).toContain('\n2 of 3 shards are missing: 2/3, 3/3\n');
  expect(out).toContain('8/8 of seed-base 0x0000000000000007, 2/8 of seed-base 0x0000000000000009');

  const eight = 'fuzz ./many.mjs --runs 30 --seed-base 8 --max-findings 50 --shrink off --out eight';
  await box.run(eight.split(' '));
  const both = await merge('whole eight --out both --json');
  const findings = parse(both.out)['findings'] as Fields[];
  expect(findings.map(({signature}) => signature)).toHaveLength(3);
  expect(parse(both.out)).toMatchObject({runs: 90, system: 'toy-many', missingShards: []});
});

describe('reports for a build', () => {
  test('are written beside the summary', async () => {
    const {code, out} = await merge('s1 s2 --out ci --junit ci/junit.xml --markdown ci/summary.md --github');
    expect(code).toBe(1);
    const [suite] = readXml(box.read('ci/junit.xml')).children;
    expect(suite?.attributes).toMatchObject({name: 'toy-many', failures: '1'});
    expect(box.read('ci/summary.md')).toContain('## Syncstorm: violation\n');
    expect(box.read('ci/summary.md')).toContain('**Shards missing:** `3/3`');
    const annotations = out.split('\n').filter(line => line.startsWith('::'));
    expect(annotations.map(line => line.slice(0, 42))).toEqual([
      '::error title=TOY-1/add/high1/peer::claim ',
      '::error title=TOY-1/add/high2/peer::claim ',
      '::error title=TOY-1/add/high0/peer::claim ',
      '::warning title=toy-many%3A every shard wa',
    ]);
  });

  test('leave stdout to the one object of --json', async () => {
    const {out, err} = await merge('s1 --out ci2 --github --json');
    expect(parse(out)).toMatchObject({verb: 'merge'});
    expect(err).toContain('\n::error title=TOY-1/');
  });
});
