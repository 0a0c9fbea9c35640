/** The snapshot that a rollback restores: every table, row and index comes back, or nothing changes. */
import {expect, test} from 'vitest';
import {SQLITE} from '../../../../src/impl/vfs/migration/dialect.ts';
import {runAll, tableExists} from '../../../../src/impl/vfs/migration/runner.ts';
import {restoreSnapshot, takeSnapshot, type Snapshot} from '../../../../src/impl/vfs/migration/snapshot.ts';
import {dump, legacyDatabase} from './past.ts';

const SHAPE = `SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name`;

test('brings back what the chain dropped and takes away what came since', async () => {
  const {database, migrator} = await legacyDatabase();
  const everything = async (): Promise<unknown> => ({
    rows: await dump(database, table => tableExists(database, SQLITE, table)),
    shape: await database.all(SHAPE),
    feed: await database.all('SELECT * FROM vfs_feed_state ORDER BY id'),
  });
  const before = await everything();
  const taken = await database.transaction(takeSnapshot);
  const stored = JSON.parse(JSON.stringify(taken)) as Snapshot;
  await runAll(migrator);
  await database.run('ALTER TABLE vfs_crdt_ops ADD COLUMN client_occurred_at TEXT');
  await database.run(`INSERT INTO vfs_registry VALUES ('late', 'folder', 'u1', 1)`);
  await database.run('CREATE TABLE stray (n INTEGER)');
  await database.transaction(sql => restoreSnapshot(sql, stored));
  expect(await everything()).toEqual(before);
  expect((await runAll(migrator)).map(({kind}) => kind)).toEqual(Array(4).fill('applied'));
});

test('that fails half-way leaves every row and definition', async () => {
  const {database, migrator, disk} = await legacyDatabase();
  const taken = await database.transaction(takeSnapshot);
  await runAll(migrator);
  // not to the byte: pages that were free before may hold what was written into them meanwhile
  const migrated = JSON.stringify(await database.transaction(takeSnapshot));
  for (const last of [3, 12, 20, 28]) {
    let statements = 0;
    disk.hook = () => {
      if ((statements += 1) === last) throw new Error('the disk failed');
    };
    await expect(database.transaction(sql => restoreSnapshot(sql, taken))).rejects.toThrow('the disk failed');
    disk.hook = () => undefined;
    expect(JSON.stringify(await database.transaction(takeSnapshot)), String(last)).toBe(migrated);
  }
});
