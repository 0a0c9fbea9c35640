/** What cannot be merged: each with its exit code, what is wrong, and what to do; nothing is written then. */
import {existsSync} from 'node:fs';
import {afterAll, describe, expect, test} from 'vitest';
import {aFinding} from '../report/samples.ts';
import {aShard, aSum} from '../sim/merge-shards.ts';
import {MergeBox} from './merge-box.ts';

const box = new MergeBox();
afterAll(() => box.remove());

const run = (line: string): ReturnType<MergeBox['run']> => box.run(line.split(' '));

describe('a misuse is told in two lines', () => {
  box.results('sound', {});
  box.results('halves', {shard: {index: 1, of: 2}});
  box.results('mixed', {shard: {index: 1, of: 2}}, {shard: {index: 2, of: 4}});
  box.put('empty/notes.txt', 'nothing here');

  test.each([
    ['merge', 'merge needs a dir', 'syncstorm merge --help'],
    ['merge nowhere --out x', 'there is no campaign.json in nowhere', 'fuzz --out'],
    ['merge sound empty --out x', 'there is no campaign.json in empty', 'fuzz --out'],
    ['merge sound --out x', 'results of a system called "toy-sound", which is not registered', '--system'],
    ['merge sound --out x --system vfs', 'a system called "toy-sound", which is not registered', '--system'],
    ['merge sound --out x --system ./missing.mjs', 'there is no module', 'path of a file'],
    [
      'merge sound halves --out x --system ./sound.mjs',
      'cut in 2 and in 8 parts, so they overlap',
      '--shard 1/8',
    ],
    ['merge mixed --out x --system ./sound.mjs', 'cut in 2 and in 4 parts, so they overlap', '--shard 1/8'],
    ['merge halves --out sound --system ./sound.mjs', 'cut in 2 and in 8 parts', '--shard 1/8'],
    ['report nowhere', 'there is no campaign.json and no failure.json in nowhere', 'fuzz --out'],
    ['report mixed --system ./sound.mjs', 'cut in 2 and in 4 parts', '--shard 1/8'],
    ['report sound sound', 'does not know what to do with "sound"', 'syncstorm report --help'],
  ])('%s', async (line, wrong, remedy) => {
    const before = box.tree('.');
    const {code, out, err} = await run(line);
    expect({code, out}).toEqual({code: 2, out: ''});
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(wrong);
    expect(lines[1]).toContain(remedy);
    expect(box.tree('.')).toEqual(before);
  });

  test('a report that cannot be written', async () => {
    const {code, err} = await run('merge sound --out y --system ./sound.mjs --junit sound.mjs/junit.xml');
    expect(code).toBe(2);
    expect(err).toContain('cannot write');
  });
});

describe('a campaign that cannot be read is exit code 22, never one shard less', () => {
  const shard = aShard({system: 'toy-sound'});
  const finding = {...aFinding(), index: 1};
  const withSum = (change: object): object => ({...shard, sum: {...aSum(), ...change}});
  const of = (...shards: readonly object[]): string =>
    JSON.stringify({schema: 'syncstorm.campaign/1', shards});

  test.each<[string, string, string]>([
    ['no JSON', '{"schema": ', 'not JSON'],
    ['nested without an end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'not JSON'],
    ['no object', '[]', 'campaign.json: '],
    ['another schema', '{"schema": "syncstorm.campaign/2", "shards": []}', 'schema'],
    ['no shards', '{"schema": "syncstorm.campaign/1"}', 'shards'],
    ['a part is missing', of({...shard, sum: undefined}), 'shards.0.sum'],
    ['no such shard', of({...shard, shard: {index: 9, of: 8}}), 'shards.0.shard: there is no such shard'],
    ['shard 0', of({...shard, shard: {index: 0, of: 8}}), 'shards.0.shard.index'],
    ['a range that is empty', of({...shard, done: [[5, 5]]}), 'shards.0.done: ranges rise'],
    [
      'ranges that overlap',
      of({
        ...shard,
        done: [
          [0, 5],
          [4, 9],
        ],
      }),
      'shards.0.done: ranges rise',
    ],
    ['a seed that is none', of({...shard, seedBase: '7'}), 'shards.0.seedBase: a seed is 0x'],
    ['a count below 0', of(withSum({runs: -1})), 'shards.0.sum.runs'],
    ['a count that is none', of(withSum({probes: {added: '1'}})), 'shards.0.sum.probes.added'],
    ['a count beyond all counting', of(withSum({messages: 2 ** 60})), 'shards.0.sum.messages'],
    ['a finding of another name', of(withSum({findings: {'a/b/c/d': finding}})), 'under its own signature'],
    [
      'a signature that could be any folder',
      of(withSum({findings: {'..': {...finding, signature: '..'}}})),
      'a signature is claim/stage/code/role',
    ],
    [
      'a lost batch that neither died nor hung',
      of(withSum({lost: [{indices: [], seed: null, cause: 'x'}]})),
      'lost.0.cause',
    ],
    ['a canary of no kind', of({...shard, canary: {kind: 'lost'}}), 'shards.0.canary'],
    [
      'a canary that says too little',
      of({...shard, canary: {kind: 'caught', id: 'm1'}}),
      'shards.0.canary.seeds',
    ],
    ['a name with control characters', of(withSum({probes: {'a\u001b[31m': -1}})), 'probes.a\\x1b[31m'],
  ])('%s', async (_, text, wrong) => {
    box.put('bad/campaign.json', text);
    for (const line of ['merge sound bad --out z --system ./sound.mjs', 'report bad --system ./sound.mjs']) {
      const {code, err} = await run(line);
      expect(code).toBe(22);
      expect(err.split('\n')[0]).toMatch(/^syncstorm: bad\/campaign\.json: /);
      expect(err.split('\n')[0]).toContain(wrong);
    }
    expect(existsSync(box.path('z'))).toBe(false);
  });

  test('what a later version adds is kept, not dropped', async () => {
    box.put('later/campaign.json', of({...withSum({mood: 'calm'}), colour: 'blue'}));
    expect((await run('merge later --out kept --system ./sound.mjs')).code).toBe(0);
    const [kept] = (JSON.parse(box.read('kept/campaign.json')) as {shards: object[]}).shards;
    expect(kept).toMatchObject({colour: 'blue', sum: {mood: 'calm'}});
  });
});
