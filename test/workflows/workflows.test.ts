/** The workflows: what can be known of them without running them at GitHub, and their scripts run with a false `npx`. */
import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {readArgs} from '../../src/cli/args.ts';
import {VERBS} from '../../src/cli/verbs.ts';

const FOLDER = join(import.meta.dirname, '../../.github/workflows');
const read = (name: string): string => readFileSync(join(FOLDER, `${name}.yml`), 'utf8');
const nightly = read('nightly');
const WORKFLOWS = [
  ['nightly', nightly],
  ['pull-request', read('pull-request')],
] as const;

/** A block of lines below one that begins with `head`, moved to the left; throws if there is none, or several. */
function below(text: string, head: RegExp): string {
  const lines = text.split('\n');
  const heads = lines.flatMap((line, index) => (head.test(line) ? [index] : []));
  const [at] = heads;
  if (at === undefined || heads.length > 1) throw new Error(`${heads.length} lines are ${head}`);
  const depth = (line: string): number => line.length - line.trimStart().length;
  const end = lines.findIndex(
    (line, index) => index > at && line.trim() !== '' && depth(line) <= depth(lines[at] ?? ''),
  );
  const block = lines.slice(at + 1, end < 0 ? undefined : end);
  const least = Math.min(...block.filter(line => line.trim() !== '').map(depth));
  return block.map(line => line.slice(least)).join('\n');
}

const job = (text: string, name: string): string => below(below(text, /^jobs:$/), new RegExp(`^${name}:$`));
const jobs = (text: string): string[] =>
  [...below(text, /^jobs:$/).matchAll(/^([a-z]+):$/gm)].map(([, name]) => name ?? '');

/** The script of a step, found by the step's name in one job. */
function script(text: string, inJob: string, step: string): string {
  const steps = below(job(text, inJob), /^steps:$/).split(/^- /m);
  const found = steps.filter(each => each.startsWith(`name: ${step}\n`));
  if (found.length !== 1) throw new Error(`${found.length} steps are called ${step}`);
  return below(found[0] ?? '', /^ *run: \|$/);
}

describe.each(WORKFLOWS)('%s', (_, text) => {
  test('runs only actions that are pinned to a commit, with their version beside it', () => {
    const uses = text.split('\n').filter(line => line.includes('uses:'));
    expect(uses.length).toBeGreaterThan(2);
    for (const line of uses) {
      expect(line).toMatch(/^ +(- )?uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    // one action is at one commit everywhere
    const pins = new Set(WORKFLOWS.flatMap(([, each]) => each.match(/actions\/[a-z-]+@[0-9a-f]{40}/g) ?? []));
    expect(new Set([...pins].map(pin => pin.split('@')[0])).size).toBe(pins.size);
  });

  test('may read and no more, unless a job says so; leaves no token in the checkout', () => {
    expect(text).toMatch(/\npermissions:\n {2}contents: read\n\n/);
    expect(text).not.toContain('pull_request_target');
    expect(text.match(/actions\/checkout/g)?.length).toBe(text.match(/persist-credentials: false/g)?.length);
  });

  test('runs once at a time, every job for a time that is bounded, on Node 20', () => {
    expect(text).toMatch(/\nconcurrency:\n {2}group: /);
    for (const name of jobs(text)) {
      expect(job(text, name)).toMatch(/^timeout-minutes: \d+$/m);
      expect(job(text, name)).toMatch(/^ +node-version: 20$/m);
    }
  });

  test('puts nothing of an event into a script: scripts get it as variables', () => {
    const scripts = text.split(/^ *(?:- )?run: /m).slice(1);
    expect(scripts.length).toBeGreaterThan(1);
    for (const each of scripts) {
      const own = each.split(/^ *- /m)[0] ?? '';
      expect(own).not.toContain('${{');
    }
  });

  test('gives syncstorm only verbs and flags that it has', () => {
    const commands = text.replaceAll('\\\n', ' ').match(/npx syncstorm [^|;>\n]*/g) ?? [];
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const [, , name, ...argv] = command.replaceAll('"', '').trim().split(/ +/);
      const verb = VERBS.find(each => each.name === name);
      expect(verb, command).toBeDefined();
      if (verb !== undefined)
        expect(() =>
          readArgs(
            verb,
            argv.filter(word => word !== '--json'),
          ),
        ).not.toThrow();
    }
  });

  test('lets no text of a run be a command: every run stands between a stop and its token', () => {
    const scripts = text.split(/^ *(?:- )?run: \|$/m).slice(1);
    for (const each of scripts) {
      expect(each.match(/echo "::stop-commands::\$token"/g)).toHaveLength(1);
      expect(each.match(/echo "::\$token::"/g)).toHaveLength(1);
    }
  });
});

describe('nightly', () => {
  test('cuts the seeds of the commit in as many parts as there are machines', () => {
    const shards = /shard: \[([^\]]*)\]/.exec(job(nightly, 'shard'))?.[1]?.split(', ') ?? [];
    expect(shards).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(script(nightly, 'shard', 'Fuzz')).toContain(
      'fuzz --shard "$SHARD/8" --seed-base "$GITHUB_SHA" --for 20m --out shard',
    );
    expect(job(nightly, 'shard')).toContain('fail-fast: false');
    expect(job(nightly, 'shard')).toMatch(/- name: Upload\n +if: \$\{\{ !cancelled\(\) \}\}\n/);
  });

  test('merges what is there, also if a shard failed, and asks for goals there only', () => {
    expect(jobs(nightly)).toEqual(['shard', 'merge', 'issues']);
    expect(job(nightly, 'merge')).toMatch(/^needs: shard\n(# .*\n)*if: \$\{\{ !cancelled\(\) \}\}\n/);
    expect(job(nightly, 'shard')).not.toContain('--require');
    expect(script(nightly, 'merge', 'Merge')).toContain('--require-all --require-goals');
    for (const name of ['shard', 'merge']) expect(job(nightly, name)).toContain('- run: npm ci');
  });

  test('lets one job write issues, and that one installs and runs nothing of ours but the script', () => {
    expect(nightly.match(/: write/g)).toHaveLength(1);
    const issues = job(nightly, 'issues');
    expect(issues).toContain('permissions:\n  contents: read\n  issues: write\n');
    expect(issues).not.toMatch(/npm |npx |dist\//);
    expect(issues).toContain('sparse-checkout: .github\n');
    expect(issues.match(/^ *node .*$/gm)).toEqual([
      expect.stringContaining('node .github/file-issues.mjs merged/merge.json'),
    ]);
    expect(existsSync(join(FOLDER, '../file-issues.mjs'))).toBe(true);
  });
});

describe('a script', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'syncstorm-steps-'));
    mkdirSync(join(folder, 'bin'));
    for (const name of ['npx', 'node-as-script']) {
      writeFileSync(
        join(folder, 'bin', name),
        '#!/bin/sh\nprintf "%s\\n" "$*" >> calls.txt\necho "::error::as a run says it"\nexit "$FAKE_EXIT"\n',
      );
      chmodSync(join(folder, 'bin', name), 0o755);
    }
  });
  afterEach(() => rmSync(folder, {recursive: true, force: true}));

  interface Ended {
    readonly code: number | null;
    readonly lines: readonly string[];
    readonly calls: string;
  }

  function runStep(text: string, exit: number, env: Readonly<Record<string, string>> = {}): Ended {
    const {status, stdout} = spawnSync('bash', ['-e', '-c', text], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
        FAKE_EXIT: String(exit),
        GITHUB_STEP_SUMMARY: join(folder, 'step-summary.md'),
        ...env,
      },
    });
    const calls = join(folder, 'calls.txt');
    return {
      code: status,
      lines: stdout.trimEnd().split('\n'),
      calls: existsSync(calls) ? readFileSync(calls, 'utf8') : '',
    };
  }

  /** The first line of a step's output stops commands, the last one starts them again with a word nobody can guess. */
  function tokenOf({lines}: Ended): string {
    const token = lines[0]?.slice('::stop-commands::'.length) ?? '';
    expect(lines[0]).toBe(`::stop-commands::${token}`);
    expect(lines.at(-1)).toBe(`::${token}::`);
    expect(token.length).toBeGreaterThan(30);
    return token;
  }

  test.each([
    [0, 0],
    [1, 0],
    [2, 2],
    [20, 20],
    [21, 21],
    [70, 70],
  ])('of a shard: fuzz ends with %d, the step with %d', (exit, code) => {
    const env = {SHARD: '3', GITHUB_SHA: '4d1c2aa0b3f7e5d6c8a9017263544f3e2d1c0b9a'};
    const ended = runStep(script(nightly, 'shard', 'Fuzz'), exit, env);
    expect(ended.code).toBe(code);
    expect(ended.calls).toBe(
      'syncstorm fuzz --shard 3/8 --seed-base 4d1c2aa0b3f7e5d6c8a9017263544f3e2d1c0b9a --for 20m --out shard\n',
    );
    tokenOf(ended);
  });

  test('stops commands with another word each time', () => {
    const step = script(nightly, 'shard', 'Fuzz');
    expect(tokenOf(runStep(step, 0))).not.toBe(tokenOf(runStep(step, 0)));
  });

  test('of the merge gives it the folders that hold a campaign, and the page to GitHub', () => {
    for (const name of ['shard-1', 'shard-2', 'shard 8']) {
      mkdirSync(join(folder, 'shards', name), {recursive: true});
      if (name !== 'shard-2') writeFileSync(join(folder, 'shards', name, 'campaign.json'), '{}');
    }
    writeFileSync(
      join(folder, 'bin/npx'),
      '#!/bin/sh\nprintf "<%s>" "$@" > calls.txt\necho page > merged/summary.md\necho "{}"\nexit "$FAKE_EXIT"\n',
    );
    const ended = runStep(script(nightly, 'merge', 'Merge'), 1);
    expect(ended.code).toBe(1);
    expect(ended.calls).toBe(
      '<syncstorm><merge><shards/shard 8><shards/shard-1><--out><merged><--require-all><--require-goals>' +
        '<--junit><merged/junit.xml><--markdown><merged/summary.md><--json>',
    );
    tokenOf(ended);
    expect(readFileSync(join(folder, 'merged/merge.json'), 'utf8')).toBe('{}\n');
    expect(readFileSync(join(folder, 'step-summary.md'), 'utf8')).toBe('page\n');
  });

  test('of the merge is red if no shard left anything', () => {
    expect(runStep(script(nightly, 'merge', 'Merge'), 2)).toMatchObject({code: 2});
    expect(readFileSync(join(folder, 'calls.txt'), 'utf8')).toMatch(/^syncstorm merge --out merged /);
  });

  test.each([0, 1, 2])('of the issues ends as the script does: %d', exit => {
    const step = script(nightly, 'issues', 'File issues').replace('node .github/', 'node-as-script .github/');
    const ended = runStep(step, exit);
    expect(ended.code).toBe(exit);
    expect(ended.calls).toBe('.github/file-issues.mjs merged/merge.json\n');
    tokenOf(ended);
  });
});
