/** What each command of `vfs-migrate` does to its file, and what it has to say. */
import {existsSync} from 'node:fs';
import {preflight, verify, type Preflight, type Verification} from '../impl/vfs/migration/checks.ts';
import {SQLITE} from '../impl/vfs/migration/dialect.ts';
import {runStep, type StepResult} from '../impl/vfs/migration/runner.ts';
import type {Invocation} from './arguments.ts';
import {locked} from './lock.ts';
import {FileError, readDatabase, replaceFile, SqliteFile} from './sqlite-file.ts';

/** `ok: false`: a guard refused, or a check found something. */
export interface Told {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly data: object;
}

const FIRST_STEP = 24;
const BEFORE_THE_CHAIN = 23;

/** Carries out one command. Throws {@link FileError}. */
export function carryOut(invocation: Invocation, now: () => number): Promise<Told> {
  const {command, file, snapshot} = invocation;
  switch (command) {
    case 'preflight':
      return look(file, database => before(database, snapshot));
    case 'verify':
      return look(file, after);
    case 'snapshot':
      return locked(file, () => takeSnapshot(file, snapshot ?? ''));
    case 'up':
      return locked(file, () => up(invocation, now));
    case 'rollback':
      return locked(file, () => rollBack(file, snapshot ?? ''));
  }
}

async function look(path: string, see: (file: SqliteFile) => Promise<Told>): Promise<Told> {
  const file = await SqliteFile.open(path);
  try {
    return await see(file);
  } finally {
    file.close();
  }
}

async function before(file: SqliteFile, snapshot: string | null): Promise<Told> {
  const found = await preflight(file.database, SQLITE);
  const problems = [
    ...problemsOf(found),
    ...(snapshot === null ? [] : await snapshotProblems(snapshot, found)),
  ];
  const lines = [
    `schema_version ${found.version ?? 'none'}`,
    ...found.counts.map(({name, rows}) => `${name} ${rows ?? 'no table'}`),
    ...problems.map(problem => `not ready: ${problem}`),
  ];
  return {ok: problems.length === 0, lines, data: {...found, problems}};
}

function problemsOf({version}: Preflight): readonly string[] {
  if (version === null) return ['schema_migrations is missing: this database is not one of the chain'];
  return version >= BEFORE_THE_CHAIN && version <= 27
    ? []
    : [`schema version is ${version}; the chain goes from ${BEFORE_THE_CHAIN} to 27`];
}

/** A snapshot to roll back to is there, can be read, and is of this database before the chain. */
async function snapshotProblems(path: string, {version}: Preflight): Promise<readonly string[]> {
  try {
    const snapshot = await SqliteFile.open(path);
    try {
      const taken = await preflight(snapshot.database, SQLITE);
      if (taken.version === null) return [`snapshot ${path} has no schema_migrations`];
      return version !== null && taken.version > version
        ? [`snapshot ${path} is of version ${taken.version}, newer than the database's ${version}`]
        : [];
    } finally {
      snapshot.close();
    }
  } catch (error) {
    if (error instanceof FileError) return [`snapshot: ${error.message}`];
    throw error;
  }
}

async function takeSnapshot(file: string, snapshot: string): Promise<Told> {
  if (existsSync(snapshot)) throw new FileError(`${snapshot} exists already; a snapshot overwrites nothing`);
  const bytes = readDatabase(file);
  replaceFile(snapshot, bytes);
  return {
    ok: true,
    lines: [`snapshot ${snapshot} ${bytes.length} bytes`],
    data: {snapshot, bytes: bytes.length},
  };
}

async function up({file: path, snapshot, to}: Invocation, now: () => number): Promise<Told> {
  return look(path, async file => {
    const ready = await before(file, snapshot);
    if (!ready.ok) return ready;
    const results: StepResult[] = [];
    for (let version = FIRST_STEP; version <= to; version += 1) {
      const result = await runStep({database: file.database, dialect: SQLITE, now}, version);
      if (result.kind === 'applied') file.save();
      results.push(result);
      if (result.kind === 'refused') break;
    }
    const refused = results.at(-1)?.kind === 'refused';
    return {ok: !refused, lines: results.flatMap(tellStep), data: {steps: results}};
  });
}

function tellStep(result: StepResult): readonly string[] {
  if (result.kind !== 'refused') return [`v0${result.version} ${result.kind}`];
  return [
    `v0${result.version} refused: ${result.message}`,
    'nothing was changed by it; stop the rollout, and roll back to the snapshot',
  ];
}

async function after(file: SqliteFile): Promise<Told> {
  const found = await verify(file.database, SQLITE);
  const lines = [
    `schema_version ${found.version ?? 'none'}`,
    ...found.remaining.map(table => `${table} is still there`),
    ...found.parity.map(({name, rows}) => `${name} ${rows}`),
    ...found.cursors.map(tellCursor),
    found.ok ? 'ok' : 'not ok',
  ];
  return {ok: found.ok, lines, data: found};
}

const tellCursor = (row: Verification['cursors'][number]): string =>
  ['user_id', 'client_id', 'last_reconciled_at', 'last_reconciled_change_id'].reduce(
    (line, column) => `${line} ${String(row[column])}`,
    'cursor',
  );

async function rollBack(file: string, snapshot: string): Promise<Told> {
  return look(snapshot, async copy => {
    const {version} = await preflight(copy.database, SQLITE);
    if (version === null)
      throw new FileError(`${snapshot} has no schema_migrations: it is no snapshot of the chain`);
    replaceFile(file, readDatabase(snapshot));
    const lines = [
      `restored ${file} from ${snapshot}, schema_version ${version}`,
      'start the servers of the old release as restored; then run preflight before a second attempt',
    ];
    return {ok: true, lines, data: {restored: file, from: snapshot, version}};
  });
}
