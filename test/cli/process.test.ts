/** The program as a process: what it leaves on its streams, how it ends, and how it takes a signal. */
import {spawn, type ChildProcessByStdio} from 'node:child_process';
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const BUILT = join(import.meta.dirname, '../../dist/src/cli/main.js');
const box = new Console();

beforeAll(() => {
  box.write('sound.mjs', toyModule('sound'));
  box.write('broken.mjs', toyModule('broken'));
  box.write('typed.ts', toyModule('sound', true));
  box.write('hanging.mjs', 'await new Promise(() => undefined);');
  box.write('lingering.mjs', `${toyModule('sound')}\nsetInterval(() => undefined, 1_000);`);
  box.write(
    'escaping.mjs',
    "setTimeout(() => { throw new Error('too soon'); }, 50); await new Promise(go => setTimeout(go, 1_500));",
  );
});
afterAll(() => box.remove());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Options {
  /** The signal to send as soon as the first line is out. */
  readonly signal?: NodeJS.Signals;
  /** Nobody reads stdout: it is closed as soon as something is there. */
  readonly deaf?: boolean;
}

const loader = createRequire(import.meta.url).resolve('ts-blank-space/register');

function program(argv: readonly string[], {signal, deaf = false}: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', pathToFileURL(loader).href, MAIN, ...argv], {
    cwd: box.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => {
    if (signal !== undefined) child.kill(signal);
    if (deaf) child.stdout.destroy();
  });
  return ended(child);
}

function ended(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  const said = {out: '', err: ''};
  child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({code, ...said}));
  });
}

test('ends with the code of the verdict, and what it says is all there', async () => {
  const {code, out, err} = await program(['run', './broken.mjs', '--seed', '5']);
  expect({code, err}).toEqual({code: 1, err: ''});
  expect(out.trimEnd().split('\n').at(-1)).toBe('npx syncstorm run ./broken.mjs --seed 0x0000000000000005');
});

test('prints one large object as a whole', async () => {
  const {code, out} = await program(['run', './sound.mjs', '--seed', '5', '--print-plan', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({schema: 'syncstorm/1'});
});

test.each(['SIGINT', 'SIGTERM'] as const)('finishes the run and summarises on %s', async signal => {
  const {code, out, err} = await program(['fuzz', './sound.mjs', '--for', '5m'], {signal});
  expect({code, err}).toEqual({code: 0, err: ''});
  expect(out).toContain('interrupted');
  expect(out).toContain('verdict: ok');
});

test('is not kept alive by what a system leaves behind', async () => {
  expect(await program(['list', './lingering.mjs'])).toMatchObject({code: 0, err: ''});
});

// `npm test` builds first; the sources themselves only run under a loader that would load this module as well
test.runIf(existsSync(BUILT))('the built program loads TypeScript with tsx', async () => {
  const argv = [BUILT, 'list', './typed.ts'];
  const {code, err} = await ended(
    spawn(process.execPath, argv, {cwd: box.folder, stdio: ['ignore', 'pipe', 'pipe']}),
  );
  expect({code, err}).toEqual({code: 0, err: ''});
});

test('does not end without a word where nothing is left to wait for', async () => {
  const {code, err} = await program(['list', './hanging.mjs']);
  expect(code).toBe(70);
  expect(err).toContain('there is no verdict');
});

test('tells of an error that escapes while no run is on as an internal one', async () => {
  const {code, err} = await program(['list', './escaping.mjs']);
  expect(code).toBe(70);
  expect(err).toContain('Error: too soon');
});

test('takes no offence at a reader that goes away', async () => {
  const {err} = await program(['fuzz', './sound.mjs', '--runs', '50'], {deaf: true});
  expect(err).toBe('');
});
