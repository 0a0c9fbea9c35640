/** `fuzz`: what it finds is stored at once, told once, and can be replayed. */
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {isComplete} from '../../src/cli/bundle/bundle.ts';
import {Findings} from '../../src/cli/findings.ts';
import {loadSystem} from '../../src/cli/load-system.ts';
import {folderOf} from '../../src/cli/signature-folder.ts';
import {drawPlan, type Plan} from '../../src/index.ts';
import {aFinding} from '../report/samples.ts';
import {storedIn} from './campaign-file.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();
const BUNDLE = 'failures/TOY-1_add_high_peer';
const fuzz = (line: string): ReturnType<Console['run']> => box.run(['fuzz', ...line.split(' ')]);

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

  test('tells each signature once, and leaves a bundle of it that replays to the same digest', async () => {
    const {code, out, err} = await fuzz('./brittle.mjs --runs 40 --seed-base 7 --out found');
    expect(code).toBe(1);
    expect(out.match(/^✗ /gm)).toHaveLength(1);
    const [, seed] = /^npx syncstorm run \.\/brittle\.mjs --seed (0x[0-9a-f]{16})$/m.exec(out) ?? [];
    const original = parse(box.read(`found/${BUNDLE}/plan.orig.json`));
    const minimal = parse(box.read(`found/${BUNDLE}/plan.json`));
    for (const stored of [original, minimal]) {
      expect(stored).toMatchObject({
        plan: {schema: 'syncstorm.plan/1', system: 'toy-brittle', seed, fates: {}},
        digest: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
        signature: 'TOY-1/add/high/peer',
        claim: 'TOY-1',
      });
    }
    expect(isComplete(join(box.folder, 'found', BUNDLE))).toBe(true);
    const steps = Number(minimal['steps']);
    expect(steps).toBeLessThan(Number(original['steps']));
    expect(err).toContain(`TOY-1/add/high/peer: ${steps} operations`);
    // the summary shows what a person has to read, and where it is
    expect(out).toMatch(new RegExp(`^ +\\d+  TOY-1/add/high/peer  ${seed} +${steps}  found/${BUNDLE}$`, 'm'));

    const again = await box.run(['replay', `found/${BUNDLE}`, '--system', './brittle.mjs']);
    expect(again.code).toBe(1);
    expect(again.out).toContain('same digest as recorded');
    expect(again.out).toContain('same signature as recorded');
    const run = await box.run(['run', './brittle.mjs', '--seed', seed ?? '']);
    expect(run.code).toBe(1);
    expect(run.out).toContain(String(original['digest']));
  });

  test('leaves plans as large as they are where it is told to', async () => {
    await fuzz('./brittle.mjs --runs 40 --seed-base 7 --shrink off --out large');
    const steps = ['plan.json', 'plan.orig.json'].map(
      name => parse(box.read(`large/${BUNDLE}/${name}`))['steps'],
    );
    expect(steps[0]).toBe(steps[1]);
    expect(isComplete(join(box.folder, 'large', BUNDLE))).toBe(true);
  });

  test('leaves nothing of an earlier finding beside a new one', async () => {
    await fuzz('./brittle.mjs --runs 40 --seed-base 7 --shrink off --out twice');
    const before = parse(box.read(`twice/${BUNDLE}/plan.json`));
    // the same signature by another seed, and no time to examine it: as a process leaves it that is killed
    const {system} = await loadSystem('./brittle.mjs', box.folder);
    const io = {cwd: box.folder, env: {}};
    const findings = new Findings({system, given: './brittle.mjs'}, 'twice', io);
    const finding = aFinding({signature: 'TOY-1/add/high/peer', seed: '0x0000000000000005'});
    expect(findings.kept(finding)).toBe('nothing');
    findings.write(finding, drawPlan(system, finding.seed));
    expect(readdirSync(join(box.folder, 'twice', BUNDLE))).toEqual(['plan.json']);
    expect(findings.kept(finding)).toBe('plan');
    expect(findings.kept({...finding, seed: (before['plan'] as Plan).seed})).toBe('nothing');
  });

  test('tells a program what it found and where', async () => {
    const {out, err} = await fuzz('./brittle.mjs --runs 40 --seed-base 7 --json');
    expect(parse(out)).toMatchObject({
      verdict: 'violation',
      runs: 40,
      seedBase: '0x0000000000000007',
      findings: [{signature: 'TOY-1/add/high/peer', claim: 'TOY-1', bundle: `reports/${BUNDLE}`}],
      goals: {reached: ['added'], missed: []},
      hazards: {delay: expect.objectContaining({effective: 0}) as unknown},
      mismatches: [],
      lost: [],
      canary: null,
      shard: {index: 1, of: 1},
    });
    expect(err).toContain('✗ TOY-1/add/high/peer');
  });

  test('is the same for the same seed base', async () => {
    const argv = 'fuzz ./brittle.mjs --runs 25 --seed-base 99 --shrink off --json'.split(' ');
    const [first, second] = [parse((await box.run(argv)).out), parse((await box.run(argv)).out)];
    expect({...second, seconds: 0, slowest: 0}).toEqual({...first, seconds: 0, slowest: 0});
  });

  test('goes on if what it found cannot be stored', async () => {
    box.write('full', 'a file, where a folder is wanted');
    const argv = 'fuzz ./brittle.mjs --runs 40 --seed-base 7 --shrink off'.split(' ');
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
      '--shrink',
      'off',
    ]);
    expect(full.out).toContain('stopped at --max-findings 1');
  });
});

test('a finding that does not come again is a mismatch, not a finding to trust', async () => {
  // in its first run it finds something that it never finds again
  box.write(
    'once.mjs',
    toyModule('erratic').replace(
      `=> 'holds'`,
      `=> calls === 20 ? (calls += 1, {message: 'm', code: 'c'}) : 'holds'`,
    ),
  );
  const {code, out} = await fuzz('./once.mjs --runs 5 --rerun-one-in 0 --seed-base 7 --out once --json');
  expect(code).toBe(20);
  const {findings, mismatches} = parse(out) as unknown as Record<'findings' | 'mismatches', Fields[]>;
  expect(findings).toMatchObject([{signature: 'TOY-1/-/c/-', count: 1}]);
  const {seed} = findings[0] ?? {};
  const mismatch = {seed, first: 'TOY-1/-/c/-', second: 'no violation', divergence: null};
  expect(mismatches).toEqual([mismatch]);
  // whoever goes on with the campaign, or merges it, is told as well
  expect(storedIn(join(box.folder, 'once')).shards[0]?.sum.mismatches).toEqual([mismatch]);
});

describe('what is missing', () => {
  test.each([
    ['vacuous', 'claims that never had anything to judge: TOY-1', /TOY-1 +\d+ +0 {2}vacuous/],
    ['aimless', 'goals not reached: added', /missed: added/],
  ] as const)('turns a campaign red where goals are required: %s', async (toy, reason, told) => {
    box.write(`${toy}.mjs`, toyModule(toy));
    const line = `./${toy}.mjs --runs 5 --seed-base 7`;
    const green = await fuzz(line);
    expect(green.code).toBe(0);
    expect(green.out).toMatch(told);
    expect(green.out).toContain('verdict: ok');
    expect(green.out).not.toContain(reason);
    const red = await fuzz(`${line} --require-goals`);
    expect(red.code).toBe(21);
    expect(red.out).toContain(`${reason}\nverdict: inconclusive`);
    const record = parse((await fuzz(`${line} --require-goals --json`)).out);
    expect(record).toMatchObject({verdict: 'inconclusive', findings: [], mismatches: []});
  });

  test('is nothing where every goal is reached and every claim armed', async () => {
    expect((await fuzz('./sound.mjs --runs 5 --seed-base 7 --require-goals')).code).toBe(0);
  });
});

test('asked to stop, it makes do with what it knows of a finding', async () => {
  box.write('broken.mjs', toyModule('broken'));
  const {code, out} = await box.run('fuzz ./broken.mjs --for 10m --seed-base 7 --out stopped'.split(' '), {
    interrupt: true,
  });
  expect(code).toBe(1);
  expect(out).toContain('interrupted');
  const [bundle = ''] = readdirSync(join(box.folder, 'stopped/failures'));
  expect(isComplete(join(box.folder, 'stopped/failures', bundle))).toBe(true);
  const {minimal} = parse(box.read(`stopped/failures/${bundle}/failure.json`)) as unknown as {
    minimal: {locallyMinimal: boolean; size: {steps: number}};
  };
  expect(minimal.locallyMinimal).toBe(false);
  expect(minimal.size.steps).toBeGreaterThan(10);
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
    for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}seeds \d+/);
    const seconds = lines.map(line => {
      const [h = 0, m = 0, s = 0] = line.slice(0, 8).split(':').map(Number);
      return (h * 60 + m) * 60 + s;
    });
    seconds.forEach((at, index) => expect(at - (seconds[index - 1] ?? 0)).toBeGreaterThanOrEqual(10));
  });
});

test('every signature of a system has a folder of its own', () => {
  expect(folderOf('vfs', 'VFS-3/pull/skipped/client')).toBe('VFS-3_pull_skipped_client');
  expect(folderOf('vfs/blobs', 'VFS-3/pull/skipped/client')).toBe('VFS-3_pull_skipped_client.vfs_blobs');
  expect(folderOf('vfs', 'SIM-CRASH/boot/boot/-')).toBe('SIM-CRASH_boot_boot_-.vfs');
  const signatures = ['a b/c', 'a:b/c', 'a*b/c', '../../x', `${'long'.repeat(100)}/x`, '日本/x'];
  const odd = ['vfs', 'vfs/blobs'].flatMap(system => signatures.map(name => folderOf(system, name)));
  expect(new Set(odd).size).toBe(odd.length);
  for (const folder of odd) {
    expect(folder).toMatch(/^[\w.-]{3,140}$/);
    expect(folder).not.toMatch(/^\.+$/);
  }
});
