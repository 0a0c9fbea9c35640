/** `report`: the same data as other pages, whenever one likes; nothing is run, and the folder is left as it was. */
import {rmSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {readXml} from '../report/xml.ts';
import {aSum} from '../sim/merge-shards.ts';
import {MergeBox} from './merge-box.ts';

const box = new MergeBox();
afterAll(() => box.remove());

type Fields = Readonly<Record<string, unknown>>;
const report = (line: string): ReturnType<MergeBox['run']> => box.run(['report', ...line.split(' ')]);

beforeAll(() => {
  box.found('found', 1, {operations: 3});
  box.results('quiet', {sum: aSum({probes: {}, claims: {'TOY-1': {checked: 1, armed: 1}}})});
});

describe('of a campaign', () => {
  test('writes junit.xml and summary.md beside it, unless told, and ends well whatever was found', async () => {
    const before = box.tree('found');
    const {code, out, err} = await report('found --system ./brittle.mjs');
    expect({code, out, err}).toEqual({code: 0, out: 'found/junit.xml\nfound/summary.md\n', err: ''});
    const {
      [box.path('found/junit.xml')]: junit = '',
      [box.path('found/summary.md')]: summary,
      ...rest
    } = box.tree('found');
    expect(rest).toEqual(before);
    const [suite] = readXml(junit).children;
    expect(suite?.attributes).toMatchObject({name: 'toy-brittle', failures: '1'});
    const failure = suite?.children.find(({children}) => children[0]?.name === 'failure')?.children[0];
    expect(failure?.text.split('\n').slice(-3)).toEqual([
      'plan    4 steps',
      'stored  found/failures/TOY-1_add_high_peer',
      'npx syncstorm run ./brittle.mjs --seed 0x9f3ac1d204e71b55',
    ]);
    expect(summary).toContain('| 10 | `TOY-1/add/high/peer` | `0x9f3ac1d204e71b55` | 4 |');
    expect(summary).toContain('**Shards missing:** `2/3`, `3/3`');
  });

  test('gives the same bytes each time', async () => {
    await report('found --system ./brittle.mjs');
    const first = box.tree('found');
    rmSync(box.path('found/junit.xml'));
    await report('found --system ./brittle.mjs');
    expect(box.tree('found')).toEqual(first);
  });

  test('writes only what is asked for, where it is asked for', async () => {
    const before = box.tree('quiet');
    const {out} = await report('quiet --system ./sound.mjs --junit pages/j.xml --markdown pages/m.md');
    expect(out).toBe('');
    expect(box.tree('quiet')).toEqual(before);
    expect(readXml(box.read('pages/j.xml')).name).toBe('testsuites');
    expect(box.read('pages/m.md')).toContain('## Syncstorm: ok\n');
  });

  test('prints annotations and nothing else', async () => {
    const {code, out, err} = await report('found --system ./brittle.mjs --github');
    expect({code, err}).toEqual({code: 0, err: ''});
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^::error title=TOY-1\/add\/high\/peer::claim {3}TOY-1: /);
    expect(lines[1]).toBe('::warning title=toy-brittle%3A every shard was merged::missing: 2/3, 3/3');
  });

  test('is as strict as it is asked to be', async () => {
    const failures = async (line: string): Promise<string | undefined> => {
      await report(`quiet --system ./sound.mjs --junit strict.xml ${line}`.trimEnd());
      return readXml(box.read('strict.xml')).attributes['failures'];
    };
    expect(await failures('')).toBe('0');
    expect(await failures('--require-goals')).toBe('1');
    expect(await failures('--require-goals --require-all')).toBe('2');
  });

  test('tells a program what it reported', async () => {
    const {out} = await report('found --system ./brittle.mjs --json --github');
    expect(JSON.parse(out) as Fields).toMatchObject({
      verb: 'report',
      system: 'toy-brittle',
      verdict: 'ok',
      runs: 0,
      campaigns: [{system: 'toy-brittle', variant: 'default', runs: 25, verdict: 'violation'}],
    });
  });

  test('is of the usual folder unless told', async () => {
    box.results('reports', {});
    expect((await box.run(['report', '--system', './sound.mjs'])).out).toBe(
      'reports/junit.xml\nreports/summary.md\n',
    );
  });
});

describe('of a bundle', () => {
  const bundle = 'found/failures/TOY-1_add_high_peer';

  test('makes its pages again from its data', async () => {
    const before = box.tree(bundle);
    box.put(`${bundle}/REPORT.md`, 'torn');
    rmSync(box.path(`${bundle}/repro.test.ts`));
    const {code, out} = await report(bundle);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual(
      expect.arrayContaining([`${bundle}/REPORT.md`, `${bundle}/repro.test.ts`]),
    );
    expect(box.tree(bundle)).toEqual(before);
  });

  test('tells a program which files it made', async () => {
    const {out} = await report(`${bundle} --json`);
    const record = JSON.parse(out) as Fields;
    expect(record).toMatchObject({verb: 'report', verdict: 'ok'});
    expect(record['files']).toEqual(expect.arrayContaining(['REPORT.md', 'repro.test.ts', 'failure.json']));
  });

  test('has no JUnit, and is exit code 22 if it cannot be read', async () => {
    const misuse = await report(`${bundle} --junit x.xml`);
    expect(misuse.code).toBe(2);
    expect(misuse.err).toContain('--junit is of a campaign');
    box.put('broken/failure.json', '{"schema": "syncstorm.failure/1"}');
    const broken = await report('broken');
    expect(broken.code).toBe(22);
    expect(broken.err).toContain('failure.json: ');
  });
});
