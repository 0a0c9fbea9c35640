/** `fuzz`: what it finds is stored at once, told once, and can be replayed. */
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {confirm} from '../../src/cli/confirm.ts';
import {folderOf} from '../../src/cli/findings.ts';
import {loadSystem} from '../../src/cli/load-system.ts';
import {aFinding} from '../report/samples.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();
const STORED = 'failures/TOY-1_add_high_peer/plan.json';

beforeAll(() => {
  box.write('sound.mjs', toyModule('sound'));
  box.write('brittle.mjs', toyModule('brittle'));
  box.write('idle.mjs', toyModule('idle'));
});
afterAll(() => box.remove());

type Fields = Readonly<Record<string, unknown>>;
const parse = (text: string): Fields => JSON.parse(text) as Fields;

describe('a campaign', () => {
  test('begins with what is needed to run it again', async () => {
    const {out} = await box.run(['fuzz', './sound.mjs', '--runs', '2', '--seed-base', '7']);
    const first = out.split('\n')[0] ?? '';
    expect(first).toMatch(
      /^syncstorm \d+\.\d+\.\d+ {2}fuzz toy-sound {2}seed-base 0x0000000000000007 {2}node \d+/,
    );
  });

  test('tells each signature once, stores its plan, and the plan replays to the same digest', async () => {
    const {code, out} = await box.run([
      'fuzz',
      './brittle.mjs',
      '--runs',
      '40',
      '--seed-base',
      '7',
      '--out',
      'found',
    ]);
    expect(code).toBe(1);
    expect(out.match(/^✗ /gm)).toHaveLength(1);
    const [, seed] = /^npx syncstorm run \.\/brittle\.mjs --seed (0x[0-9a-f]{16})$/m.exec(out) ?? [];
    const stored = parse(box.read(`found/${STORED}`));
    expect(stored).toMatchObject({
      plan: {schema: 'syncstorm.plan/1', system: 'toy-brittle', seed},
      digest: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      signature: 'TOY-1/add/high/peer',
      claim: 'TOY-1',
      replay: `npx syncstorm replay found/${STORED} --system ./brittle.mjs`,
    });
    expect((stored['plan'] as Fields)['fates']).toEqual({});
    expect(readdirSync(join(box.folder, 'found/failures/TOY-1_add_high_peer'))).toEqual(['plan.json']);

    const again = await box.run(['replay', `found/${STORED}`, '--system', './brittle.mjs']);
    expect(again.code).toBe(1);
    expect(again.out).toContain('same digest as recorded');
    expect(again.out).toContain('same signature as recorded');
    const run = await box.run(['run', './brittle.mjs', '--seed', seed ?? '']);
    expect(run.code).toBe(1);
    expect(run.out).toContain(String(stored['digest']));
  });

  test('tells a program what it found and where', async () => {
    const {out, err} = await box.run(['fuzz', './brittle.mjs', '--runs', '40', '--seed-base', '7', '--json']);
    expect(parse(out)).toMatchObject({
      verdict: 'violation',
      runs: 40,
      seedBase: '0x0000000000000007',
      findings: [{signature: 'TOY-1/add/high/peer', claim: 'TOY-1', bundle: `reports/${STORED}`}],
      goals: {reached: ['added'], missed: []},
      hazards: {delay: expect.objectContaining({effective: 0}) as unknown},
      mismatches: [],
    });
    expect(err).toContain('✗ TOY-1/add/high/peer');
  });

  test('is the same for the same seed base', async () => {
    const argv = ['fuzz', './brittle.mjs', '--runs', '25', '--seed-base', '99', '--json'];
    const [first, second] = [parse((await box.run(argv)).out), parse((await box.run(argv)).out)];
    expect({...second, seconds: 0, slowest: 0}).toEqual({...first, seconds: 0, slowest: 0});
  });

  test('goes on if what it found cannot be stored', async () => {
    box.write('full', 'a file, where a folder is wanted');
    const argv = ['fuzz', './brittle.mjs', '--runs', '40', '--seed-base', '7'];
    const first = await box.run([...argv, '--out', 'blocked']);
    expect(first.code).toBe(1);
    const {rmSync, writeFileSync} = await import('node:fs');
    rmSync(join(box.folder, 'blocked/failures'), {recursive: true});
    writeFileSync(join(box.folder, 'blocked/failures'), 'in the way');
    const {code, out, err} = await box.run([...argv, '--out', 'blocked']);
    expect(code).toBe(1);
    expect(err).toContain('the plan of TOY-1/add/high/peer is not stored');
    expect(out).toContain('verdict: violation');
  });

  test('stops when it is asked to, and summarises', async () => {
    const {code, out} = await box.run(['fuzz', './sound.mjs', '--for', '10m'], {interrupt: true});
    expect(code).toBe(0);
    expect(out).toContain('toy-sound, variant default: interrupted');
    expect(out).toContain('verdict: ok');
  });

  test('stops after its time, or at its number of findings', async () => {
    const timed = await box.run(['fuzz', './sound.mjs', '--for', '2s'], {tickMs: 100});
    expect(timed.out).toContain('2.0 s elapsed');
    const full = await box.run([
      'fuzz',
      './brittle.mjs',
      '--runs',
      '500',
      '--max-findings',
      '1',
      '--seed-base',
      '7',
    ]);
    expect(full.out).toContain('stopped at --max-findings 1');
  });
});

test('a finding that does not come again is a mismatch, not a finding to trust', async () => {
  const {system} = await loadSystem('./sound.mjs', box.folder);
  const seed = '0x0000000000000005';
  const finding = aFinding({seed, signature: 'TOY-1/add/high/peer'});
  expect(await confirm(system, finding, 'default')).toEqual({
    kind: 'lost',
    mismatch: {seed, first: 'TOY-1/add/high/peer', second: 'no violation', divergence: null},
  });
});

describe('the status', () => {
  test('is one line on a terminal, redrawn at most every 100 ms and never wider than it', async () => {
    const {err} = await box.run(['fuzz', './sound.mjs', '--runs', '30'], {
      tty: true,
      columns: 60,
      tickMs: 20,
    });
    const drawn = err.split('\r').slice(1);
    expect(err).not.toContain('\n');
    expect(drawn.length).toBeGreaterThan(5);
    expect(drawn.length).toBeLessThan(40);
    for (const line of drawn) expect(line.length).toBeLessThan(60);
    expect(drawn.at(-1)).toBe('');
  });

  test('is silent elsewhere, but for a line every ten seconds', async () => {
    const short = await box.run(['fuzz', './sound.mjs', '--runs', '10'], {tickMs: 20});
    expect(short.err).toBe('');
    const long = await box.run(['fuzz', './sound.mjs', '--runs', '30'], {tickMs: 1_000});
    const lines = long.err.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(30);
    for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}seeds \d+/);
  });
});

test('every signature has a folder of its own', () => {
  expect(folderOf('VFS-3/pull/skipped/client')).toBe('VFS-3_pull_skipped_client');
  const odd = ['a b/c', 'a:b/c', 'a*b/c', '../../x', `${'long'.repeat(100)}/x`, '日本/x'].map(folderOf);
  expect(new Set(odd).size).toBe(odd.length);
  for (const folder of odd) {
    expect(folder).toMatch(/^[\w.-]{3,140}$/);
    expect(folder).not.toMatch(/^\.+$/);
  }
});
