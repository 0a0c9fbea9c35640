/** The canary of a campaign: a known bug that it has to catch, or its silence about everything else is worth nothing. */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {built, isBuilt} from './built.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();
const FIND = 'ledger.sum += seen.data.value';

/** A system of its own folder, with one mutant. */
function plant(folder: string, mutant: Readonly<Record<string, unknown>>): void {
  box.makeFolder(`${folder}/mutants`);
  box.write(`${folder}/package.json`, '{"name": "toy", "type": "module"}');
  box.write(`${folder}/sound.mjs`, toyModule('sound'));
  const rest = {file: 'sound.mjs', claim: 'TOY-1', note: 'sums go down', canary: true};
  box.write(`${folder}/mutants/down.json`, JSON.stringify({id: 'down', find: FIND, ...rest, ...mutant}));
}

beforeAll(() => {
  plant('caught', {replace: 'ledger.sum -= seen.data.value'});
  plant('missed', {replace: 'ledger.sum += 2 * seen.data.value'});
  plant('stale', {find: 'ledger.total += 1', replace: 'ledger.total -= 1'});
  plant('none', {replace: 'ledger.sum -= seen.data.value', canary: false});
});
afterAll(() => box.remove());

interface Flown {
  readonly code: number | null;
  readonly text: string;
  readonly canary: Readonly<Record<string, unknown>> | null;
}

async function fly(folder: string, ...flags: readonly string[]): Promise<Flown> {
  const system = `./${folder}/sound.mjs`;
  const argv = ['fuzz', system, '--runs', '30', '--seed-base', '7', '--out', folder, '--json', ...flags];
  const {code, out, err} = await built(box.folder, argv);
  return {code, text: err, canary: (JSON.parse(out) as Flown).canary};
}

describe.runIf(isBuilt)('a campaign', () => {
  test('says what its canary took where it is caught', async () => {
    const {code, text, canary} = await fly('caught');
    expect(code).toBe(0);
    expect(canary).toMatchObject({id: 'down', caught: true, signature: 'TOY-1/-/low/-'});
    expect(canary?.['seeds']).toBe(1);
    expect(text).toContain('caught: down, in 1 seed, by TOY-1/-/low/-');
    expect(text).toContain('verdict: ok');
  });

  test('is inconclusive where it is not caught', async () => {
    const {code, text, canary} = await fly('missed');
    expect(code).toBe(21);
    expect(canary).toEqual({id: 'down', caught: false, seeds: 500, signature: null});
    expect(text).toContain('NOT CAUGHT: down, in 500 seeds');
    expect(text).toContain('the canary down was not caught\nverdict: inconclusive');
  });

  test('is inconclusive where the canary cannot be planted', async () => {
    const {code, text, canary} = await fly('stale');
    expect(code).toBe(21);
    expect(canary).toMatchObject({id: null, caught: false});
    expect(text).toMatch(/NOT CAUGHT: .*sound\.mjs/);
    expect(text).toContain('30 in ');
  });

  test('says so where there is none', async () => {
    const {code, text, canary} = await fly('none');
    expect({code, canary}).toEqual({code: 0, canary: null});
    expect(text).toContain('none: the system has no mutants');
  });

  test('does without where it is told to', async () => {
    const {code, text, canary} = await fly('missed', '--no-canary');
    expect({code, canary}).toEqual({code: 0, canary: null});
    expect(text).toContain('not run: --no-canary');
  });
});
