/** `corpus` on a command line: adding, replaying and listing, and every way in which a file can have gone bad. */
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {Console, type Left} from './console.ts';

const TILL = join(import.meta.dirname, '../fixtures/till');
const [SOUND, DOUBLING] = ['sound', 'doubling'].map(flaw => join(TILL, `${flaw}.ts`)) as [string, string];
const KEY = 'till>books POST /sales #1 res';
const TWICE = 'TILL-1/settled/twice/books';
const NOTE = 'the answer to a sale is lost after the books have it: TILL-1 sees it entered twice';
const box = new Console();

type Fields = Record<string, unknown>;
const json = ({out}: Left): Fields => JSON.parse(out) as Fields;
const pathOf = (name: string): string => join(box.folder, name);
const lossy = (): Fields => ({
  ...(JSON.parse(readFileSync(join(TILL, 'sweep/one-sale.json'), 'utf8')) as Fields),
  fates: {[KEY]: {delayMs: 14, act: 'lose-response'}},
});

beforeAll(() => {
  box.write('lost-answer.json', JSON.stringify(lossy()));
});
afterAll(() => box.remove());

const add = (...more: string[]): Promise<Left> =>
  box.run(['corpus', 'add', './lost-answer.json', '--system', SOUND, ...more]);
const verify = (dir: string, module = SOUND, ...more: string[]): Promise<Left> =>
  box.run(['corpus', 'verify', module, '--dir', dir, ...more]);

describe('corpus add', () => {
  test('records what the plan gives and what of it takes effect', async () => {
    const left = await add('--dir', 'added', '--note', NOTE, '--json');
    expect({code: left.code, ...json(left)}).toMatchObject({
      code: 0,
      verb: 'corpus',
      system: 'till',
      verdict: 'ok',
    });
    expect(readdirSync(pathOf('added'))).toEqual(['lost-answer.json']);
    expect(JSON.parse(box.read('added/lost-answer.json'))).toEqual({
      schema: 'syncstorm.corpus/1',
      note: NOTE,
      expect: 'ok',
      met: ['effect lose-response', `fate ${KEY}`, 'operation o1', 'operation o2'],
      plan: lossy(),
    });
  });

  test('records what is known to be broken by its signature', async () => {
    const left = await box.run([
      'corpus',
      'add',
      './lost-answer.json',
      '--system',
      DOUBLING,
      '--dir',
      'known',
      '--note',
      NOTE,
      '--json',
    ]);
    expect(json(left)).toMatchObject({expect: TWICE, violation: {signature: TWICE}});
    expect((await verify('known', DOUBLING)).code).toBe(0);
  });

  test('gives drawn fates their names', async () => {
    box.write('drawn.json', JSON.stringify({...lossy(), fates: null, weather: {'lose-response': 1}}));
    const left = await box.run([
      'corpus',
      'add',
      './drawn.json',
      '--system',
      SOUND,
      '--dir',
      'drawn',
      '--note',
      NOTE,
    ]);
    expect(left.code).toBe(0);
    const {plan: stored, met} = JSON.parse(box.read('drawn/drawn.json')) as {plan: Fields; met: string[]};
    expect(stored['fates']).toEqual({[KEY]: {delayMs: 14, act: 'lose-response', arg: 1}});
    expect(met).toContain(`fate ${KEY}`);
  });

  test('names the file after the folder of a finding, or as it is told', async () => {
    mkdirSync(pathOf('failures/TILL-1_x'), {recursive: true});
    box.write('failures/TILL-1_x/plan.json', JSON.stringify({plan: lossy(), digest: null, signature: null}));
    const flags = ['--system', SOUND, '--dir', 'named', '--note', NOTE];
    await box.run(['corpus', 'add', './failures/TILL-1_x', ...flags]);
    await box.run(['corpus', 'add', './failures/TILL-1_x', '--name', 'my-own', ...flags]);
    expect(readdirSync(pathOf('named')).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'TILL-1_x.json',
      'my-own.json',
    ]);
  });

  test('replaces a file only by itself, and keeps its note then', async () => {
    await add('--dir', 'again', '--note', NOTE);
    const other = await add('--dir', 'again', '--note', 'another');
    expect({code: other.code, told: other.err.includes('is there already')}).toEqual({code: 2, told: true});
    const itself = await box.run([
      'corpus',
      'add',
      './again/lost-answer.json',
      '--dir',
      'again',
      '--system',
      SOUND,
    ]);
    expect(itself.code).toBe(0);
    expect(JSON.parse(box.read('again/lost-answer.json'))).toMatchObject({note: NOTE});
  });

  test('goes to the folder beside the module', async () => {
    const own = pathOf('project');
    cpSync(TILL, own, {recursive: true});
    for (const name of readdirSync(own).filter(file => file.endsWith('.ts'))) {
      const text = readFileSync(join(own, name), 'utf8');
      const index = join(import.meta.dirname, '../../src/index.ts');
      writeFileSync(join(own, name), text.replace('../../../src/index.ts', index));
    }
    const left = await box.run([
      'corpus',
      'add',
      './lost-answer.json',
      '--system',
      './project/sound.ts',
      '--note',
      NOTE,
    ]);
    expect({code: left.code, there: existsSync(join(own, 'corpus/lost-answer.json'))}).toEqual({
      code: 0,
      there: true,
    });
  });

  test.each([
    [['corpus', 'add'], 'corpus add needs a plan'],
    [['corpus', 'add', './lost-answer.json', '--system', SOUND], 'needs --note'],
    [['corpus', 'add', './lost-answer.json', '--note', NOTE], 'which is not registered'],
    [
      ['corpus', 'add', './lost-answer.json', '--system', SOUND, '--note', NOTE, '--name', '../up'],
      'cannot be called "../up"',
    ],
    [['corpus', 'ad'], 'did you mean add?'],
  ])('%j is refused', async (argv, words) => {
    const left = await box.run(argv);
    expect(left.code).toBe(2);
    expect(left.err).toContain(words);
  });

  test('refuses a plan of which nothing takes effect', async () => {
    box.write('nothing.json', JSON.stringify({...lossy(), operations: []}));
    const left = await box.run([
      'corpus',
      'add',
      './nothing.json',
      '--system',
      SOUND,
      '--note',
      NOTE,
      '--dir',
      'nothing',
    ]);
    expect(left.code).toBe(2);
    expect(left.err).toContain('it would test nothing');
    expect(box.has('nothing')).toBe(false);
  });
});

describe('corpus verify', () => {
  let entry: Fields;
  beforeEach(async () => {
    if (!box.has('good')) await add('--dir', 'good', '--note', NOTE);
    entry = JSON.parse(box.read('good/lost-answer.json')) as Fields;
  });

  /** What becomes of a corpus of one sound file and one that is changed. */
  async function verdictOn(name: string, text: string, module = SOUND): Promise<Fields & {code: number}> {
    const dir = `bad-${name}`;
    mkdirSync(pathOf(dir), {recursive: true});
    box.write(`${dir}/a.json`, JSON.stringify(entry));
    box.write(`${dir}/b.json`, text);
    const left = await verify(dir, module, '--json');
    const [sound, bad] = json(left)['files'] as [Fields, Fields];
    expect(sound['state']).toBe(module === SOUND ? 'ok' : 'violation');
    return {code: left.code, verdict: json(left)['verdict'], ...bad};
  }

  test('replays every file', async () => {
    const left = await verify('good');
    expect({code: left.code, err: left.err}).toEqual({code: 0, err: ''});
    expect(left.out).toContain(`ok  good/lost-answer.json  ${NOTE}`);
    expect(left.out).toContain('1 file in ');
    expect(left.out).toContain(', 0 problems');
  });

  test('a violation that is not expected ends with 1', async () => {
    const left = await verify('good', DOUBLING);
    expect(left.code).toBe(1);
    expect(left.out).toContain(`✗ good/lost-answer.json: breaks ${TWICE}, where ok is expected`);
    expect(left.out).toContain('  seen: a sale is in the books twice');
    expect(left.out).toContain('  see it: npx syncstorm replay good/lost-answer.json');
  });

  test('a known violation that is gone is stale', async () => {
    const found = await verdictOn('mended', JSON.stringify({...entry, expect: TWICE}));
    expect(found).toMatchObject({code: 22, verdict: 'inconclusive', state: 'stale'});
    expect(found['problem']).toBe(`no longer breaks ${TWICE}: if that is mended, it is to be ok`);
  });

  test('a known violation in place of which there is another ends with 1', async () => {
    const found = await verdictOn(
      'other',
      JSON.stringify({...entry, expect: 'TILL-1/settled/total/books'}),
      DOUBLING,
    );
    expect(found).toMatchObject({code: 1, state: 'violation'});
  });

  test('a step that is no longer met is stale, and what to do is told', async () => {
    const plan = {...lossy(), fates: {'till>books POST /sales #9 res': {delayMs: 14, act: 'lose-response'}}};
    const met = [
      'fate till>books POST /sales #9 res',
      'operation o1',
      'operation o2',
      'effect lose-response',
    ];
    const found = await verdictOn('missed', JSON.stringify({...entry, plan, met}));
    expect(found).toMatchObject({code: 22, verdict: 'inconclusive', state: 'stale'});
    expect(found['problem']).toBe(
      'it tests less than it did; it no longer meets: fate till>books POST /sales #9 res; effect lose-response',
    );
    const {out} = await verify('bad-missed');
    expect(out).toContain(
      `else add it as it is: npx syncstorm corpus add bad-missed/b.json --system ${SOUND}`,
    );
  });

  test.each([
    ['torn', '{"schema": "syncstorm.corpus/1", "note": "x', 'not JSON'],
    ['schema', '{"schema": "syncstorm.plan/1"}', 'schema'],
    ['empty', '', 'not JSON'],
    ['list', '[]', 'expected object'],
    ['noteless', () => JSON.stringify({...entry, note: ' '}), 'note'],
    ['unmet', () => JSON.stringify({...entry, met: []}), 'met'],
    ['planless', () => JSON.stringify({...entry, plan: {}}), 'plan'],
    ['stray', () => JSON.stringify({...entry, extra: 1}), 'extra'],
    [
      'foreign',
      () => JSON.stringify({...entry, plan: {...lossy(), system: 'other'}}),
      'for the system "other"',
    ],
    [
      'unknown',
      () =>
        JSON.stringify({
          ...entry,
          plan: {...lossy(), operations: [{id: 'o1', at: 1, kind: 'no', target: 0, args: null}]},
        }),
      'operation that till does not know',
    ],
  ])('a file that cannot be read is an error: %s', async (name, text, words) => {
    const found = await verdictOn(name, typeof text === 'string' ? text : text());
    expect(found).toMatchObject({code: 22, verdict: 'inconclusive', state: 'unreadable', note: null});
    expect(found['problem']).toContain(words);
  });

  test('a corpus of none is no error', async () => {
    expect((await verify('none-at-all')).code).toBe(0);
  });
});

describe('corpus list', () => {
  test('shows what each file is for', async () => {
    await add('--dir', 'listed', '--note', NOTE);
    const left = await box.run(['corpus', 'list', SOUND, '--dir', 'listed']);
    expect(left).toEqual({code: 0, err: '', out: `listed/lost-answer.json  (3 steps, ok)\n  ${NOTE}\n`});
    const record = json(await box.run(['corpus', 'list', SOUND, '--dir', 'listed', '--json']));
    expect(record['files']).toEqual([
      {file: 'listed/lost-answer.json', system: 'till', note: NOTE, expect: 'ok', steps: 3},
    ]);
  });

  test('says that there is nothing', async () => {
    expect((await box.run(['corpus', 'list', SOUND])).out).toBe('there is nothing in the corpus\n');
  });
});

test('a corpus file replays like any stored plan', async () => {
  await add('--dir', 'replayed', '--note', NOTE);
  const left = await box.run(['replay', './replayed/lost-answer.json', '--system', DOUBLING, '--json']);
  expect({code: left.code, ...json(left)}).toMatchObject({code: 1, violation: {signature: TWICE}});
});
