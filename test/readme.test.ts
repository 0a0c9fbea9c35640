/** The README's example is run as a reader would run it: what the page shows is what comes out. */
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, test} from 'vitest';

const root = join(import.meta.dirname, '..');

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

async function syncstorm(cwd: string, args: readonly string[]): Promise<Ended> {
  const main = join(root, 'dist/src/cli/main.js');
  try {
    const {stdout} = await promisify(execFile)(process.execPath, [main, ...args], {cwd});
    return {code: 0, stdout};
  } catch (error) {
    const {code, stdout} = error as {code: number; stdout: string};
    return {code, stdout};
  }
}

test("the README's engine fails with the README's words, and its last line reproduces it", async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const engine = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const shown = (/```text\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').trim().split('\n');
  const command = /`npx syncstorm (fuzz \.\/my-engine\.js [^`]*)`/.exec(readme)?.[1] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  try {
    await writeFile(join(folder, 'my-engine.js'), engine);
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    await mkdir(join(folder, 'node_modules'));
    await symlink(root, join(folder, 'node_modules/syncstorm'), 'dir');
    const found = await syncstorm(folder, command.split(' '));
    expect(found.code).toBe(1);
    for (const line of shown) expect(found.stdout).toContain(line);
    const again = (shown.at(-1) ?? '').replace('npx syncstorm ', '').split(' ');
    const run = await syncstorm(folder, again);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain(shown[0]);
  } finally {
    await rm(folder, {recursive: true});
  }
}, 60_000);
