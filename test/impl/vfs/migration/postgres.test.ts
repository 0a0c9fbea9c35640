/** The same migration on PostgreSQL (PGlite): the same guards, and table by table the same rows as on SQLite. */
import {PGlite, types, type PGliteInterface, type Transaction} from '@electric-sql/pglite';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {DiskError, type Database, type Sql, type SqlParams, type SqlRow} from '../../../../src/host.ts';
import {POSTGRES, SQLITE} from '../../../../src/impl/vfs/migration/dialect.ts';
import {baselineSchema} from '../../../../src/impl/vfs/migration/legacy-schema.ts';
import {preflight, verify} from '../../../../src/impl/vfs/migration/checks.ts';
import {runAll, runStep, tableExists, type Migrator} from '../../../../src/impl/vfs/migration/runner.ts';
import {GUARDS} from './guards.ts';
import {dump, legacyDatabase, NOW, PAST} from './past.ts';

/** One instance for the whole file: it takes two seconds to start. */
let engine: PGlite;
/** Two seconds on a machine that is idle. */
const START_MS = 240_000;

function portOf(on: Pick<PGliteInterface | Transaction, 'query'>): Sql {
  const query = async (sql: string, params: SqlParams = []): Promise<{rows: SqlRow[]; changes: number}> => {
    try {
      const {rows, affectedRows} = await on.query<SqlRow>(sql, [...params]);
      return {rows, changes: affectedRows ?? 0};
    } catch (error) {
      const failed = new DiskError('sql', 'the statement is not possible');
      failed.cause = error;
      throw failed;
    }
  };
  return {
    get: async (sql, params) => (await query(sql, params)).rows[0],
    all: async (sql, params) => (await query(sql, params)).rows,
    run: async (sql, params) => ({changes: (await query(sql, params)).changes}),
  };
}

const database = (): Database => ({
  ...portOf(engine),
  transaction: body => engine.transaction(tx => body(portOf(tx))),
});
const migrator = (): Migrator => ({database: database(), dialect: POSTGRES, now: () => NOW});
const exists = (table: string): Promise<boolean> => tableExists(database(), POSTGRES, table);

/** JSON columns by their value: engines write spaces differently. */
function readable(tables: Awaited<ReturnType<typeof dump>>): unknown {
  return JSON.parse(
    JSON.stringify(tables, (key, value: unknown) =>
      key === 'visible_children' && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
    ),
  );
}

beforeAll(async () => {
  engine = await PGlite.create({parsers: {[types.INT8]: Number}});
}, START_MS);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
});

async function begin(): Promise<void> {
  for (const statement of baselineSchema({checked: true})) await engine.query(POSTGRES.ddl(statement));
  for (const statement of PAST) await engine.query(statement);
}

describe('on PostgreSQL', () => {
  test('each step leaves the rows that it leaves on SQLite, in every table', async () => {
    await begin();
    const lite = await legacyDatabase();
    for (const version of [24, 25, 26, 27]) {
      expect(await runStep(migrator(), version)).toEqual({kind: 'applied', version});
      await runStep(lite.migrator, version);
      const here = readable(await dump(database(), exists));
      const there = readable(await dump(lite.database, table => tableExists(lite.database, SQLITE, table)));
      expect(here, `v0${version}`).toEqual(there);
    }
  });

  test('each guard refuses in the same words and changes nothing', async () => {
    for (const one of GUARDS) {
      await engine.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
      await begin();
      for (const version of [24, 25, 26, 27].filter(version => version < one.refused)) {
        await runStep(migrator(), version);
      }
      for (const statement of one.spoil) await engine.query(statement);
      const before = await dump(database(), exists);
      expect(await runStep(migrator(), one.refused), one.title).toEqual({
        kind: 'refused',
        code: 'guard',
        version: one.refused,
        message: one.message,
      });
      expect(await dump(database(), exists), one.title).toEqual(before);
      for (const statement of one.mend) await engine.query(statement);
      const rest = await runAll(migrator());
      expect(rest.at(-1), one.title).toEqual({kind: 'applied', version: 27});
    }
  });

  test('an empty database is given the baseline and the chain, and a step out of order is refused', async () => {
    const refused = await runStep(migrator(), 25);
    expect(refused).toMatchObject({code: 'unversioned'});
    expect((await runAll(migrator())).map(({kind}) => kind)).toEqual(Array(4).fill('applied'));
    await engine.query('DELETE FROM schema_migrations WHERE version > 24');
    expect(await runStep(migrator(), 26)).toMatchObject({
      code: 'order',
      message: 'v026 refused: v025 has not run; the order is v024 -> v025 -> v026 -> v027',
    });
  });

  test('the checks of the runbook count what they count on SQLite', async () => {
    await begin();
    const lite = await legacyDatabase();
    const both = async (): Promise<void> => {
      expect(await preflight(database(), POSTGRES)).toEqual(await preflight(lite.database, SQLITE));
      expect(await verify(database(), POSTGRES)).toEqual(await verify(lite.database, SQLITE));
    };
    await both();
    await runAll(migrator());
    await runAll(lite.migrator);
    await both();
    for (const statement of ["INSERT INTO vfs_registry VALUES ('stray', 'blobStage', 'u1', 1)"]) {
      await engine.query(statement);
      await lite.database.run(statement);
    }
    await both();
  });
});
