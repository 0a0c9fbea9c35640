/** Filing issues: one for each bug, whatever the number of its seeds and nights, and nothing of a run is live in them. */
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {FakeGh} from './fake-gh.ts';

const SCRIPT = join(import.meta.dirname, '../../.github/file-issues.mjs');
const SIGNATURE = 'VFS-3/pull/skipped/client';
const DAY_MS = 86_400_000;

let gh: FakeGh;
beforeEach(() => (gh = new FakeGh()));
afterEach(() => gh.remove());

const aFinding = (change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  signature: SIGNATURE,
  claim: 'VFS-3',
  count: 1_000,
  seed: '0x9f3ac1d204e71b55',
  steps: 5,
  bundle: 'merged/failures/VFS-3_pull_skipped_client/plan.json',
  system: 'vfs',
  sentence: 'a client whose cursor is past an item has applied it',
  message: 'c2 is past an item that it has not applied',
  command: 'npx syncstorm run vfs --seed 0x9f3ac1d204e71b55',
  ...change,
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One night: the findings of a merged campaign are filed. */
function night(...findings: readonly Record<string, unknown>[]): Ended {
  return fileRecord(JSON.stringify({schema: 'syncstorm/1', verb: 'merge', findings}));
}

function fileRecord(text: string): Ended {
  const record = join(gh.folder, 'merge.json');
  writeFileSync(record, text);
  const {status, stdout, stderr} = spawnSync(process.execPath, [SCRIPT, record], {
    encoding: 'utf8',
    env: {PATH: gh.path, MOST_NEW: '4', RUN_URL: 'https://github.test/o/r/actions/runs/7', COMMIT: '4d1c2aa'},
  });
  return {code: status, out: stdout, err: stderr};
}

const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

describe('a new signature', () => {
  test('is one issue, however many seeds have it, in however many campaigns', () => {
    const {code, out, err} = night(aFinding(), aFinding({system: 'vfs', count: 234}));
    expect({code, out, err}).toEqual({
      code: 0,
      out: `new    https://github.test/o/r/issues/1  ${SIGNATURE}\n`,
      err: '',
    });
    const {issues, labels} = gh.repository;
    expect(issues).toHaveLength(1);
    expect(labels).toEqual(['syncstorm']);
    expect(issues[0]).toMatchObject({title: `syncstorm: ${SIGNATURE}`, labels: ['syncstorm']});
    expect(issues[0]?.body.split('\n').slice(1)).toEqual([
      '`VFS-3`: `a client whose cursor is past an item has applied it`',
      '',
      '- seen: `c2 is past an item that it has not applied`',
      `- signature: \`${SIGNATURE}\`, system \`vfs\``,
      '- 1,234 failing seeds, the first of them `0x9f3ac1d204e71b55`; the smallest plan has 5 steps',
      "- stored in the run's artifact: `merged/failures/VFS-3_pull_skipped_client/plan.json`",
      '- found by: commit 4d1c2aa, https://github.test/o/r/actions/runs/7',
      '',
      'To see it again:',
      '',
      '```sh',
      'npx syncstorm run vfs --seed 0x9f3ac1d204e71b55',
      '```',
    ]);
  });

  test('is an issue each', () => {
    night(aFinding(), aFinding({signature: 'VFS-4/-/lost/server', bundle: null, command: null}));
    const {issues} = gh.repository;
    expect(issues.map(({title}) => title)).toEqual([
      `syncstorm: ${SIGNATURE}`,
      'syncstorm: VFS-4/-/lost/server',
    ]);
    expect(issues[1]?.body).not.toContain('null');
  });

  test('is left for another night if there are too many of them', () => {
    const findings = Array.from({length: 5}, (_, index) => aFinding({signature: `VFS-${index}/-/lost/-`}));
    expect(night(...findings).out).toMatch(/\nleft for the next run {2}VFS-4\/-\/lost\/-\n$/);
    expect(gh.repository.issues).toHaveLength(4);
    expect(night(findings[3] ?? {}, findings[4] ?? {}).out).toMatch(/^known {2}#4 .*\nnew .*\n$/);
    expect(gh.repository.issues).toHaveLength(5);
  });

  test('that a title cannot hold is still told apart from others', () => {
    const long = 'x'.repeat(400);
    night(
      aFinding({signature: `${long}/1`}),
      aFinding({signature: `${long}/2`}),
      aFinding({signature: 'a/\u001bb\n/c'}),
    );
    night(aFinding({signature: `${long}/1`}), aFinding({signature: 'a/\u001bb\n/c'}));
    const titles = gh.repository.issues.map(({title}) => title);
    expect(titles).toHaveLength(3);
    expect(titles[2]).toMatch(/^syncstorm: a\/\\x1bb\\x0a\/c \[[0-9a-f]{8}\]$/);
    for (const title of titles) expect(title.length).toBeLessThan(220);
  });
});

describe('a signature that is known', () => {
  const comments = (): number => gh.repository.issues[0]?.comments.length ?? -1;

  beforeEach(() => {
    night(aFinding());
  });

  test('is never a second issue, and is not talked about for a week', () => {
    expect(night(aFinding()).out).toBe(`known  #1  ${SIGNATURE}\n`);
    expect(comments()).toBe(0);
    gh.edit(1, {createdAt: ago(8)});
    expect(night(aFinding()).out).toBe(`known  #1, commented  ${SIGNATURE}\n`);
    expect(comments()).toBe(1);
    night(aFinding());
    expect(comments()).toBe(1);
    expect(gh.repository.issues).toHaveLength(1);
    expect(gh.repository.issues[0]?.comments[0]?.body).toBe(
      '<!-- syncstorm-seen -->\n' +
        'Seen again: 1,000 failing seeds, the first of them `0x9f3ac1d204e71b55`;' +
        ' commit 4d1c2aa, https://github.test/o/r/actions/runs/7\n\n' +
        '```sh\nnpx syncstorm run vfs --seed 0x9f3ac1d204e71b55\n```',
    );
  });

  test('gets another comment in another week, what people say not counted', () => {
    const old = {body: '<!-- syncstorm-seen -->\nSeen again', createdAt: ago(9)};
    gh.edit(1, {createdAt: ago(20), comments: [old, {body: 'I am on it', createdAt: ago(1)}]});
    night(aFinding());
    expect(comments()).toBe(3);
  });

  test('gets one comment after its issue was closed, so that whoever closed it knows', () => {
    gh.edit(1, {state: 'CLOSED', closedAt: new Date(Date.now() - 1_000).toISOString()});
    expect(night(aFinding()).out).toContain('known  #1, commented');
    expect(night(aFinding()).out).toBe(`known  #1  ${SIGNATURE}\n`);
    expect(gh.repository.issues).toHaveLength(1);
    expect(gh.repository.issues[0]?.state).toBe('CLOSED');
    expect(comments()).toBe(1);
  });

  test('is found under another title, and without its label', () => {
    gh.edit(1, {title: 'Pull skips an item'});
    expect(night(aFinding()).out).toContain('known  #1');
    gh.edit(1, {title: `syncstorm: ${SIGNATURE}`, labels: []});
    expect(night(aFinding()).out).toContain('known  #1');
    gh.edit(1, {body: 'somebody rewrote it', labels: ['syncstorm']});
    expect(night(aFinding()).out).toContain('known  #1');
    expect(gh.repository.issues).toHaveLength(1);
  });

  test('is not mixed up with one whose title only begins like it', () => {
    night(aFinding({signature: 'VFS-3/pull/skipped/-'}));
    expect(gh.repository.issues).toHaveLength(2);
    gh.edit(1, {labels: []});
    night(aFinding({signature: 'VFS-3/pull/skipped'}));
    expect(gh.repository.issues).toHaveLength(3);
  });
});

test('whatever a run says stands as code', () => {
  const texts = [
    '@octocat',
    'fixes #1',
    '<img src=x onerror=alert(1)>',
    '```\n# x',
    '[a](http://b.c)',
    '-->',
  ];
  const keys = ['claim', 'sentence', 'message', 'seed', 'system', 'bundle', 'command'];
  const findings = texts.map(text => {
    const all = Object.fromEntries(keys.map(key => [key, text]));
    return aFinding({...all, signature: `${text}/a/b/c`});
  });
  night(...findings.slice(0, 3));
  night(...findings.slice(3));
  gh.repository.issues.forEach(({body}, index) => {
    // without code: fenced blocks first, then spans, each closed by as many backticks as opened it
    const rest = body
      .replace(/^(`{3,})sh\n[^\n]*\n\1$/m, 'BLOCK')
      .replace(/(?<!`)(`+)(?!`)(?:.*?[^`])??\1(?!`)/g, 'CODE');
    expect(rest.split('\n').slice(1).join('\n'), texts[index]).toBe(
      'CODE: CODE\n\n- seen: CODE\n- signature: CODE, system CODE\n' +
        '- 1,000 failing seeds, the first of them CODE; the smallest plan has 5 steps\n' +
        "- stored in the run's artifact: CODE\n" +
        '- found by: commit 4d1c2aa, https://github.test/o/r/actions/runs/7\n\nTo see it again:\n\nBLOCK',
    );
  });
  expect(gh.repository.issues).toHaveLength(texts.length);
});

test('nothing found, nothing asked', () => {
  expect(night()).toEqual({code: 0, out: 'nothing was found\n', err: ''});
  expect(gh.repository.calls).toEqual([]);
});

describe('what goes wrong', () => {
  test.each([
    ['no JSON', 'not json'],
    ['something else', '{"schema": "syncstorm/1", "verb": "list"}'],
    ['another schema', '{"schema": "syncstorm/2", "findings": []}'],
    ['a finding without a text', JSON.stringify({schema: 'syncstorm/1', findings: [aFinding({seed: 7})]})],
    ['a count that is none', JSON.stringify({schema: 'syncstorm/1', findings: [aFinding({count: '1'})]})],
    ['no signature', JSON.stringify({schema: 'syncstorm/1', findings: [aFinding({signature: ''})]})],
    ['null', JSON.stringify({schema: 'syncstorm/1', findings: [null]})],
  ])('in the record is exit code 2, and nothing is filed: %s', (_, text) => {
    const {code, err} = fileRecord(text);
    expect(code).toBe(2);
    expect(err).toMatch(/^file-issues: .*merge\.json: /);
    expect(gh.repository.calls).toEqual([]);
  });

  test('at GitHub is exit code 1, and the next run goes on from there', () => {
    const failing = 'issue create';
    gh.set({failing});
    const {code, err} = night(aFinding());
    expect({code, err}).toEqual({code: 1, err: `file-issues: gh ${failing} failed: HTTP 502: Bad Gateway\n`});
    gh.set({failing: null});
    expect(night(aFinding()).code).toBe(0);
    expect(gh.repository.issues).toHaveLength(1);
  });
});
