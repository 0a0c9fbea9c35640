/** Mutants as they are tried: the built program, its processes, and what it says of each. */
import {spawn} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {MutantResult} from '../../src/report/mutants.ts';
import {Console} from './console.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'dist');
const FIXTURE = join(import.meta.dirname, '../fixtures/mutants');
const SHELF = './shelf/system.mjs';
const box = new Console();

beforeAll(() => cpSync(FIXTURE, box.folder, {recursive: true}));
afterAll(() => box.remove());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs Node in the box. `started` is given its process at once. */
function node(
  words: readonly string[],
  cwd = box.folder,
  started: (child: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, words, {cwd, stdio: ['ignore', 'pipe', 'pipe']});
  started(child);
  const said = {out: '', err: ''};
  child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({code, ...said}));
  });
}

const program = (line: string, build = BUILT, cwd = box.folder): Promise<Ended> =>
  node([join(build, 'src/cli/main.js'), ...line.split(' ')], cwd);

/** What a few lines of code give that use modules of a build; `load` takes the path of one inside `src/cli`. */
async function evaluate(build: string, body: string): Promise<unknown> {
  const base = JSON.stringify(pathToFileURL(join(build, 'src/cli/')).href);
  const text = `
    const load = path => import(${base} + path + '.js');
    const given = await (async () => { ${body} })();
    process.stdout.write(JSON.stringify(given), () => process.exit());
  `;
  // a program of its own words: the flag that says so must not be handed on to the processes that it starts
  const {out, err, code} = await node(['--input-type=module', '--eval', text]);
  return code === 0 ? JSON.parse(out) : err;
}

interface Record {
  readonly verdict: string;
  readonly runs: number;
  readonly killed: number;
  readonly survived: number;
  readonly broken: number;
  readonly mutants: readonly (MutantResult & {
    readonly seeds: number | null;
    readonly steps: number | null;
  })[];
}

const recordOf = ({out}: Ended): Record => JSON.parse(out) as Record;

describe('the mutants of a system', () => {
  test('are killed or survive; the table says so, minimal plans are stored and replay', async () => {
    const flags = '--seeds 30 --campaigns 3 --out found --markdown found/table.md --json';
    const ended = await program(`mutants ${SHELF} ${flags}`);
    expect(ended.code).toBe(21);
    const record = recordOf(ended);
    expect(record).toMatchObject({verdict: 'inconclusive', killed: 2, survived: 1, broken: 0});
    const [drops, forgotten, shouts] = record.mutants;
    expect(drops).toMatchObject({
      id: 'drops-large-things',
      canary: true,
      status: 'killed',
      claim: 'SHELF-1',
      killedBy: 'SHELF-1',
      signature: 'SHELF-1/-/missing/peer',
      minimal: true,
      replays: true,
      steps: 1,
      plan: 'found/mutants/drops-large-things/plan.json',
      unmutated: null,
    });
    expect(drops?.campaigns).toHaveLength(3);
    expect(forgotten).toMatchObject({status: 'killed', killedBy: 'SHELF-2', seeds: 1, campaigns: [1, 1, 1]});
    expect(shouts).toMatchObject({status: 'survived', killedBy: null, seeds: null, campaigns: [null, null]});
    const tried = record.mutants.flatMap(({campaigns}) => campaigns.map(seeds => seeds ?? 30));
    expect(record.runs).toBe(tried.reduce((sum, seeds) => sum + seeds, 0));

    expect(ended.err).toContain('SURVIVED, no claim notices: label-shouts');
    expect(ended.err).toContain('claim   SHELF-2: a label says what a thing is called');
    expect(box.read('found/table.md')).toContain(
      '| `drops-large-things` (canary) | what is larger than 16 is not kept | SHELF-1 | SHELF-1 |',
    );
    expect(box.read('found/table.md')).toContain(
      `npx syncstorm mutants ${SHELF} --seeds 30 --campaigns 3 --markdown`,
    );
    const stored = JSON.parse(box.read('found/mutants/drops-large-things/plan.json')) as {
      readonly plan: {readonly operations: readonly {readonly args: {readonly size: number}}[]};
    };
    expect(stored).toMatchObject({signature: 'SHELF-1/-/missing/peer', claim: 'SHELF-1', steps: 1});
    expect(stored.plan.operations).toHaveLength(1);
    expect(stored.plan.operations[0]?.args.size).toBeGreaterThan(16);
    expect(box.has('found/mutants/label-shouts')).toBe(false);
    // without the mutant the same plan finds nothing
    const replayed = await program(
      `replay found/mutants/drops-large-things/plan.json --system ${SHELF} --json`,
    );
    expect(replayed).toMatchObject({code: 0});
    expect(JSON.parse(replayed.out)).toMatchObject({verdict: 'ok', sameSignature: false});
  });

  test('give the same table again; none survives: exit 0', async () => {
    const line = `mutants ${SHELF} --seeds 30 --campaigns 2 --shrink off --json --only drops-large-things`;
    const both = `${line},label-forgotten`;
    const runs = await Promise.all([program(both), program(`${both} --workers 1`)]);
    expect(runs.map(({code}) => code)).toEqual([0, 0]);
    const [first, second] = runs.map(ended => recordOf(ended).mutants);
    expect(first).toEqual(second);
    expect(first).toMatchObject([{steps: null, replays: null, shrinkMs: null}, {status: 'killed'}]);
    const other = await program(`${line} --seed-base 77`);
    expect(recordOf(other).mutants[0]?.seed).not.toBe(first?.[0]?.seed);
  });
});

test('what is no kill is told as what it is: hung, died, broken', async () => {
  const ended = await program(`mutants ${SHELF} --dir odd --campaigns 1 --seeds 30 --stall 3s --json`);
  expect(ended.code).toBe(22);
  const record = recordOf(ended);
  expect(record).toMatchObject({verdict: 'inconclusive', killed: 0, survived: 2, broken: 2});
  const [loops, number, unloaded, thrower] = record.mutants;
  expect(loops).toMatchObject({status: 'hung', killedBy: null, campaigns: [null]});
  expect(loops?.lost).toMatchObject([{campaign: 0, how: 'hung', detail: 'nothing was heard of it for 3 s'}]);
  expect(loops?.lost[0]?.seed).toMatch(/^0x[0-9a-f]{16}$/);
  expect(number).toMatchObject({status: 'died', killedBy: null});
  expect(number?.lost[0]?.detail).toContain('TypeError: text.toLowerCase is not a function');
  expect(unloaded).toMatchObject({
    status: 'broken',
    trouble: 'the system never loads the file',
    campaigns: [],
  });
  expect(thrower).toMatchObject({status: 'broken', campaigns: []});
  expect(thrower?.trouble).toContain('RangeError: not today');
  // the seed that it hung at hangs again, and only with the mutant
  const command = `run ${SHELF} --seed ${loops?.lost[0]?.seed ?? ''}`;
  expect(await program(command)).toMatchObject({code: 0});
});

test('a kill that needs no mutant is a violation of the code itself', async () => {
  const broken = box
    .read('shelf/system.mjs')
    .replace("'./engine.mjs'", "'../shelf/engine.mjs'")
    .replace("'./label.cjs'", "'../shelf/label.cjs'")
    .replace('held[id] !== String(sizes[id])', 'held[id] !== String(sizes[id] % 40)');
  mkdirSync(join(box.folder, 'unsound'));
  box.write('unsound/system.mjs', broken);
  const line = 'mutants ./unsound/system.mjs --dir shelf/mutants --only drops-large-things --shrink off';
  const {code, out} = await program(`${line} --seeds 30`);
  expect(code).toBe(1);
  expect(out).toMatch(/drops-large-things: its seed 0x[0-9a-f]{16} also fails without the mutant/);
  expect(out).toContain('verdict: violation');
});

describe('modules of every kind are patched', () => {
  const mutant = {
    id: 'drops',
    file: 'engine.ts',
    find: '[...shelf, item]',
    replace: 'item.size > 4 ? shelf : [...shelf, item]',
    claim: 'SHELF-1',
    note: 'what is larger than 4 is not kept',
  };

  /** A project with the toy in another tongue. */
  function project(
    name: string,
    manifest: object,
    files: {readonly [name: string]: string},
    file: string,
  ): void {
    const folder = join(box.folder, name);
    mkdirSync(join(folder, 'mutants'), {recursive: true});
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    writeFileSync(join(folder, 'mutants/drops.json'), JSON.stringify({...mutant, file}));
  }

  const typed = {
    'system.ts': box0().replace('./engine.mjs', './engine.ts').replace('shelf = {', 'shelf: unknown = {'),
    'engine.ts': [
      'export interface Thing {readonly size: number}',
      'export const put = (shelf: readonly Thing[], item: Thing): readonly Thing[] => [...shelf, item];',
      'export const total = (shelf: readonly Thing[]): number => shelf.reduce((sum, {size}) => sum + size, 0);',
    ].join('\n'),
  };

  /** The system's text without its label, which is a file of its own. */
  function box0(): string {
    const text = readFileSync(join(FIXTURE, 'shelf/system.mjs'), 'utf8');
    return text.replace(/import label.*\n/, "const label = () => 'thing';\n");
  }

  const required = {
    'system.cjs': box0()
      .replace(/import \{put, total\}.*\n/, "const {put, total} = require('./engine.js');\n")
      .replace('export const shelf', 'exports.shelf'),
    'engine.js': readFileSync(join(FIXTURE, 'shelf/engine.mjs'), 'utf8').replaceAll(
      'export const ',
      'exports.',
    ),
  };

  test.each<[string, object, {readonly [name: string]: string}, string, string]>([
    ['TypeScript, as modules', {type: 'module'}, typed, 'system.ts', 'engine.ts'],
    ['TypeScript, in a package of the older kind', {}, typed, 'system.ts', 'engine.ts'],
    ['the module of the system itself', {type: 'module'}, typed, 'system.ts', 'system.ts'],
    ['what is required, not imported', {}, required, 'system.cjs', 'engine.js'],
  ])('%s', async (name, manifest, files, system, file) => {
    const folder = name.replace(/\W+/g, '-');
    project(folder, manifest, files, file);
    if (file === 'system.ts') {
      const change = {...mutant, file, find: 'total(shelf).toFixed(0)', replace: 'total(shelf).toFixed(1)'};
      writeFileSync(join(box.folder, folder, 'mutants/drops.json'), JSON.stringify(change));
    }
    const ended = await program(`mutants ./${folder}/${system} --seeds 10 --campaigns 1 --shrink off --json`);
    expect(ended).toMatchObject({code: 0});
    expect(recordOf(ended).mutants).toMatchObject([{status: 'killed', killedBy: 'SHELF-1', seeds: 1}]);
  });
});

describe('when the user asks to stop', () => {
  test('what is at work is given up, and the rest is told', async () => {
    const words = ['mutants', SHELF, '--only', 'label-shouts', '--seeds', '1000000'];
    const {code, out} = await node([join(BUILT, 'src/cli/main.js'), ...words], box.folder, child => {
      child.stdout?.once('data', () => setTimeout(() => child.kill('SIGINT'), 500));
    });
    expect(code).toBe(21);
    expect(out).toContain('0 of 1 mutant killed');
    expect(out).toContain('not tried      1');
  });

  test.runIf(existsSync('/proc/self/task'))('no process is left, not even one that never ends', async () => {
    const words = ['mutants', SHELF, '--dir', 'odd', '--only', 'loops'];
    let pid = 0;
    let theirs: number[] = [];
    const ended = node(
      [join(BUILT, 'src/cli/main.js'), ...words],
      box.folder,
      child => (pid = child.pid ?? 0),
    );
    const about = (their: number, what: string): string => {
      const file = `/proc/${their}/${what}`;
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    };
    // the mutant gives its process this title just before it begins to loop
    while (!theirs.some(their => about(their, 'cmdline').startsWith('looping'))) {
      await new Promise(resolve => setTimeout(resolve, 100));
      theirs = about(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
    }
    process.kill(pid, 'SIGKILL');
    await ended;
    const isThere = (): boolean =>
      theirs.some(their => about(their, 'cmdline') !== '' && !about(their, 'stat').includes(') Z '));
    while (isThere()) await new Promise(resolve => setTimeout(resolve, 200));
    expect(isThere()).toBe(false);
  });
});

test('what is said while nobody has the time to hear it has been said all the same', async () => {
  const answer = await evaluate(
    BUILT,
    `const {startSubject} = await load('mutants/subject');
    const cwd = process.cwd();
    const subject = await startSubject({given: '${SHELF}', cwd, patch: null, started: () => undefined});
    const task = {kind: 'campaign', seedBase: '0x01', variant: 'default', seeds: 200};
    return subject.ask(task, 1_000, ({index}) => {
      const until = performance.now() + (index === 0 ? 1_500 : 0);
      while (performance.now() < until);
    });`,
  );
  expect(answer).toEqual({kind: 'survived'});
});

describe('the canary', () => {
  const canary = (line: string, build = BUILT): Promise<unknown> =>
    evaluate(
      build,
      `const {system, ...options} = ${line};
      const named = await (await load('load-system')).loadSystem(system, process.cwd());
      return (await load('mutants/canary')).catchCanary(named, options);`,
    );

  test('is caught, or is not, or is not there', async () => {
    const options = "seedBase: '0x0000000000000001', variant: 'default'";
    expect(await canary(`{system: '${SHELF}', ${options}}`)).toEqual({
      id: 'drops-large-things',
      caught: true,
      seeds: expect.any(Number) as number,
      signature: 'SHELF-1/-/missing/peer',
    });
    cpSync(join(box.folder, 'shelf'), join(box.folder, 'blind'), {recursive: true});
    const file = 'blind/mutants/label-shouts.json';
    box.write(file, box.read(file).replace('shelf/', 'blind/').replace('"note"', '"canary": true, "note"'));
    box.write(
      'blind/mutants/drops-large-things.json',
      box.read('shelf/mutants/label-forgotten.json').replace('label-forgotten', 'drops-large-things'),
    );
    const missed = {id: 'label-shouts', caught: false, seeds: 25, signature: null};
    expect(await canary(`{system: './blind/system.mjs', seeds: 25, ${options}}`)).toEqual(missed);
    cpSync(join(FIXTURE, 'shelf'), join(box.folder, 'none'), {
      recursive: true,
      filter: path => !path.endsWith('mutants'),
    });
    expect(await canary(`{system: './none/system.mjs', ${options}}`)).toBe(null);
  });

  test('of a registered system needs no sources: what is built is patched', async () => {
    const installed = join(box.folder, 'installed');
    for (const part of ['src', 'scenarios']) {
      cpSync(join(BUILT, part), join(installed, 'dist', part), {recursive: true});
    }
    cpSync(join(ROOT, 'scenarios/vfs/mutants'), join(installed, 'scenarios/vfs/mutants'), {recursive: true});
    cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'dir');
    const build = join(installed, 'dist');
    const options = "seedBase: '0x0000000000000001', variant: 'default'";
    expect(await canary(`{system: 'vfs', ${options}}`, build)).toMatchObject({caught: true});

    const mutant = {id: 'x', claim: 'VFS-I1', note: 'a note', replace: 'const a: number = 1;'};
    const dir = (name: string, find: string): void => {
      const file = 'src/impl/vfs/write-ids.ts';
      mkdirSync(join(box.folder, name));
      box.write(`${name}/x.json`, JSON.stringify({...mutant, file, find}));
    };
    dir('typed-place', 'value is number');
    const refused = await program('mutants vfs --dir typed-place', build);
    expect(refused).toMatchObject({code: 2});
    expect(refused.err).toContain('mutants need the sources');

    // with sources that are not those of the build
    const source = readFileSync(join(ROOT, 'src/impl/vfs/write-ids.ts'), 'utf8');
    mkdirSync(join(installed, 'src/impl/vfs'), {recursive: true});
    box.write('installed/src/impl/vfs/write-ids.ts', `${source}\nexport const more = 1;\n`);
    dir('changed', 'export const more = 1;');
    const stale = await program('mutants vfs --dir changed', build);
    expect(stale).toMatchObject({code: 2});
    expect(stale.err).toContain('src/impl/vfs/write-ids.ts has changed since it was built');
  });
});

test('a mutant of a registered system is compiled from its source and runs in the build', async () => {
  const only = 'queue-cleared-by-any-ack';
  const ended = await program(
    `mutants vfs --only ${only} --campaigns 1 --seeds 50 --shrink 3s --json`,
    BUILT,
    ROOT,
  );
  expect(ended).toMatchObject({code: 0});
  expect(recordOf(ended).mutants).toMatchObject([
    {id: only, canary: true, status: 'killed', claim: 'VFS-I7', killedBy: 'VFS-I7', replays: true},
  ]);
});
