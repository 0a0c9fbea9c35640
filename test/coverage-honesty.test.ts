/** Coverage tells the truth: of a file with lines that nothing reaches, exactly those are reported as unreached. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FIXTURE = 'test/fixtures/ladder/src/ladder.ts';

/** What c8 writes: statements are lines, each with how often it was reached. */
interface FileCoverage {
  readonly statementMap: Readonly<Record<string, {readonly start: {readonly line: number}}>>;
  readonly s: Readonly<Record<string, number>>;
}

function measure(): FileCoverage {
  const out = mkdtempSync(join(tmpdir(), 'syncstorm-coverage-'));
  try {
    const c8 = ['node_modules/c8/bin/c8.js', '--all=false', '--include', FIXTURE, '--exclude', 'dist/**'];
    const report = ['--reporter', 'json', '--reports-dir', out, '--temp-directory', join(out, 'tmp')];
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/fixtures/ladder/vitest.config.ts',
    ];
    // c8 and vitest tell their children through these; this child is a measurement of its own
    const env = {...process.env, NODE_V8_COVERAGE: undefined, VITEST: undefined};
    execFileSync(process.execPath, [...c8, ...report, process.execPath, ...vitest], {
      cwd: ROOT,
      env,
      stdio: 'pipe',
    });
    const written = JSON.parse(readFileSync(join(out, 'coverage-final.json'), 'utf8')) as Record<
      string,
      FileCoverage
    >;
    const [only] = Object.values(written);
    if (only === undefined) throw new Error('coverage says nothing of the fixture');
    return only;
  } finally {
    rmSync(out, {recursive: true, force: true});
  }
}

test('exactly the lines that nothing reaches are reported as unreached', () => {
  const {statementMap, s} = measure();
  const lines = Object.entries(statementMap);
  const unreached = lines.filter(([id]) => s[id] === 0).map(([, {start}]) => start.line);

  const text = readFileSync(join(ROOT, FIXTURE), 'utf8').trimEnd().split('\n');
  const never = text.flatMap((line, index) => (line.includes('never reached') ? [index + 1] : []));
  expect(never).toEqual([13, 23]);
  // the brace that closes an unreached block is not reached either
  expect(unreached).toEqual([13, 14, 23]);
  expect(lines.length).toBe(text.length);
});
