/** The file under the migration: whatever cuts a save short, the file is the old one or the new one. */
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {replaceFile, SqliteFile} from '../../src/migrate/sqlite-file.ts';
import {loadSqlite, Sqlite} from '../../src/sim/sqlite.ts';

await loadSqlite();

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vfs-migrate-file-'));
});
afterEach(() => rmSync(folder, {recursive: true}));

function database(): string {
  const path = join(folder, 'a.db');
  const sqlite = Sqlite.create(['CREATE TABLE t (n INTEGER)', 'INSERT INTO t VALUES (1)'], false);
  writeFileSync(path, sqlite.export());
  sqlite.close();
  return path;
}

test('what is committed reaches the file with save, and not before', async () => {
  const path = database();
  const old = readFileSync(path);
  const file = await SqliteFile.open(path);
  await file.database.transaction(sql => sql.run('UPDATE t SET n = 2'));
  expect(readFileSync(path).equals(old)).toBe(true);
  file.save();
  file.close();
  const again = await SqliteFile.open(path);
  expect(await again.database.get('SELECT n FROM t')).toEqual({n: 2});
  again.close();
  expect(readdirSync(folder)).toEqual(['a.db']);
});

test('a transaction that rejects leaves nothing', async () => {
  const file = await SqliteFile.open(database());
  const failing = file.database.transaction(async sql => {
    await sql.run('DROP TABLE t');
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
  expect(await file.database.all('SELECT n FROM t ORDER BY n')).toEqual([{n: 1}]);
  file.close();
});

test('a file that somebody else wrote meanwhile is left to them', async () => {
  const path = database();
  const file = await SqliteFile.open(path);
  await file.database.run('UPDATE t SET n = 2');
  const other = await SqliteFile.open(path);
  await other.database.run('UPDATE t SET n = 3');
  other.save();
  other.close();
  const theirs = readFileSync(path);
  expect(() => file.save()).toThrow('was changed by somebody else meanwhile');
  expect(readFileSync(path).equals(theirs)).toBe(true);
  file.close();
});

test('a replacement that cannot be finished leaves no trace', () => {
  // the new file can be written beside this, and cannot take its place
  const path = join(folder, 'occupied');
  mkdirSync(join(path, 'inside'), {recursive: true});
  expect(() => replaceFile(path, new Uint8Array([1]))).toThrow('it is as it was');
  expect(readdirSync(folder)).toEqual(['occupied']);
  expect(() => replaceFile(join(folder, 'none', 'a.db'), new Uint8Array([1]))).toThrow('cannot write');
});
