/** Mutants as files: which of them are taken, and what is said of those that cannot be, before anything runs. */
import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeEach, describe, expect, test} from 'vitest';
import {loadCompiler} from '../../src/cli/mutants/compile.ts';
import {readMutants} from '../../src/cli/mutants/mutant.ts';
import {plant} from '../../src/cli/mutants/patch.ts';
import {Console} from './console.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/mutants');
const box = new Console();
afterAll(() => box.remove());
cpSync(FIXTURE, box.folder, {recursive: true});

const sound = {
  id: 'gone',
  file: 'shelf/engine.mjs',
  find: '[...shelf, item]',
  replace: 'shelf',
  claim: 'SHELF-1',
  note: 'nothing is kept',
};

let count = 0;
let folder = '';
beforeEach(() => {
  folder = `set${(count += 1)}`;
  mkdirSync(join(box.folder, folder));
});

const put = (name: string, content: unknown): void =>
  writeFileSync(
    join(box.folder, folder, name),
    typeof content === 'string' ? content : JSON.stringify(content),
  );

/** Reads the folder as the command line does with `--dir`, or as the folder that a system comes with. */
const read = (named = false): ReturnType<typeof readMutants> =>
  readMutants(join(box.folder, folder), folder, {named});

describe('a folder of mutants', () => {
  test('is read in the order of its files; a file may hold several', () => {
    put('b.json', {...sound, id: 'last', canary: true});
    put('a.json', [sound, {...sound, id: 'second'}]);
    put('.c.json', 'hidden');
    put('notes.md', 'not JSON');
    expect(read().map(({mutant, source}) => [mutant.id, mutant.canary, source])).toEqual([
      ['gone', false, `${folder}/a.json`],
      ['second', false, `${folder}/a.json`],
      ['last', true, `${folder}/b.json`],
    ]);
  });

  test.each<[string, unknown, string]>([
    ['text', 'not json', 'not JSON'],
    ['a list in a list', [[sound]], '[0]: the mutant: '],
    ['a missing part', {...sound, note: undefined}, 'note: '],
    ['a part too many', {...sound, seeds: 5}, 'Unrecognized key: "seeds"'],
    ['an id that is no name', {...sound, id: 'a/b'}, 'id: an id is'],
    ['an empty place', {...sound, find: ''}, 'find: '],
    ['a change that is none', {...sound, replace: sound.find}, 'find and replace are the same'],
    ['a file outside', {...sound, file: 'a/../../b.mjs'}, 'file: a path from the root of the project'],
    ['a file anywhere', {...sound, file: '/etc/passwd'}, 'file: a path from the root of the project'],
    ['a path of another kind', {...sound, file: 'shelf\\engine.mjs'}, 'file: a path from the root'],
    ['a canary that is not said', {...sound, canary: 'yes'}, 'canary: '],
    ['the same id twice', [sound, sound], 'the id "gone" is also in'],
  ])('is not read at all with %s', (_, content, message) => {
    put('a.json', content);
    expect(() => read()).toThrow(message);
  });

  test('has one canary at most', () => {
    put('a.json', [
      {...sound, canary: true},
      {...sound, id: 'b', canary: true},
    ]);
    expect(() => read()).toThrow(`${folder}: several mutants are the canary: gone, b`);
  });

  test('of a system holds one mutant a file, named after it', () => {
    put('gone.json', sound);
    expect(read(true)).toHaveLength(1);
    put('other.json', {...sound, id: 'another'});
    expect(() => read(true)).toThrow(`${folder}/other.json: the id is "another"`);
    put('other.json', [{...sound, id: 'other'}]);
    expect(() => read(true)).toThrow(`${folder}/other.json: the mutant: `);
  });
});

describe('nothing runs', () => {
  const say = (line: string): ReturnType<Console['run']> =>
    box.run(`mutants ./shelf/system.mjs ${line}`.trim().split(' '));

  test('if a mutant is stale: all that are, and why', async () => {
    const {code, err, out} = await say('--dir stale');
    expect({code, out}).toEqual({code: 22, out: ''});
    expect(err.split('\n').slice(0, 2)).toEqual([
      'syncstorm: stale/stale.json: gone: stale: "shelf.push(item)" is not in shelf/engine.mjs; ' +
        'stale/stale.json: everywhere: stale: "export const" is 2 times in shelf/engine.mjs; ' +
        'stale/stale.json: nowhere: stale: there is no file shelf/motor.mjs',
      'what is stored is never guessed at: repair or remove it',
    ]);
    expect(await say('--dir stale --json')).toMatchObject({code: 22});
  });

  test('if one does not compile', async () => {
    const {code, err} = await say('--dir faulty');
    expect(code).toBe(22);
    expect(err).toContain(
      "faulty/faulty.json: half-written: broken: shelf/engine.mjs does not compile with it: line 4: ',' expected.",
    );
  });

  test('if a mutant of the system names a claim that it does not have', async () => {
    cpSync(join(box.folder, 'shelf'), join(box.folder, 'other'), {recursive: true});
    const mutant = {...sound, file: 'other/engine.mjs', claim: 'SHELF-3'};
    writeFileSync(join(box.folder, 'other/mutants/gone.json'), JSON.stringify(mutant));
    const {code, err} = await box.run(['mutants', './other/system.mjs']);
    expect(code).toBe(22);
    expect(err).toContain('other/mutants/gone.json: shelf has no claim "SHELF-3"; did you mean SHELF-1?');
    expect(await box.run(['list', './other/system.mjs'])).toMatchObject({code: 22});
  });

  test.each([
    ['--dir nowhere', 'there is no folder nowhere', 'give --dir a folder'],
    ['--only label-shout', 'there is no mutant "label-shout"', 'did you mean label-shouts?'],
    ['--seeds 0', '--seeds takes a whole number of at least 1', 'as in'],
    ['--campaigns none', '--campaigns takes a whole number', 'as in'],
    ['--shrink never', '--shrink takes a duration', 'as in'],
    ['--variant other', 'shelf has no variant "other"', 'variants: default'],
    ['--workers 0', '--workers takes a whole number of at least 1', 'as in'],
    ['--out shelf/system.mjs/x', 'cannot make the folder', 'choose another folder'],
    ['--markdown shelf/system.mjs/x', 'cannot make the folder', 'choose another folder'],
    // tests run from the sources, which a process of its own could not load
    ['--seeds 5', 'processes of their own, which need the program to be built', 'npm run build'],
  ])('with %s', async (flags, wrong, remedy) => {
    const {code, err} = await say(flags);
    expect(code).toBe(2);
    expect(err).toContain(wrong);
    expect(err).toContain(remedy);
  });

  test('where a system comes with no mutants', async () => {
    cpSync(join(box.folder, 'shelf/system.mjs'), join(box.folder, 'bare/system.mjs'));
    cpSync(join(box.folder, 'shelf/engine.mjs'), join(box.folder, 'bare/engine.mjs'));
    cpSync(join(box.folder, 'shelf/label.cjs'), join(box.folder, 'bare/label.cjs'));
    const bare = await box.run(['mutants', './bare/system.mjs']);
    expect(bare).toMatchObject({code: 2});
    expect(bare.err).toContain('shelf comes with no mutants: there is no folder bare/mutants');
    expect(await box.run(['list', './bare/system.mjs'])).toMatchObject({code: 0});
  });

  test('and where there are none to run, nothing is known', async () => {
    mkdirSync(join(box.folder, 'empty'));
    const {code, out} = await say('--dir empty --json');
    expect(code).toBe(21);
    expect(JSON.parse(out)).toMatchObject({verdict: 'inconclusive', runs: 0, total: 0, mutants: []});
  });
});

test('a list of a system shows its mutants', async () => {
  const {code, out} = await box.run(['list', './shelf/system.mjs']);
  expect(code).toBe(0);
  expect(out).toContain('drops-large-things  SHELF-1  what is larger than 16 is not kept (canary)');
  const record = JSON.parse((await box.run(['list', './shelf/system.mjs', '--json'])).out) as {
    readonly systems: readonly {readonly mutants: readonly unknown[]}[];
  };
  expect(record.systems[0]?.mutants[1]).toEqual({
    id: 'label-forgotten',
    claim: 'SHELF-2',
    note: 'a label says nothing',
    canary: false,
  });
});

describe('a planted mutant', () => {
  const project = {own: false, root: box.folder, folder: '', shownAs: ''};
  const textOf = async (change: Partial<typeof sound>): Promise<string | undefined> => {
    const stored = [{mutant: {...sound, canary: false, ...change}, source: 'x.json'}];
    const [planted] = await plant(stored, project, 'sources');
    return planted?.patch.text;
  };

  test('has its text in the place of the other, as it is', async () => {
    writeFileSync(join(box.folder, 'plain.js'), 'export const a = 1;\nexport const b = 2;\n');
    const change = {file: 'plain.js', find: 'a = 1;\nexport', replace: "a = '$&$1$`';\nexport"};
    expect(await textOf(change)).toBe("export const a = '$&$1$`';\nexport const b = 2;\n");
  });

  test('is compiled if it is TypeScript; its imports stay where they are', async () => {
    const text = "import {b, type B} from './b.ts';\nexport const a = (x: B): number => b(x) as number;\n";
    writeFileSync(join(box.folder, 'typed.ts'), text);
    expect(await textOf({file: 'typed.ts', find: 'b(x)', replace: 'b(null)'})).toBe(
      "import { b } from './b.ts';\nexport const a = (x) => b(null);\n",
    );
  });

  test('is stale where its place overlaps itself', async () => {
    writeFileSync(join(box.folder, 'twice.js'), 'export const a = 111;\n');
    await expect(textOf({file: 'twice.js', find: '11'})).rejects.toThrow('"11" is 2 times in twice.js');
  });
});

test('the compiler tells a mistake by its line, and leaves JavaScript alone', async () => {
  const compiler = await loadCompiler();
  const text = "import type {A} from './a.ts';\nimport {b} from './b.ts';\nexport {b};\nexport type {A};\n";
  expect(compiler?.compile(text, 'src/x.ts', true)).toEqual({
    kind: 'compiled',
    text: 'import { b } from "./b.js";\nexport { b };\n',
  });
  expect(compiler?.compile('const a = ;', 'src/x.ts', true)).toEqual({
    kind: 'faulty',
    message: 'line 1: Expression expected.',
  });
  expect(compiler?.compile('let a = 1;;', 'src/x.js', true)).toEqual({kind: 'compiled', text: 'let a = 1;;'});
});
