/** The bundle of a finding on disk: whole or not there, the same every time, readable again, and free of secrets. */
import {execFile} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join, relative} from 'node:path';
import {promisify} from 'node:util';
import {gunzipSync, gzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {
  FAILURE_FILE,
  isComplete,
  readBundle,
  rewriteReports,
  writeBundle,
  type About,
} from '../../src/cli/bundle/bundle.ts';
import {unzipped, zipped} from '../../src/cli/bundle/zipped.ts';
import {Misuse} from '../../src/cli/misuse.ts';
import {UnreadableError} from '../../src/index.ts';
import {compareText} from '../../src/sim/json.ts';
import type {Examined} from '../../src/sim/explanation.ts';
import {Console} from './console.ts';
import {examinedFrom, HARM, harmful, viewer} from './finding.ts';
import {toyModule} from './toy.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = [
  'REPORT.md',
  'failure.json',
  'film.json.gz',
  'index.html',
  'plan.json',
  'plan.orig.json',
  'repro.test.ts',
  'trace.jsonl.gz',
  'vitest.config.js',
];

const box = new Console();
const about: About = {given: './toy.mjs', cwd: box.folder, env: {}, viewer};
let examined: Examined;
let count = 0;

beforeAll(async () => {
  box.write('toy.mjs', toyModule('broken'));
  examined = await examinedFrom(join(box.folder, 'toy.mjs'));
});
afterAll(() => box.remove());

/** A folder with a bundle in it. */
function bundle(of: Examined = examined): string {
  count += 1;
  const folder = join(box.folder, `reports/failures/finding-${count}`);
  writeBundle(folder, of, about);
  return folder;
}

/** All files of a folder by name, as bytes. */
const contentOf = (folder: string): Map<string, Buffer> =>
  new Map(
    readdirSync(folder)
      .sort(compareText)
      .map(name => [name, readFileSync(join(folder, name))]),
  );

/** All that a folder says, unpacked. */
const textOf = (folder: string): string =>
  [...contentOf(folder)]
    .map(([name, bytes]) => (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
    .join('\n');

describe('a bundle', () => {
  test('has all its files, and is read back as it was written', () => {
    const folder = bundle();
    expect([...contentOf(folder).keys()]).toEqual(FILES);
    expect(isComplete(folder)).toBe(true);
    expect(readBundle(folder).examined).toEqual(examined);
    const failure = JSON.parse(readFileSync(join(folder, FAILURE_FILE), 'utf8')) as Record<string, unknown>;
    const shown = `reports/failures/finding-${count}`;
    expect(failure).toMatchObject({
      schema: 'syncstorm.failure/1',
      signature: 'TOY-1/add/high/peer',
      claim: 'TOY-1',
      sentence: 'the sum stays where it should',
      system: 'toy-broken',
      given: './toy.mjs',
      minimal: {digest: examined.digest, size: {steps: 1}},
      original: {digest: examined.originalDigest},
      commands: {
        run: `npx syncstorm run ./toy.mjs --seed ${examined.original.seed}`,
        replay: `npx syncstorm replay ${shown} --system ./toy.mjs`,
        explain: `npx syncstorm explain ${shown} --system ./toy.mjs`,
        test: `npx vitest run --config ${shown}/vitest.config.js`,
      },
      node: process.versions.node,
    });
  });

  test('is the same bytes every time', () => {
    const folder = bundle();
    const first = contentOf(folder);
    writeBundle(folder, examined, about);
    expect(contentOf(folder)).toEqual(first);
    for (const name of ['trace.jsonl.gz', 'film.json.gz']) {
      const header = [...(first.get(name) ?? [])].slice(0, 10);
      expect(header).toEqual([31, 139, 8, 0, 0, 0, 0, 0, 2, 255]);
    }
  });

  test('is replayed by its folder, or by either plan in it', async () => {
    const folder = bundle();
    const replayed = async (operand: string): Promise<Record<string, unknown>> => {
      const {code, out} = await box.run(['replay', operand, '--system', './toy.mjs', '--json']);
      return {code, ...(JSON.parse(out) as object)};
    };
    const same = {code: 1, verdict: 'violation', sameDigest: true, sameSignature: true};
    expect(await replayed(relative(box.folder, folder))).toMatchObject({...same, digest: examined.digest});
    expect(await replayed(join(folder, 'plan.json'))).toMatchObject({...same, digest: examined.digest});
    const original = await replayed(join(folder, 'plan.orig.json'));
    expect(original).toMatchObject({...same, digest: examined.originalDigest});
  });

  test('holds what a run said as text, whatever it said', () => {
    for (const harm of HARM) {
      const folder = bundle(harmful(examined, harm));
      expect(isComplete(folder)).toBe(true);
      const back = readBundle(folder).examined;
      // as UTF-8 knows no half of a pair, JSON writes it as an escape
      expect(back).toEqual(harmful(examined, harm));
      const page = readFileSync(join(folder, 'index.html'), 'utf8');
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('<img');
    }
  });

  test('says what JSON can say of what a claim expected and saw', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const violation = {...examined.violation, expected: new Map([[1, 2]]), actual: circle};
    const folder = bundle({...examined, violation});
    const back = readBundle(folder).examined.violation;
    expect([back.expected, back.actual]).toEqual([{}, 'a value that JSON cannot say (object)']);
    const large = {...examined.violation, expected: 10n, actual: undefined};
    const read = readBundle(bundle({...examined, violation: large})).examined.violation;
    expect([read.expected, Object.hasOwn(read, 'actual')]).toEqual([
      'a value that JSON cannot say (bigint)',
      false,
    ]);
  });

  test('goes without its page where the viewer is not built, and says so', () => {
    const folder = bundle();
    const missing = (): never => {
      throw new Misuse('the viewer of reports is not built', 'npm run build');
    };
    const {files, notes} = writeBundle(folder, examined, {...about, viewer: missing});
    expect([...files].sort(compareText)).toEqual(FILES.filter(name => name !== 'index.html'));
    // the page that was there is of another writing
    expect([...contentOf(folder).keys()]).toEqual([...files].sort(compareText));
    const shown = `reports/failures/finding-${count}`;
    expect(notes).toEqual([
      `no index.html: the viewer of reports is not built; npm run build, then: npx syncstorm report ${shown}`,
    ]);
    expect(isComplete(folder)).toBe(true);
  });
});

describe('writing that fails', () => {
  const other = (): Examined => ({...examined, digest: '0000000000000000', runs: 999});

  test('half-way through leaves what was there, whole', () => {
    const folder = bundle();
    const before = contentOf(folder);
    // a temporary file that cannot be opened: the disk could as well be full
    const obstacle = join(folder, `.REPORT.md.${process.pid}.tmp`);
    mkdirSync(obstacle);
    expect(() => writeBundle(folder, other(), about)).toThrow(Misuse);
    rmSync(obstacle, {recursive: true, force: true});
    expect(contentOf(folder)).toEqual(before);
    expect(isComplete(folder)).toBe(true);
  });

  test('while files take their places leaves a bundle that is not taken for complete, and no file torn', () => {
    const folder = bundle();
    rmSync(join(folder, 'REPORT.md'));
    mkdirSync(join(folder, 'REPORT.md/in-the-way'), {recursive: true});
    expect(() => writeBundle(folder, other(), about)).toThrow('cannot write to');
    expect(existsSync(join(folder, FAILURE_FILE))).toBe(false);
    expect(isComplete(folder)).toBe(false);
    expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([]);
    expect(JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'))).toMatchObject({
      digest: other().digest,
    });
    rmSync(join(folder, 'REPORT.md'), {recursive: true});
    writeBundle(folder, other(), about);
    expect(readBundle(folder).examined).toEqual(other());
  });

  test('is a misuse where the folder is a file', () => {
    box.write('taken', 'a file');
    const writing = (): unknown => writeBundle('taken', examined, about);
    expect(writing).toThrow(Misuse);
    expect(box.read('taken')).toBe('a file');
  });
});

describe('what is no whole bundle', () => {
  const put = (name: string, content: string | Uint8Array) => (folder: string) =>
    writeFileSync(join(folder, name), content);
  const without = (name: string) => (folder: string) => rmSync(join(folder, name));
  const edited = (name: string, edit: (value: Record<string, unknown>) => unknown) => (folder: string) => {
    const path = join(folder, name);
    const value = edit(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>);
    writeFileSync(path, JSON.stringify(value));
  };
  const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;

  test.each<[string, (folder: string) => void, string]>([
    ['no failure.json', without('failure.json'), 'cannot be read'],
    ['a failure.json that is cut', put('failure.json', '{"schema"'), 'not JSON'],
    ['another schema', edited('failure.json', value => ({...value, schema: 'x/1'})), 'failure.json: schema'],
    [
      'a part of another type',
      edited('failure.json', value => ({...value, explanation: 5})),
      ': explanation',
    ],
    [
      'a digest that is none',
      edited('failure.json', v => ({...v, minimal: {...(v['minimal'] as object), digest: 'x'}})),
      'minimal.digest',
    ],
    ['no plan', without('plan.json'), 'plan.json: cannot be read'],
    ['a plan that is none', edited('plan.json', value => ({...value, plan: {}})), 'plan.json: plan'],
    ['no original plan', without('plan.orig.json'), 'plan.orig.json: cannot be read'],
    ['no trace', without('trace.jsonl.gz'), 'trace.jsonl.gz: cannot be read'],
    ['a trace that is no gzip', put('trace.jsonl.gz', 'text'), 'trace.jsonl.gz: it cannot be unpacked'],
    [
      'a trace that is cut',
      put('trace.jsonl.gz', zipped('{"schema":"syncstorm.trace/1"}\n')),
      'it needs a header and a footer',
    ],
    ['a film of something else', put('film.json.gz', zipped('{"nodes":[]}')), 'film.json.gz: frames'],
    ['a film that is nested without end', put('film.json.gz', zipped(deep)), 'nested more than 1000 deep'],
  ])('is unreadable: %s', (_, damage, message) => {
    const folder = bundle();
    damage(folder);
    const reading = (): unknown => readBundle(folder);
    expect(reading).toThrow(UnreadableError);
    expect(reading).toThrow(message);
  });

  test.each<[string, (folder: string) => void]>([
    ['no failure.json', without('failure.json')],
    ['a failure.json that is cut', put('failure.json', '{"schema"')],
    ['no plan', without('plan.json')],
    ['no film', without('film.json.gz')],
    ['the plan of another finding', edited('plan.json', value => ({...value, signature: 'T-2/-/x/y'}))],
    ['a plan that was found later', edited('plan.json', value => ({...value, digest: null}))],
    ['another original', edited('plan.orig.json', value => ({...value, digest: '0123456789abcdef'}))],
  ])('is not complete: %s', (_, damage) => {
    const folder = bundle();
    damage(folder);
    expect(isComplete(folder)).toBe(false);
  });

  test('a text that would fill the memory is not unpacked', () => {
    const bytes = gzipSync(Buffer.alloc(5_000_000));
    expect(bytes.length).toBeLessThan(10_000);
    expect(() => unzipped(bytes, 'trace', 4_999_999)).toThrow('trace: it cannot be unpacked');
    expect(unzipped(bytes, 'trace', 5_000_000).length).toBe(5_000_000);
  });
});

describe('reports made again', () => {
  test('are the same, and where the folder was copied its commands lead to the copy', () => {
    const folder = bundle();
    const before = contentOf(folder);
    for (const name of ['REPORT.md', 'index.html', 'repro.test.ts']) rmSync(join(folder, name));
    rewriteReports(folder, {cwd: box.folder, viewer});
    expect(contentOf(folder)).toEqual(before);

    const copy = join(box.folder, 'merged/finding');
    cpSync(folder, copy, {recursive: true});
    rewriteReports('merged/finding', {cwd: box.folder, viewer});
    expect(isComplete(copy)).toBe(true);
    expect(readBundle(copy).examined).toEqual(examined);
    expect(textOf(copy)).not.toContain(`finding-${count}`);
    expect(readBundle(copy).failure.commands.replay).toBe(
      'npx syncstorm replay merged/finding --system ./toy.mjs',
    );
    expect(readFileSync(join(copy, 'repro.test.ts'), 'utf8')).toContain('from "../../toy.mjs"');
  });
});

describe('a secret of the environment', () => {
  const canary = 'canary-7f3a9c "quoted\\" é';

  test('is in no file, even if the system told it to everyone', () => {
    const said = `Bearer ${canary}`;
    const leaking = {
      ...harmful(examined, said),
      trace: examined.trace.with(
        1,
        JSON.stringify({...(JSON.parse(examined.trace[1] ?? '') as object), at: said}),
      ),
    };
    const body = JSON.stringify({authorization: said});
    const film = {...leaking.film, bodies: {'1': {request: body, answer: JSON.stringify({body})}}};
    const open = textOf(bundle({...leaking, film}));
    // the test would prove nothing if it were not there without care
    expect(open).toContain('canary-7f3a9c');
    const folder = join(box.folder, 'secret');
    writeBundle(folder, {...leaking, film}, {...about, env: {...process.env, SYNC_API_TOKEN: canary}});
    const text = textOf(folder);
    expect(text).not.toContain('canary-7f3a9c');
    expect(text).toContain('[SYNC_API_TOKEN]');
    expect(isComplete(folder)).toBe(true);
  });

  test('nor is anything else of the environment', () => {
    process.env['SYNCSTORM_TEST_CANARY'] = 'canary-5511';
    try {
      const text = textOf(bundle());
      expect(text).not.toContain('canary-5511');
      expect(text).not.toContain('SYNCSTORM_TEST_CANARY');
    } finally {
      delete process.env['SYNCSTORM_TEST_CANARY'];
    }
  });

  test('leaves alone what only looks alike', () => {
    const folder = join(box.folder, 'no-secret');
    const env = {API_TOKEN: 'peer', AUTHOR: 'short', HOME: 'toy-broken'};
    writeBundle(folder, examined, {...about, env});
    expect(readBundle(folder).examined).toEqual(examined);
  });
});

describe('the test of a bundle', () => {
  const vitest = async (folder: string): Promise<{code: number; text: string}> => {
    const script = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const command = /vitest run (.*)$/.exec(readBundle(folder).failure.commands.test)?.[1] ?? '';
    const args = [script, 'run', ...command.split(' ')];
    try {
      const {stdout} = await promisify(execFile)(process.execPath, args, {
        cwd: ROOT,
        env: {...process.env, NO_COLOR: '1'},
      });
      return {code: 0, text: stdout};
    } catch (error) {
      const {code, stdout, stderr} = error as {code: number; stdout: string; stderr: string};
      return {code, text: stdout + stderr};
    }
  };

  test('is red with the bug and green without', async () => {
    // inside the project, as a user's reports are: there its imports lead to what is built
    mkdirSync(join(ROOT, 'reports'), {recursive: true});
    const folder = mkdtempSync(join(ROOT, 'reports', '.test-'));
    try {
      const module = join(folder, 'toy.mjs');
      writeFileSync(module, toyModule('broken'));
      const at = join(folder, 'failures', 'TOY-1_add_high_peer');
      writeBundle(at, examined, {...about, given: `./${relative(ROOT, module)}`, cwd: ROOT});
      const red = await vitest(at);
      expect(red.text).toContain('1 failed');
      expect(red.text).toContain('"signature": "TOY-1/add/high/peer"');
      expect(red.code).toBe(1);
      const fixed = readFileSync(module, 'utf8').replace('ledger.sum > 0', 'ledger.sum < 0');
      writeFileSync(module, fixed);
      const green = await vitest(at);
      expect(green.text).toContain('1 passed');
      expect(green.code).toBe(0);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  });
});
