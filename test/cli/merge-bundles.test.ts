/** What a merge keeps of each finding: the best bundle of all, whole, and never a mixture of two. */
import {existsSync, mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {isComplete} from '../../src/cli/bundle/bundle.ts';
import {readStoredRun} from '../../src/cli/stored-run.ts';
import {SEED} from '../report/samples.ts';
import {MergeBox, type StoredBundle, type Tree} from './merge-box.ts';

const BUNDLE = 'failures/TOY-1_add_high_peer';

let box: MergeBox;
beforeEach(() => (box = new MergeBox()));
afterEach(() => box.remove());

type Fields = Readonly<Record<string, unknown>>;
const merge = (...folders: readonly string[]): ReturnType<MergeBox['run']> =>
  box.run(['merge', ...folders, '--out', 'm', '--system', './brittle.mjs', '--json']);
/** How many operations the plan has that was kept, and of which seed it is. */
function kept(): {readonly operations: number; readonly seed: string} {
  const {plan} = readStoredRun(box.path(`m/${BUNDLE}`), 'm');
  return {operations: plan.operations.length, seed: plan.seed};
}
const finding = (out: string): Fields | undefined => ((JSON.parse(out) as Fields)['findings'] as Fields[])[0];

describe('of several bundles', () => {
  const lowest = '0x0000000000000001';

  test.each<[string, StoredBundle, StoredBundle]>([
    ['the one with fewer steps is kept', {operations: 3}, {operations: 4}],
    ['a complete one is kept, however large', {operations: 90}, {operations: 3, complete: false}],
    ['of as many steps the lower seed is kept', {operations: 3, seed: lowest}, {operations: 3}],
    ['steps count before seeds', {operations: 3}, {operations: 4, seed: lowest}],
  ])('%s', async (_, better, worse) => {
    box.found('b', 1, better);
    box.found('w', 2, worse);
    for (const order of [
      ['b', 'w'],
      ['w', 'b'],
    ]) {
      rmSync(box.path('m'), {recursive: true, force: true});
      const {out} = await merge(...order);
      expect(kept()).toEqual({operations: better.operations, seed: better.seed ?? SEED});
      // the count is of both, the seed of the first that had it
      expect(finding(out)).toMatchObject({
        count: 30,
        steps: better.operations + 1,
        bundle: `m/${BUNDLE}`,
      });
    }
  });

  test('one that is the target is kept where it is, or makes room', async () => {
    box.found('m', 1, {operations: 3});
    const before = box.tree(`m/${BUNDLE}`);
    box.found('w', 2, {operations: 4});
    await merge('w');
    expect(box.tree(`m/${BUNDLE}`)).toEqual(before);
    box.found('b', 3, {operations: 2});
    await merge('b');
    expect(kept()).toMatchObject({operations: 2});
  });

  test('one that is not complete has the steps of its finding', async () => {
    box.found('a', 1, {operations: 3, complete: false});
    const {out} = await merge('a');
    expect(finding(out)).toMatchObject({steps: 57, bundle: `m/${BUNDLE}/plan.json`});
    expect(existsSync(box.path(`m/${BUNDLE}/failure.json`))).toBe(false);
  });

  test('one is taken for what it is by what is in it, not by where it lies', async () => {
    box.found('other-system', 1, {operations: 2, system: 'toy-sound'});
    box.found('right', 2, {operations: 9});
    // left by an earlier campaign, which found something that the one in this folder has not
    box.found('stale', 3, {operations: 1});
    box.results('stale', {system: 'toy-brittle', shard: {index: 3, of: 3}});
    const {out} = await merge('other-system', 'right', 'stale');
    expect(kept()).toMatchObject({operations: 9});
    expect(finding(out)).toMatchObject({count: 30, steps: 10});
  });

  test('none is there: the finding is told all the same', async () => {
    box.found('a', 1, {operations: 3});
    rmSync(box.path('a/failures'), {recursive: true});
    const {code, out} = await merge('a');
    expect(code).toBe(1);
    expect(finding(out)).toMatchObject({signature: 'TOY-1/add/high/peer', steps: 57, bundle: null});
    expect(existsSync(box.path('m/failures'))).toBe(false);
  });
});

describe('a bundle', () => {
  const files = (folder: string): Tree => {
    const within = box.path(`${folder}/${BUNDLE}/`);
    return Object.fromEntries(
      Object.entries(box.tree(`${folder}/failures`)).map(([path, text]) => [path.slice(within.length), text]),
    );
  };
  test('is copied whole: every byte of its data, and every link in its pages leads somewhere', async () => {
    box.found('a', 1, {operations: 3});
    box.put(`a/${BUNDLE}/more/first-diff.gz`, gzipSync('\u0000ÿ{"n":1}\n'));
    box.put(`a/${BUNDLE}/.plan.json.123.tmp`, 'half of');
    await merge('a');
    const {'.plan.json.123.tmp': leftover, ...before} = files('a');
    const after = files('m');
    expect(leftover).toBe('half of');
    const names = (tree: Tree): string[] => Object.keys(tree);
    expect(names(after)).toEqual(names(before));
    expect(names(after)).toEqual(
      expect.arrayContaining([
        'plan.json',
        'plan.orig.json',
        'trace.jsonl.gz',
        'film.json.gz',
        'more/first-diff.gz',
      ]),
    );
    const packed = names(after).filter(name => name.endsWith('.gz'));
    expect(packed).toHaveLength(3);
    for (const name of packed) expect(after[name], name).toBe(before[name]);
    const planIn = (text = ''): unknown => (JSON.parse(text) as Fields)['plan'];
    for (const name of ['plan.json', 'plan.orig.json']) {
      expect(planIn(after[name])).toEqual(planIn(before[name]));
    }
    for (const page of ['REPORT.md', 'index.html'].filter(each => after[each] !== undefined)) {
      // code is shown, not followed
      const text = (after[page] ?? '').replace(/<script[^]*?<\/script>|`+[^`]*`+/g, '');
      for (const [, inText, inHtml] of text.matchAll(/\]\(([^)]*)\)|href="([^"#]*)"/g)) {
        const link = inText ?? inHtml ?? '-';
        expect(existsSync(join(box.path(`m/${BUNDLE}`), link)), link).toBe(true);
      }
    }
  });

  test('gives the commands for where it is now', async () => {
    box.found('a', 1, {operations: 3});
    await merge('a');
    const now = `npx syncstorm replay m/${BUNDLE} --system ./brittle.mjs`;
    expect(box.read(`a/${BUNDLE}/REPORT.md`)).toContain(
      `npx syncstorm replay a/${BUNDLE} --system ./brittle.mjs`,
    );
    expect(box.read(`m/${BUNDLE}/REPORT.md`)).toContain(now);
    expect(JSON.parse(box.read(`m/${BUNDLE}/failure.json`))).toMatchObject({commands: {replay: now}});
    expect(box.read(`m/${BUNDLE}/REPORT.md`)).not.toContain('replay a/');
  });

  test('leaves nothing of the one that it replaces', async () => {
    box.found('m', 1, {operations: 9});
    box.put(`m/${BUNDLE}/of-another-plan.txt`, 'old');
    box.found('b', 2, {operations: 3});
    await merge('b');
    const names = (folder: string): string[] => Object.keys(files(folder));
    expect(names('m')).toEqual(names('b'));
  });

  test('does not count as complete if copying it failed half-way, and is copied by the next merge', async () => {
    box.found('m', 1, {operations: 9});
    box.found('b', 2, {operations: 3});
    // a folder where a file should be: the copy fails after the plan is written
    rmSync(box.path(`m/${BUNDLE}/trace.jsonl.gz`));
    mkdirSync(box.path(`m/${BUNDLE}/trace.jsonl.gz`));
    const failed = await merge('b');
    expect(failed.code).toBe(2);
    expect(existsSync(box.path(`m/${BUNDLE}/failure.json`))).toBe(false);
    expect(JSON.parse(box.read(`m/${BUNDLE}/plan.json`))).toMatchObject({signature: 'TOY-1/add/high/peer'});
    rmSync(box.path(`m/${BUNDLE}/trace.jsonl.gz`), {recursive: true});
    await merge('b');
    expect(kept()).toMatchObject({operations: 3});
    expect(files('m')['trace.jsonl.gz']).toBe(files('b')['trace.jsonl.gz']);
    expect(isComplete(box.path(`m/${BUNDLE}`))).toBe(true);
  });

  test('that holds a link is refused: it might lead anywhere', async () => {
    box.found('a', 1, {operations: 3});
    box.put('secret', 'of this machine');
    symlinkSync(box.path('secret'), box.path(`a/${BUNDLE}/notes.txt`));
    const {code, err} = await merge('a');
    expect(code).toBe(22);
    expect(err).toContain('notes.txt: not a file');
    expect(existsSync(box.path(`m/${BUNDLE}/notes.txt`))).toBe(false);
  });

  test('with a plan that cannot be read is an error, not one bundle less', async () => {
    box.found('a', 1, {operations: 3});
    box.found('b', 2, {operations: 4});
    box.put(`b/${BUNDLE}/plan.json`, '{"plan": {');
    const {code, err} = await merge('a', 'b');
    expect(code).toBe(22);
    expect(err).toContain(`${BUNDLE}/plan.json: not JSON`);
  });
});
