/** Rules of the house as a test that teaches; and tests of the checker itself, with violations planted. */
import {readFileSync, readdirSync} from 'node:fs';
import {join, relative} from 'node:path';
import {describe, expect, test} from 'vitest';
import {check, type SourceFile} from './tidy/checker.ts';

const ROOT = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};
const dependencies = Object.keys(manifest.dependencies);

function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => {
      const absolute = join(entry.parentPath, entry.name);
      return {path: relative(ROOT, absolute).replaceAll('\\', '/'), text: readFileSync(absolute, 'utf8')};
    });
}

describe('the sources', () => {
  const files = ['src', 'scenarios', 'test', 'bench'].flatMap(filesIn);

  test('are all seen', () => {
    const layers = [
      'src/host.ts',
      'src/model/',
      'src/impl/',
      'src/sim/',
      'src/report/',
      'src/cli/',
      'scenarios/',
    ];
    for (const layer of layers) {
      expect(files.filter(({path}) => path.startsWith(layer)).length, layer).toBeGreaterThan(0);
    }
  });

  test('keep to the layers, open with a sentence, stay short and name no machine', () => {
    expect(files.flatMap(file => check(file, dependencies))).toEqual([]);
  });
});

describe('the checker reports', () => {
  const header = '/** A file that says what it is for. */\n';
  const complaints = (path: string, text: string): string =>
    check({path, text: header + text}, dependencies).join('\n');

  test.each([
    ['the waist importing a package', 'src/host.ts', "import {z} from 'zod';"],
    [
      'the model importing the implementation',
      'src/model/vfs/x.ts',
      "import {a} from '../../impl/vfs/a.ts';",
    ],
    [
      'the model importing the simulator',
      'src/model/vfs/x.ts',
      "import type {Plan} from '../../sim/plan.ts';",
    ],
    [
      'the model importing a value of the host',
      'src/model/vfs/x.ts',
      "import {NetError} from '../../host.ts';",
    ],
    [
      'the implementation importing a value of the model',
      'src/impl/vfs/x.ts',
      "import {a} from '../../model/vfs/a.ts';",
    ],
    [
      'a value of the model that is marked inside the braces',
      'src/impl/vfs/x.ts',
      "import {type A, b} from '../../model/vfs/a.ts';",
    ],
    ['one system importing another', 'src/impl/vfs/x.ts', "import {a} from '../journal/a.ts';"],
    [
      'the implementation importing the simulator',
      'src/impl/vfs/x.ts',
      "import type {Plan} from '../../sim/plan.ts';",
    ],
    ['the implementation importing Node', 'src/impl/vfs/x.ts', "import {readFileSync} from 'node:fs';"],
    [
      'the simulator importing a scenario',
      'src/sim/x.ts',
      "import {vfs} from '../../scenarios/vfs/system.ts';",
    ],
    ['the simulator importing the model', 'src/sim/x.ts', "export {a} from '../model/vfs/a.ts';"],
    [
      'the simulator importing a scenario late',
      'src/sim/x.ts',
      "await import('../../scenarios/registry.ts');",
    ],
    ['a type taken from where it may not', 'src/sim/x.ts', "let a: import('../model/vfs/a.ts').A;"],
    ['a scenario importing another', 'scenarios/vfs/x.ts', "import {a} from '../journal/a.ts';"],
    [
      'a scenario importing another implementation',
      'scenarios/vfs/x.ts',
      "import {a} from '../../src/impl/journal/a.ts';",
    ],
    ['a report importing the command line', 'src/report/x.ts', "import {a} from '../cli/a.ts';"],
    ['a report importing Node', 'src/report/x.ts', "import {join} from 'node:path';"],
    ['the command line importing a system', 'src/cli/x.ts', "import {a} from '../impl/vfs/a.ts';"],
    ['the index importing the command line', 'src/index.ts', "export {main} from './cli/dispatch.ts';"],
    [
      'the command line importing the migration command',
      'src/cli/x.ts',
      "import {a} from '../migrate/a.ts';",
    ],
    [
      'the migration command importing the server',
      'src/migrate/x.ts',
      "import {a} from '../impl/vfs/server.ts';",
    ],
    [
      'the migration command importing the simulator',
      'src/migrate/x.ts',
      "import {run} from '../sim/run.ts';",
    ],
    [
      'the implementation importing the migration command',
      'src/impl/vfs/x.ts',
      "import {a} from '../../migrate/a.ts';",
    ],
    ['a package that is for development only', 'src/sim/x.ts', "import fc from 'fast-check';"],
    ['a file of no layer', 'src/stray.ts', "import {a} from './host.ts';"],
  ])('%s', (_, path, text) => {
    expect(complaints(path, text)).toContain(`${path}`);
  });

  test.each([
    [
      'src/impl/vfs/x.ts',
      "import type {A} from '../../model/vfs/a.ts';\nimport {NetError} from '../../host.ts';",
    ],
    ['src/model/vfs/x.ts', "import {setup} from 'xstate';\nimport type {Host} from '../../host.ts';"],
    ['src/sim/x.ts', "import {z} from 'zod';\nimport {createRequire} from 'node:module';"],
    [
      'scenarios/vfs/x.ts',
      "import {a} from '../../src/model/vfs/a.ts';\nimport {b} from '../../src/impl/vfs/b.ts';",
    ],
    ['scenarios/registry.ts', "import {vfs} from './vfs/system.ts';"],
    [
      'src/migrate/x.ts',
      "import {Sqlite} from '../sim/sqlite.ts';\nimport {a} from '../impl/vfs/migration/a.ts';\nimport {join} from 'node:path';",
    ],
    ['src/cli/x.ts', "import {systems} from '../../scenarios/registry.ts';\nimport {join} from 'node:path';"],
  ])('nothing wrong in %s', (path, text) => {
    expect(complaints(path, text)).toBe('');
  });

  test.each([
    'const now = Date.now();',
    'const D = Date;',
    'const at = Math.random();',
    'setTimeout(() => undefined, 1);',
    'const {log} = console;',
    'const t = globalThis.Date;',
    'const id = crypto.randomUUID();',
    'const home = process.env;',
    'const value = {fetch};',
  ])('in a system: %s', text => {
    expect(complaints('src/impl/vfs/x.ts', text)).toContain('is not for systems');
  });

  test('no member that only shares a name with a global', () => {
    const text =
      'const a = {console: 1, Date: 2};\na.Date;\ninterface B {fetch(): void; readonly process: number}\nconst c = (performance: number) => performance;';
    expect(complaints('src/impl/vfs/x.ts', text)).toBe('');
  });

  test('Date outside time.ts only', () => {
    const text = 'export const parse = (text: string): number => Date.parse(text);';
    expect(complaints('src/impl/vfs/time.ts', text)).toBe('');
    expect(complaints('src/impl/vfs/timely.ts', text)).toContain('time.ts');
  });

  test('a file without a sentence at its head', () => {
    const heads = [
      'export const a = 1;',
      '// A file that says what it is for.\n',
      '/** Things. */\n',
      '/** no end to this one */\n',
    ];
    for (const text of heads) expect(check({path: 'src/sim/x.ts', text}, []).join()).toContain('opens with');
    expect(check({path: 'src/cli/x.ts', text: `#!/usr/bin/env node\n${header}`}, [])).toEqual([]);
  });

  test('a file that is too long', () => {
    expect(complaints('src/sim/x.ts', 'const a = 1;\n'.repeat(299))).toBe('');
    expect(complaints('src/sim/x.ts', 'const a = 1;\n'.repeat(300))).toContain('301 lines');
  });

  test('a file with a name that says nothing', () => {
    for (const name of ['utils', 'queue-helpers', 'common', 'misc', 'time.helper']) {
      expect(complaints(`src/sim/${name}.ts`, '')).toContain('named after');
    }
    expect(complaints('src/sim/commonwealth.ts', '')).toBe('');
  });
});
