/** The viewer as it is shipped: built beside the compiled code, in the package, and small. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {hashed, viewerAssets} from '../../src/cli/viewer-assets.ts';
import {reportPage} from '../../src/report/html/page.ts';
import {aPage} from '../report/findings.ts';

const ROOT = join(import.meta.dirname, '../..');

test('what the build made is found from the sources too, and makes a page', () => {
  const assets = viewerAssets();
  expect(assets).toEqual(hashed(assets.script, assets.style));
  expect(assets.script.length).toBeGreaterThan(20_000);
  expect(assets.script.length + assets.style.length).toBeLessThan(120_000);
  expect(reportPage(aPage(100), assets)).toContain(`<script>${assets.script}</script>`);
});

test('the package has it', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{files}] = JSON.parse(output) as [{files: {path: string}[]}];
  const paths = files.map(({path}) => path);
  expect(paths).toContain('dist/src/report/viewer/viewer.js');
  expect(paths).toContain('dist/src/report/viewer/viewer.css');
  expect(paths.filter(path => path.startsWith('src/') || /(^|\/)tests?\/|\.test\./.test(path))).toEqual([]);
});

test('a viewer that was not built is told with what to do', () => {
  const empty = mkdtempSync(join(tmpdir(), 'syncstorm-viewer-'));
  try {
    expect(() => viewerAssets([empty])).toThrow('the viewer of reports is not built');
  } finally {
    rmSync(empty, {recursive: true});
  }
});

test('a script is named by the hash of its bytes', () => {
  expect(hashed('alert("ü")', '').scriptHash).toBe('sha256-TJ0Var87ZpB9gkpgPZZZbgWwU7exJVdK+J60HqBHZSM=');
  expect(hashed('', '').styleHash).toBe('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
});
