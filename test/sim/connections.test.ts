/** Connections that are shared from run to run: nothing of one run is left for the next, and a database behaves as on its own. */
import {fc, test} from '@fast-check/vitest';
import {beforeAll, describe, expect, it} from 'vitest';
import {DiskError, type Host} from '../../src/index.ts';
import {loadSqlite, Sqlite} from '../../src/sim/sqlite.ts';
import {traitsOf} from '../../src/sim/sql-text.ts';
import {play} from './toys/stage.ts';

const SCHEMA = [
  'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, parent INTEGER REFERENCES item (id) ON DELETE CASCADE)',
  'CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)',
  "INSERT INTO log (text) VALUES ('made')",
  "CREATE TRIGGER noted AFTER INSERT ON item BEGIN INSERT INTO log (text) VALUES ('item ' || new.id); END",
];

const STATEMENTS = [
  'INSERT INTO item (id, name) VALUES (?, ?)',
  'INSERT OR IGNORE INTO item (id, name) VALUES (?, ?)',
  'INSERT OR REPLACE INTO item (id, name) VALUES (?, ?)',
  'INSERT OR FAIL INTO item (id, name) SELECT id + ?, ? FROM log',
  'UPDATE item SET parent = ? WHERE name <> ?',
  'DELETE FROM item WHERE id = ? OR name = ?',
  'SELECT * FROM item WHERE id >= ? AND name >= ?',
  'SELECT * FROM log WHERE id >= ? AND text >= ?',
  'INSERT INTO missing VALUES (?, ?)',
] as const;

const ALTERING = [
  'CREATE TABLE extra (id INTEGER PRIMARY KEY)',
  'ALTER TABLE log ADD COLUMN more TEXT',
  'DROP TABLE extra',
] as const;

type Step =
  | {readonly kind: 'statement'; readonly sql: string; readonly id: number; readonly name: string}
  | {readonly kind: 'altering'; readonly sql: string}
  | {readonly kind: 'begin' | 'commit' | 'rollback'}
  | {readonly kind: 'savepoint'; readonly sql: string};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('statement' as const),
        sql: fc.constantFrom(...STATEMENTS),
        id: fc.integer({min: 1, max: 5}),
        name: fc.constantFrom('a', 'b', 'c'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({kind: fc.constant('altering' as const), sql: fc.constantFrom(...ALTERING)}),
    },
    {
      weight: 3,
      arbitrary: fc.record({kind: fc.constantFrom('begin' as const, 'commit' as const, 'rollback' as const)}),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('savepoint' as const),
        sql: fc.constantFrom('SAVEPOINT s', 'ROLLBACK TO s', 'RELEASE s'),
      }),
    },
  ),
  {maxLength: 40},
);

/** What the steps come to, statement by statement; transactions begin and end as the port lets them. */
function carriedOut(database: Sqlite, todo: readonly Step[]): unknown[] {
  const seen: unknown[] = [];
  let open = false;
  const said = (act: () => unknown): void => {
    try {
      seen.push(act());
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      seen.push(`${error.code}: ${error.message}`);
    }
  };
  for (const step of todo) {
    switch (step.kind) {
      case 'begin':
        if (!open) database.begin();
        open = true;
        break;
      case 'commit':
        if (open) database.commit();
        open = false;
        break;
      case 'rollback':
        if (open) database.rollback();
        open = false;
        break;
      case 'savepoint':
        if (open) said(() => database.run(step.sql, []));
        break;
      case 'altering':
        said(() => database.run(step.sql, []));
        break;
      case 'statement': {
        const params = [step.id, step.name];
        said(() =>
          step.sql.startsWith('SELECT') ? database.all(step.sql, params) : database.run(step.sql, params),
        );
      }
    }
  }
  if (open) database.rollback();
  said(() => database.all('SELECT * FROM item ORDER BY id', []));
  said(() => database.all('SELECT * FROM log ORDER BY id', []));
  said(() => database.all('SELECT name, sql FROM sqlite_schema ORDER BY name', []));
  return seen;
}

beforeAll(loadSqlite);

describe('a shared connection', () => {
  test.prop([fc.array(steps, {minLength: 1, maxLength: 4}), fc.boolean()], {numRuns: 150})(
    'does what one of its own does, whatever was done on it before',
    (runs, reverse) => {
      for (const todo of runs) {
        const shared = Sqlite.share(SCHEMA, reverse);
        const own = Sqlite.create(SCHEMA, reverse);
        expect(carriedOut(shared, todo)).toEqual(carriedOut(own, todo));
        shared.close();
        own.close();
      }
    },
  );

  it('exports what is committed, and is not shared any more', () => {
    const database = Sqlite.share(SCHEMA, false);
    database.run("INSERT INTO item (id, name) VALUES (1, 'a')", []);
    const copy = Sqlite.from(database.export());
    database.begin();
    database.run("INSERT INTO item (id, name) VALUES (2, 'b')", []);
    database.rollback();
    database.run("INSERT INTO item (id, name) VALUES (3, 'c')", []);
    expect(copy.all('SELECT id FROM item', [])).toEqual([{id: 1}]);
    expect(database.all('SELECT id FROM item ORDER BY id', [])).toEqual([{id: 1}, {id: 3}]);
    copy.close();
    database.close();
    const next = Sqlite.share(SCHEMA, false);
    expect(next.all('SELECT id FROM item', [])).toEqual([]);
    next.close();
  });

  it.each([
    ['shared', (): Sqlite => Sqlite.share(SCHEMA, false)],
    ['of its own', (): Sqlite => Sqlite.create(SCHEMA, false)],
  ])('names the columns that there are, also once an alteration was taken back: %s', (_, open) => {
    const database = open();
    const columns = (): string[] => Object.keys(database.get('SELECT * FROM log', []) ?? {});
    expect(columns()).toEqual(['id', 'text']);
    database.begin();
    database.run('ALTER TABLE log ADD COLUMN more TEXT', []);
    expect(columns()).toEqual(['id', 'text', 'more']);
    database.run('SAVEPOINT s', []);
    database.run('ALTER TABLE log ADD COLUMN most TEXT', []);
    expect(columns()).toEqual(['id', 'text', 'more', 'most']);
    database.run('ROLLBACK TO s', []);
    expect(columns()).toEqual(['id', 'text', 'more']);
    database.run('RELEASE s', []);
    database.rollback();
    expect(columns()).toEqual(['id', 'text']);
    database.close();
  });

  it('may hold two databases of one schema at a time', () => {
    const [first, second] = [Sqlite.share(SCHEMA, false), Sqlite.share(SCHEMA, false)];
    first.run("INSERT INTO item (id, name) VALUES (1, 'a')", []);
    expect(second.all('SELECT id FROM item', [])).toEqual([]);
    first.close();
    second.close();
  });
});

describe('what belongs to a connection', () => {
  it.each([
    ['SELECT total_changes()', true],
    ['SELECT last_insert_rowid () AS id', true],
    ['SELECT changes()', true],
    ['PRAGMA user_version', true],
    ['/* so */ pragma foreign_keys = off', true],
    ['INSERT OR ROLLBACK INTO item (id) VALUES (1)', true],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK)', true],
    ['CREATE TABLE t (id REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)', true],
    ["CREATE TRIGGER t BEFORE DELETE ON item BEGIN SELECT RAISE(ROLLBACK, 'no'); END", true],
    ['ANALYZE', true],
    ['VACUUM', true],
    ["ATTACH 'other' AS other", true],
    ["SELECT name FROM pragma_table_info('item')", false],
    ['ROLLBACK TO s', false],
    ["SELECT 'changes()' AS text", false],
    ['SELECT changes FROM item', false],
    ["CREATE TRIGGER t BEFORE DELETE ON item BEGIN SELECT RAISE(ABORT, 'no'); END", false],
  ])('is told by the text: %s', (sql, personal) => {
    expect(traitsOf(sql).personal).toBe(personal);
  });

  /** What a node is told by its statements, in a run of its own schema. */
  async function told(table: string, statements: readonly string[]): Promise<readonly string[]> {
    const node = async (host: Host, say: (text: string) => void): Promise<void> => {
      const database = await host.disk.open('db', [`CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`]);
      for (const sql of statements) {
        try {
          say(JSON.stringify(await database.all(sql)));
        } catch (error) {
          say(String(error));
        }
      }
    };
    const {said, outcome} = await play({nodes: {node}});
    expect(outcome.violation).toBe(null);
    return said.map(line => line.split(' ').slice(2).join(' '));
  }

  it.each([
    ['total', 'SELECT total_changes() AS n', ['[{"n":0}]', '[]', '[{"n":1}]']],
    ['last', 'SELECT last_insert_rowid() AS n', ['[{"n":0}]', '[]', '[{"n":7}]']],
    ['changed', 'SELECT changes() AS n', ['[{"n":0}]', '[]', '[{"n":1}]']],
  ])('is as on a connection of its own in every run: %s', async (table, ask, expected) => {
    const plain = [`INSERT INTO ${table} VALUES (7)`, `SELECT id FROM ${table}`];
    await told(table, plain);
    const asking = [ask, `INSERT INTO ${table} VALUES (7)`, ask];
    for (let run = 0; run < 3; run += 1) expect(await told(table, asking)).toEqual(expected);
    expect(await told(table, plain)).toEqual(['[]', '[{"id":7}]']);
  });

  it('does not outlive its run', async () => {
    const setting = ['PRAGMA foreign_keys = OFF', 'PRAGMA user_version = 5', 'PRAGMA user_version'];
    for (let run = 0; run < 3; run += 1) {
      expect(await told('setting', ['PRAGMA user_version', 'PRAGMA foreign_keys', ...setting])).toEqual([
        '[{"user_version":0}]',
        '[{"foreign_keys":1}]',
        '[]',
        '[]',
        '[{"user_version":5}]',
      ]);
    }
  });
});
