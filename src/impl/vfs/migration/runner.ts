/**
 * The migration runner: one step at a time, in order, each in one transaction with its version record, so that
 * a step is done and recorded or was never begun (spec 6, D42).
 */
import type {Database, Sql} from '../../../host.ts';
import {chain, LATEST_VERSION} from './chain.ts';
import type {Dialect} from './dialect.ts';
import {baselineSchema, BASELINE_VERSION} from './legacy-schema.ts';
import type {Step} from './step.ts';

export type RefusalCode = 'guard' | 'order' | 'future' | 'unversioned' | 'gap';

/** Why a step did not run. Nothing was changed. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  /** The step that was asked for, or that was next. */
  readonly version: number;
  readonly message: string;
}

export type StepResult =
  | {readonly kind: 'applied'; readonly version: number}
  /** The version was recorded before: nothing to do. */
  | {readonly kind: 'already'; readonly version: number}
  | Refusal;

export interface Migrator {
  readonly database: Database;
  readonly dialect: Dialect;
  /** For the version record, ms since 1970. */
  readonly now: () => number;
}

/** Carries a refusal out of the transaction that it undoes. */
class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

const VERSIONS = `SELECT version FROM schema_migrations ORDER BY version`;
const RECORD = `INSERT INTO schema_migrations (version, applied_at) VALUES (?, ?)`;

/**
 * Runs step `version`: 24 to 27. Refuses what is out of order; rejects with `DiskError` if the disk does. In
 * either case the database is as it was, and the step can be run again.
 */
export async function runStep(migrator: Migrator, version: number): Promise<StepResult> {
  const {database, dialect, now} = migrator;
  try {
    return await database.transaction(async sql => {
      const present = await readVersion(sql, dialect, version);
      if (version <= present) return {kind: 'already', version};
      const step = chain(dialect).find(one => one.version === version);
      if (step === undefined || version > present + 1)
        refuse('order', version, orderMessage(version, present));
      await perform(sql, dialect, step);
      await sql.run(dialect.bind(RECORD), [version, now()]);
      return {kind: 'applied', version};
    });
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/**
 * Runs all steps that are not recorded yet, in order, and stops at the first refusal, which is the last result.
 * An empty database is first given the tables that the chain starts from.
 */
export async function runAll(migrator: Migrator): Promise<readonly StepResult[]> {
  await createIfEmpty(migrator);
  const results: StepResult[] = [];
  for (const {version} of chain(migrator.dialect)) {
    const result = await runStep(migrator, version);
    results.push(result);
    if (result.kind === 'refused') break;
  }
  return results;
}

/**
 * The recorded version. Refuses a database without the record, with a version that this release does not know,
 * or with one missing in the midst of the chain.
 */
async function readVersion(sql: Sql, dialect: Dialect, asked: number): Promise<number> {
  if (!(await tableExists(sql, dialect, 'schema_migrations'))) {
    refuse('unversioned', asked, 'schema_migrations is missing: this database is not one of the chain');
  }
  const versions = (await sql.all(VERSIONS)).map(row => Number(row['version']));
  const present = versions.at(-1) ?? 0;
  if (present > LATEST_VERSION) {
    const message = `schema version ${present} is newer than ${LATEST_VERSION}, the newest that this release knows`;
    refuse('future', asked, message);
  }
  for (let expected = BASELINE_VERSION + 1; expected <= present; expected += 1) {
    if (!versions.includes(expected))
      refuse('gap', asked, `schema version ${present} is recorded, and v0${expected} before it is not`);
  }
  return present;
}

/** Whether a table of this plain name is there. */
export async function tableExists(sql: Sql, dialect: Dialect, table: string): Promise<boolean> {
  const row = await sql.get(dialect.tableExists(table));
  return Number(row?.['n']) !== 0;
}

async function perform(sql: Sql, dialect: Dialect, step: Step): Promise<void> {
  const present = new Set<string>();
  const named = new Set([...step.locks, ...step.stages.flatMap(({needs}) => needs)]);
  for (const table of named) if (await tableExists(sql, dialect, table)) present.add(table);
  const locked = step.locks.filter(table => present.has(table));
  const lock = locked.length === 0 ? null : dialect.lock(locked);
  if (lock !== null) await sql.run(lock);
  for (const stage of step.stages) {
    if (!stage.needs.every(table => present.has(table))) continue;
    if (stage.kind === 'change') await sql.run(stage.sql);
    else if (Number((await sql.get(stage.sql))?.['n']) !== 0) refuse('guard', step.version, stage.message);
  }
}

/** Makes the tables of the baseline in a database that has none of them. */
async function createIfEmpty({database, dialect}: Migrator): Promise<void> {
  await database.transaction(async sql => {
    const known = ['schema_migrations', 'vfs_registry', 'vfs_access', 'vfs_blob_objects'];
    for (const table of known) if (await tableExists(sql, dialect, table)) return;
    for (const statement of baselineSchema({checked: true})) await sql.run(dialect.ddl(statement));
  });
}

function orderMessage(version: number, present: number): string {
  const next = present + 1;
  if (version > LATEST_VERSION || version <= BASELINE_VERSION)
    return `v0${version} is not a step of the chain`;
  return present < BASELINE_VERSION
    ? `v0${version} refused: schema version is ${present}, and the chain starts from ${BASELINE_VERSION}`
    : `v0${version} refused: v0${next} has not run; the order is v024 -> v025 -> v026 -> v027`;
}

function refuse(code: RefusalCode, version: number, message: string): never {
  throw new Refused({kind: 'refused', code, version, message});
}
