/** A program called `gh` that keeps the issues of a repository in a file, and can be told to fail. */
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'OPEN' | 'CLOSED';
  readonly labels: readonly string[];
  readonly createdAt: string;
  readonly closedAt: string | null;
  readonly comments: readonly {readonly body: string; readonly createdAt: string}[];
}

export interface Repository {
  readonly issues: readonly Issue[];
  readonly labels: readonly string[];
  /** Every invocation, as its arguments. */
  readonly calls: readonly (readonly string[])[];
  /** The verb that fails, as in `issue create`; null if none does. */
  readonly failing: string | null;
}

const EMPTY: Repository = {issues: [], labels: [], calls: [], failing: null};

const PROGRAM = `#!/usr/bin/env node
const {readFileSync, writeFileSync} = require('node:fs');
const {join} = require('node:path');
const file = join(__dirname, 'repository.json');
const repository = JSON.parse(readFileSync(file, 'utf8'));
const argv = process.argv.slice(2);
repository.calls.push(argv);
const save = () => writeFileSync(file, JSON.stringify(repository));
save();
const verb = argv.slice(0, 2).join(' ');
const flag = name => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
const only = (issue, fields) => Object.fromEntries(fields.split(',').map(field => [field, issue[field]]));
const issue = () => {
  const found = repository.issues.find(({number}) => String(number) === argv[2]);
  if (found === undefined) throw new Error('no such issue');
  return found;
};
const body = () => {
  if (flag('--body-file') !== '-') throw new Error('a body comes on stdin');
  return readFileSync(0, 'utf8');
};
if (repository.failing === verb) {
  process.stderr.write('HTTP 502: Bad Gateway\\n');
  process.exit(1);
}
const words = text => text.toLowerCase().match(/[a-z0-9]+/g) || [];
const acts = {
  'label create': () => void (argv.includes('--force') && repository.labels.push(argv[2])),
  'issue list': () => {
    if (flag('--state') !== 'all') throw new Error('closed issues count too');
    let found = repository.issues;
    if (flag('--label') !== undefined) found = found.filter(({labels}) => labels.includes(flag('--label')));
    const search = flag('--search');
    if (search !== undefined) {
      const phrase = words(/^"(.*)" in:title$/.exec(search)[1]).join(' ');
      found = found.filter(({title}) => words(title).join(' ').includes(phrase));
    }
    return JSON.stringify(found.slice(0, Number(flag('--limit') || 30)).map(each => only(each, flag('--json'))));
  },
  'issue view': () => JSON.stringify(only(issue(), flag('--json'))),
  'issue create': () => {
    const label = flag('--label');
    if (!repository.labels.includes(label)) throw new Error('no such label');
    if (flag('--title').length > 256) throw new Error('the title is too long');
    const number = repository.issues.length + 1;
    repository.issues.push({
      number, title: flag('--title'), body: body(), state: 'OPEN', labels: [label],
      createdAt: new Date().toISOString(), closedAt: null, comments: [],
    });
    return 'https://github.test/o/r/issues/' + number;
  },
  'issue comment': () => void issue().comments.push({body: body(), createdAt: new Date().toISOString()}),
};
const said = acts[verb]();
save();
if (said !== undefined) process.stdout.write(said + '\\n');
`;

export class FakeGh {
  readonly folder = mkdtempSync(join(tmpdir(), 'syncstorm-gh-'));
  /** A PATH on which it comes first. */
  readonly path = `${this.folder}${delimiter}${process.env['PATH'] ?? ''}`;

  constructor() {
    writeFileSync(join(this.folder, 'gh'), PROGRAM);
    writeFileSync(join(this.folder, 'package.json'), '{"type": "commonjs"}');
    chmodSync(join(this.folder, 'gh'), 0o755);
    this.set(EMPTY);
  }

  get repository(): Repository {
    return JSON.parse(readFileSync(join(this.folder, 'repository.json'), 'utf8')) as Repository;
  }

  /** What the repository is from now on. */
  set(change: Partial<Repository>): void {
    const before = 'issues' in change && change === EMPTY ? EMPTY : this.#orEmpty();
    writeFileSync(join(this.folder, 'repository.json'), JSON.stringify({...before, ...change}));
  }

  #orEmpty(): Repository {
    try {
      return this.repository;
    } catch {
      return EMPTY;
    }
  }

  /** Changes an issue as somebody would on its page. */
  edit(number: number, change: Partial<Issue>): void {
    const issues = this.repository.issues.map(issue =>
      issue.number === number ? {...issue, ...change} : issue,
    );
    this.set({issues});
  }

  remove(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}
