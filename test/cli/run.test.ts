/** `run` and `replay`: the same seed, the same run; and a stored plan says whether it still is what it was. */
import {readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();
const SEED = '0x0000000000000005';

beforeAll(() => {
  box.write('sound.mjs', toyModule('sound'));
  box.write('broken.mjs', toyModule('broken'));
  box.write('typed.ts', toyModule('sound', true));
  box.write('common.cjs', toyModule('sound').replace('export const toy', 'exports.toy'));
});
afterAll(() => box.remove());

type Fields = Readonly<Record<string, unknown>>;
const parse = (text: string): Fields => JSON.parse(text) as Fields;
const digestOf = (out: string): string => /^digest +([0-9a-f]{16})$/m.exec(out)?.[1] ?? 'none';

describe('run', () => {
  test('prints the seed and the whole plan before anything runs, and then the verdict', async () => {
    const {out} = await box.run(['run', './sound.mjs', '--seed', '5']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(
      /^syncstorm \d+\.\d+\.\d+ {2}run toy-sound {2}seed 0x0000000000000005 {2}node \d+/,
    );
    for (const part of ['limits', 'world', 'weather', 'faults', 'operations']) {
      expect(out.indexOf(part), part).toBeGreaterThan(0);
      expect(out.indexOf(part), part).toBeLessThan(out.indexOf('\nverdict'));
    }
    expect(out).toMatch(/^verdict {2}ok$/m);
  });

  test('shows the plan even if the system then breaks down', async () => {
    box.write('crashing.mjs', toyModule('crashing'));
    const {out} = await box.run(['run', './crashing.mjs', '--seed', '5']);
    expect(out).toContain(`seed ${SEED}`);
    expect(out).toMatch(/\d+ operations/);
  });

  test('gives the same run for the same seed, however it is written', async () => {
    const digests = new Set<string>();
    for (const seed of ['5', '0x5', '0X0005', SEED]) {
      digests.add(digestOf((await box.run(['run', './sound.mjs', '--seed', seed])).out));
    }
    expect([...digests]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
    const other = await box.run(['run', './sound.mjs', '--seed', '6']);
    expect(digests.has(digestOf(other.out))).toBe(false);
  });

  test('draws a seed where none is given, and says which', async () => {
    for (const flags of [[], ['--seed', 'random']]) {
      const {out} = await box.run(['run', './sound.mjs', ...flags]);
      expect(out.split('\n')[0]).toContain('seed 0xfeedfacefeedface');
    }
  });

  test('ends with the command that reproduces a violation, and shows nothing raw', async () => {
    const {code, out} = await box.run(['run', './broken.mjs', '--seed', '5', '--variant', 'careless']);
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      `npx syncstorm run ./broken.mjs --seed ${SEED} --variant careless`,
    );
    expect(out).toContain('bad \\x1b[31m text\\x07');
    expect(out).not.toContain('\u001b');
  });

  test('colours on a terminal, and not where they are not wanted', async () => {
    const argv = ['run', './broken.mjs', '--seed', '5'];
    expect((await box.run(argv, {tty: true})).out).toContain('\u001b[31m');
    for (const env of [
      {NO_COLOR: '1'},
      {TERM: 'dumb'},
      {NO_COLOR: '1', FORCE_COLOR: '1'},
      {FORCE_COLOR: '0'},
    ]) {
      expect((await box.run(argv, {tty: true, env})).out).not.toContain('\u001b');
    }
    expect((await box.run(argv, {env: {FORCE_COLOR: '1'}})).out).toContain('\u001b[31m');
  });

  test('writes the trace as a whole, and leaves no temporary file', async () => {
    const {out} = await box.run(['run', './sound.mjs', '--seed', '5', '--trace', 'deep/er/trace.jsonl']);
    const lines = box.read('deep/er/trace.jsonl').trimEnd().split('\n');
    expect(parse(lines[0] ?? '')).toMatchObject({schema: 'syncstorm.trace/1', seed: SEED});
    expect(parse(lines.at(-1) ?? '')).toMatchObject({end: true, digest: digestOf(out)});
    expect(readdirSync(join(box.folder, 'deep/er'))).toEqual(['trace.jsonl']);
  });

  test('gives stdout to the trace where that is asked for', async () => {
    const {out, err} = await box.run(['run', './sound.mjs', '--seed', '5', '--trace', '-']);
    for (const line of out.trimEnd().split('\n')) expect(() => parse(line)).not.toThrow();
    expect(err).toMatch(/^verdict {2}ok$/m);
  });

  test('tells a program everything', async () => {
    const {out, err} = await box.run(['run', './broken.mjs', '--seed', '5', '--json']);
    expect(parse(out)).toMatchObject({
      verdict: 'violation',
      seed: SEED,
      digest: digestOf(err),
      violation: {claim: 'TOY-1', signature: 'TOY-1/add/high/peer'},
      command: `npx syncstorm run ./broken.mjs --seed ${SEED}`,
    });
  });

  test('loads TypeScript and CommonJS', async () => {
    const {out: plainly} = await box.run(['run', './sound.mjs', '--seed', '5']);
    for (const module of ['./typed.ts', './common.cjs']) {
      const {code, out, err} = await box.run(['run', module, '--seed', '5']);
      expect({code, err}).toEqual({code: 0, err: ''});
      expect(digestOf(out)).toBe(digestOf(plainly));
    }
  });
});

describe('replay', () => {
  const plan = async (system: string): Promise<string> =>
    (await box.run(['run', system, '--seed', '5', '--print-plan'])).out;

  test('runs a bare plan, and says that there is nothing to compare with', async () => {
    box.write('plan.json', await plan('./sound.mjs'));
    const {code, out} = await box.run(['replay', 'plan.json', '--system', './sound.mjs']);
    expect(code).toBe(0);
    expect(out).toContain('no digest is recorded');
    expect(digestOf(out)).toBe(digestOf((await box.run(['run', './sound.mjs', '--seed', '5'])).out));
  });

  test('says whether digest and signature are the same', async () => {
    const {out} = await box.run(['run', './broken.mjs', '--seed', '5', '--json']);
    const {digest, violation} = parse(out);
    const {signature} = violation as {readonly signature: string};
    const stored = {note: 'kept', plan: parse(await plan('./broken.mjs')), digest, signature};
    box.write('same.json', JSON.stringify(stored));
    const same = await box.run(['replay', 'same.json', '--system', './broken.mjs']);
    expect(same.code).toBe(1);
    expect(same.out).toContain(`same digest as recorded: ${String(digest)}`);
    expect(same.out).toContain('same signature as recorded');
    expect(same.out.trimEnd().split('\n').at(-1)).toBe(
      'npx syncstorm replay same.json --system ./broken.mjs',
    );

    box.write('other.json', JSON.stringify({...stored, digest: '0123456789abcdef', signature: 'X/y/z/-'}));
    const other = await box.run(['replay', 'other.json', '--system', './broken.mjs']);
    expect(other.code).toBe(1);
    expect(other.out).toContain('another digest than recorded: 0123456789abcdef');
    expect(other.out).toContain('another signature than recorded: X/y/z/-; now: TOY-1/add/high/peer');
    const record = parse((await box.run(['replay', 'other.json', '--system', './broken.mjs', '--json'])).out);
    expect(record).toMatchObject({verdict: 'violation', sameDigest: false, sameSignature: false, digest});
  });

  test('says that a plan no longer fails', async () => {
    box.write(
      'mended.json',
      JSON.stringify({plan: parse(await plan('./sound.mjs')), signature: 'TOY-1/add/high/peer'}),
    );
    const {code, out} = await box.run(['replay', 'mended.json', '--system', './sound.mjs']);
    expect(code).toBe(0);
    expect(out).toContain('the run no longer fails');
  });

  test('needs to know the system, and never takes its code from the file', async () => {
    box.write('plan.json', JSON.stringify({plan: parse(await plan('./sound.mjs')), system: './sound.mjs'}));
    const unknown = await box.run(['replay', 'plan.json']);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('npx syncstorm replay plan.json --system');
    const wrong = await box.run(['replay', 'plan.json', '--system', './broken.mjs']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('not of "toy-broken"');
  });

  test('refuses a plan with a step that the system does not know', async () => {
    const text = (await plan('./sound.mjs')).replaceAll('"kind": "add"', '"kind": "subtract"');
    writeFileSync(join(box.folder, 'unknown.json'), text);
    expect((await box.run(['replay', 'unknown.json', '--system', './sound.mjs'])).code).toBe(22);
  });

  test('finds a registered system by the name in the plan', async () => {
    const {out} = await box.run(['run', 'vfs', '--seed', '1', '--print-plan']);
    const {operations, faults, ...rest} = parse(out);
    expect([operations, faults].every(Array.isArray)).toBe(true);
    box.write('vfs.json', JSON.stringify({...rest, operations: [], faults: [], weather: {}}));
    const replayed = await box.run(['replay', 'vfs.json']);
    expect(replayed.err).toBe('');
    expect([0, 1]).toContain(replayed.code);
    expect(replayed.out).toContain('replay vfs');
  });
});
