#!/usr/bin/env node
/**
 * Files one issue for each new signature of a merged campaign: `node .github/file-issues.mjs merge.json`, with what
 * `syncstorm merge --json` printed. Stands alone, so that the job that may write issues installs and runs nothing else.
 * An open or closed issue with the same signature gets a comment at most. `gh` does the talking (GH_TOKEN, GH_REPO);
 * RUN_URL and COMMIT say where the record comes from, MOST_NEW how many issues it may file. Exit codes: 0 done, 1 `gh` failed, 2 the record cannot be read.
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {argv, env, exit, stderr, stdout} from 'node:process';

const LABEL = 'syncstorm';
/** New issues a run; the rest waits for the next one, so that a bad night does not bury everybody. */
const MOST_NEW = Number(env.MOST_NEW ?? 20);
const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
const LONGEST_TITLE = 200;
const LONGEST_TEXT = 2_000;
const LONGEST_SEARCH = 120;

/** What went wrong, and the exit code that says so. */
class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The findings of the record, one a signature: the same bug in several campaigns is one finding. */
function readFindings(path) {
  let record;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Refusal(2, `${path}: cannot be read as JSON`);
  }
  if (record?.schema !== 'syncstorm/1' || !Array.isArray(record.findings)) {
    throw new Refusal(2, `${path}: not the record of a campaign`);
  }
  const bySignature = new Map();
  for (const finding of record.findings) {
    const known = bySignature.get(checked(finding, path).signature);
    if (known === undefined) bySignature.set(finding.signature, {...finding});
    else known.count += finding.count;
  }
  return [...bySignature.values()];
}

function checked(finding, path) {
  const texts = ['signature', 'claim', 'sentence', 'message', 'seed', 'system'];
  const fits =
    texts.every(key => typeof finding?.[key] === 'string') &&
    ['count', 'steps'].every(key => Number.isSafeInteger(finding[key])) &&
    ['command', 'bundle'].every(key => finding[key] === null || typeof finding[key] === 'string');
  if (!fits || finding.signature === '') throw new Refusal(2, `${path}: a finding does not fit`);
  return finding;
}

// What came out of a run is shown as code, with control characters written out: no mark-up or mention of it is live.

const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const printable = text =>
  text.replace(UNSAFE, unit => {
    const code = unit.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });

const clipped = (text, longest) =>
  text.length <= longest ? text : `${printable(text.slice(0, longest - 1))}…`;

const longestRun = text => Math.max(0, ...(text.match(/`+/g) ?? []).map(({length}) => length));

function code(text) {
  const shown = clipped(printable(text), LONGEST_TEXT);
  if (shown === '') return '(nothing)';
  const fence = '`'.repeat(longestRun(shown) + 1);
  const gap = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return fence + gap + shown + gap + fence;
}

function block(text) {
  const shown = printable(text);
  const fence = '`'.repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}sh\n${shown}\n${fence}`;
}

const hashOf = text => createHash('sha256').update(text).digest('hex');

/** The signature is in the title; one that a title cannot hold is told apart from others by digits of its hash. */
function titleOf({signature}) {
  const title = `${LABEL}: ${signature}`;
  const shown = clipped(printable(title), LONGEST_TITLE);
  return shown === title ? title : `${shown} [${hashOf(signature).slice(0, 8)}]`;
}

/** Stands in the body of an issue, where nobody sees or changes it. */
const markerOf = ({signature}) => `<!-- syncstorm-signature: ${hashOf(signature)} -->`;
const SEEN = '<!-- syncstorm-seen -->';

const grouped = value => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
const seeds = count => `${grouped(count)} failing ${count === 1 ? 'seed' : 'seeds'}`;

const whence = () =>
  [env.COMMIT ? `commit ${env.COMMIT}` : '', env.RUN_URL ?? ''].filter(part => part !== '').join(', ');

const issueBody = finding =>
  [
    markerOf(finding),
    `${code(finding.claim)}: ${code(finding.sentence)}`,
    '',
    `- seen: ${code(finding.message)}`,
    `- signature: ${code(finding.signature)}, system ${code(finding.system)}`,
    `- ${seeds(finding.count)}, the first of them ${code(finding.seed)}; the smallest plan has ${grouped(finding.steps)} steps`,
    ...(finding.bundle === null ? [] : [`- stored in the run's artifact: ${code(finding.bundle)}`]),
    `- found by: ${whence()}`,
    ...(finding.command === null ? [] : ['', 'To see it again:', '', block(finding.command)]),
  ].join('\n');

const commentBody = finding =>
  [
    SEEN,
    `Seen again: ${seeds(finding.count)}, the first of them ${code(finding.seed)}; ${whence()}`,
    ...(finding.command === null ? [] : ['', block(finding.command)]),
  ].join('\n');

function gh(args, input = '') {
  const {
    status,
    stdout: said,
    stderr: complained,
    error,
  } = spawnSync('gh', args, {
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1_024 * 1_024,
  });
  if (error === undefined && status === 0) return said;
  const reason = error === undefined ? complained.trim() : error.message;
  throw new Refusal(1, `gh ${args.slice(0, 2).join(' ')} failed: ${printable(reason)}`);
}

const FIELDS = 'number,title,body,state,createdAt,closedAt';
const list = (...args) => JSON.parse(gh(['issue', 'list', '--state', 'all', '--json', FIELDS, ...args]));

/** Whether an issue is about a finding: by its title, or, should somebody have given it a better one, by its marker. */
const isAbout = finding => issue =>
  issue.title === titleOf(finding) || (issue.body ?? '').includes(markerOf(finding));

/** Looks for an issue whose label was taken off. Searching goes by words, and not by many: what comes back is checked. */
function unlabelled(finding) {
  const words = titleOf(finding).match(/[a-zA-Z0-9]+/g) ?? [];
  while (words.join(' ').length > LONGEST_SEARCH) words.pop();
  return list('--limit', '100', '--search', `"${words.join(' ')}" in:title`).find(isAbout(finding));
}

/** An open issue gets a comment a week; a closed one gets one, so that whoever closed it knows. */
function isWorthComment({number, state, createdAt, closedAt}, now) {
  const {comments} = JSON.parse(gh(['issue', 'view', String(number), '--json', 'comments']));
  const seen = comments.filter(({body}) => body.includes(SEEN)).map(comment => Date.parse(comment.createdAt));
  if (state !== 'OPEN') return seen.every(at => at < Date.parse(closedAt));
  return [Date.parse(createdAt), ...seen].every(at => now - at >= WEEK_MS);
}

function file(findings) {
  if (findings.length === 0) return say('nothing was found');
  const labelled = list('--label', LABEL, '--limit', '10000');
  const fresh = [];
  for (const finding of findings) {
    const issue = labelled.find(isAbout(finding));
    if (issue === undefined) fresh.push(finding);
    else known(finding, issue);
  }
  if (fresh.length > 0) {
    gh(['label', 'create', LABEL, '--force', '--description', 'Found by a campaign', '--color', 'B60205']);
  }
  for (const finding of fresh.slice(0, MOST_NEW)) {
    const issue = unlabelled(finding);
    if (issue === undefined) open(finding);
    else known(finding, issue);
  }
  for (const {signature} of fresh.slice(MOST_NEW)) say(`left for the next run  ${signature}`);
}

function known(finding, issue) {
  const comment = isWorthComment(issue, Date.now());
  if (comment) gh(['issue', 'comment', String(issue.number), '--body-file', '-'], commentBody(finding));
  say(`known  #${issue.number}${comment ? ', commented' : ''}  ${finding.signature}`);
}

function open(finding) {
  const args = ['issue', 'create', '--title', titleOf(finding), '--label', LABEL, '--body-file', '-'];
  say(`new    ${gh(args, issueBody(finding)).trim()}  ${finding.signature}`);
}

const say = line => stdout.write(`${printable(line)}\n`);

try {
  const [, , path] = argv;
  if (path === undefined) throw new Refusal(2, 'usage: node .github/file-issues.mjs merge.json');
  file(readFindings(path));
} catch (error) {
  stderr.write(`file-issues: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  exit(error instanceof Refusal ? error.code : 1);
}
