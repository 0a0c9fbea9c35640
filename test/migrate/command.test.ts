/** `vfs-migrate` as a process, on real SQLite files: what an operator types, reads and gets back. `npm test` builds first. */
import {spawn} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {baselineSchema} from '../../src/impl/vfs/migration/legacy-schema.ts';
import {SERVER_SCHEMA} from '../../src/impl/vfs/server-schema.ts';
import {loadSqlite, Sqlite} from '../../src/sim/sqlite.ts';
import {BUILD} from '../cli/built.ts';
import {PAST} from '../impl/vfs/migration/past.ts';

const MAIN = join(BUILD, 'src/migrate/main.js');

await loadSqlite();

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vfs-migrate-'));
});
afterEach(() => rmSync(folder, {recursive: true}));

function migrate(...argv: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...argv], {cwd: folder, stdio: ['ignore', 'pipe', 'pipe']});
  const said = {out: '', err: ''};
  child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({code, ...said}));
  });
}

/** Writes a database file, made of statements. */
function put(name: string, schema: readonly string[]): void {
  const sqlite = Sqlite.create(schema, false);
  writeFileSync(join(folder, name), sqlite.export());
  sqlite.close();
}

function ask(name: string, sql: string): unknown {
  const sqlite = Sqlite.from(readFileSync(join(folder, name)));
  try {
    return sqlite.all(sql, []);
  } finally {
    sqlite.close();
  }
}

const bytes = (name: string): Buffer => readFileSync(join(folder, name));
const legacy = (...more: string[]): void =>
  put('vfs.db', [...baselineSchema({checked: true}), ...PAST, ...more]);

describe('vfs-migrate, a rollout from beginning to end', () => {
  test('preflight, snapshot, up, verify, rollback', async () => {
    legacy();
    chmodSync(join(folder, 'vfs.db'), 0o640);
    const old = bytes('vfs.db');
    expect(await migrate('preflight', 'vfs.db')).toEqual({
      code: 0,
      err: '',
      out: [
        'schema_version 23',
        'legacy_blob_objects 3',
        'legacy_blob_staging 3',
        'legacy_blob_refs 1',
        'canonical_blob_registry 1',
        'canonical_blob_stage_registry 0',
        'legacy_vfs_access 2',
        'canonical_active_user_acl 2',
        '',
      ].join('\n'),
    });
    const snapshot = await migrate('snapshot', 'vfs.db', '--snapshot', 'vfs.snap');
    expect(snapshot).toMatchObject({code: 0, err: ''});
    expect(bytes('vfs.snap').equals(old)).toBe(true);
    expect(await migrate('up', 'vfs.db', '--snapshot', 'vfs.snap', '--to', '25')).toEqual({
      code: 0,
      err: '',
      out: 'v024 applied\nv025 applied\n',
    });
    expect(await migrate('up', 'vfs.db', '--snapshot', 'vfs.snap')).toMatchObject({
      code: 0,
      out: 'v024 already\nv025 already\nv026 applied\nv027 applied\n',
    });
    expect(statSync(join(folder, 'vfs.db')).mode & 0o777).toBe(0o640);
    expect(await migrate('verify', 'vfs.db')).toEqual({
      code: 0,
      err: '',
      out: [
        'schema_version 27',
        'invalid_blob_stage_registry_rows 0',
        'missing_blob_children 0',
        'cursor u1 crdt:c1 2026-02-14T12:00:00.000Z 000000000001-aaaaaaaa',
        'ok',
        '',
      ].join('\n'),
    });
    expect(ask('vfs.db', 'SELECT version FROM schema_migrations ORDER BY version')).toEqual(
      [23, 24, 25, 26, 27].map(version => ({version})),
    );
    expect(await migrate('rollback', 'vfs.db', '--snapshot', 'vfs.snap')).toMatchObject({code: 0, err: ''});
    expect(bytes('vfs.db').equals(old)).toBe(true);
    expect(readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['vfs.db', 'vfs.snap']);
  });

  test('verify before the chain says what is still there and fails; in JSON as well', async () => {
    legacy();
    const ended = await migrate('verify', 'vfs.db');
    expect(ended).toMatchObject({code: 1, out: ''});
    expect(ended.err.split('\n').slice(0, 5)).toEqual([
      'schema_version 23',
      'vfs_blob_refs is still there',
      'vfs_blob_staging is still there',
      'vfs_blob_objects is still there',
      'vfs_access is still there',
    ]);
    const json = await migrate('verify', 'vfs.db', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      schema: 'vfs-migrate/1',
      command: 'verify',
      ok: false,
      version: 23,
      remaining: ['vfs_blob_refs', 'vfs_blob_staging', 'vfs_blob_objects', 'vfs_access'],
    });
  });
});

describe('vfs-migrate refuses', () => {
  test('what a guard refuses: exit 1, the exact message, and the steps before it are kept', async () => {
    legacy(`UPDATE vfs_acl_entries SET revoked_at = 1 WHERE id = 'acl-1'`);
    await migrate('snapshot', 'vfs.db', '--snapshot', 'vfs.snap');
    const ended = await migrate('up', 'vfs.db', '--snapshot', 'vfs.snap');
    expect(ended.code).toBe(1);
    expect(ended.err).toBe(
      'v024 applied\nv025 applied\nv026 applied\n' +
        'v027 refused: v027 abort: legacy vfs_access rows missing canonical active user ACL parity\n' +
        'nothing was changed by it; stop the rollout, and roll back to the snapshot\n',
    );
    expect(ask('vfs.db', 'SELECT MAX(version) AS v FROM schema_migrations')).toEqual([{v: 26}]);
    expect(ask('vfs.db', 'SELECT COUNT(*) AS n FROM vfs_access')).toEqual([{n: 2}]);
  });

  test('to begin without a usable snapshot, or on a database that is not one of the chain', async () => {
    legacy();
    const old = bytes('vfs.db');
    expect(await migrate('up', 'vfs.db', '--snapshot', 'none.snap')).toMatchObject({
      code: 1,
      err: expect.stringContaining('not ready: snapshot: cannot read none.snap: ENOENT') as string,
    });
    put('late.snap', [
      'CREATE TABLE schema_migrations (version INTEGER)',
      'INSERT INTO schema_migrations VALUES (27)',
    ]);
    expect(await migrate('preflight', 'vfs.db', '--snapshot', 'late.snap')).toMatchObject({
      code: 1,
      err: expect.stringContaining("late.snap is of version 27, newer than the database's 23") as string,
    });
    expect(bytes('vfs.db').equals(old)).toBe(true);
    put('native.db', SERVER_SCHEMA);
    expect(await migrate('preflight', 'native.db')).toMatchObject({
      code: 1,
      err: expect.stringContaining('schema_migrations is missing') as string,
    });
    put('future.db', [...baselineSchema({checked: true}), 'INSERT INTO schema_migrations VALUES (28, 1)']);
    expect(await migrate('preflight', 'future.db')).toMatchObject({
      code: 1,
      err: expect.stringContaining('schema version is 28; the chain goes from 23 to 27') as string,
    });
  });

  test('to overwrite a snapshot, or to restore what is none', async () => {
    legacy();
    await migrate('snapshot', 'vfs.db', '--snapshot', 'vfs.snap');
    expect(await migrate('snapshot', 'vfs.db', '--snapshot', 'vfs.snap')).toEqual({
      code: 22,
      out: '',
      err: 'vfs-migrate: vfs.snap exists already; a snapshot overwrites nothing\n',
    });
    put('other.db', ['CREATE TABLE a (b)']);
    const old = bytes('vfs.db');
    expect(await migrate('rollback', 'vfs.db', '--snapshot', 'other.db')).toMatchObject({code: 22});
    expect(bytes('vfs.db').equals(old)).toBe(true);
  });

  test('files that it could not work on safely: exit 22', async () => {
    legacy();
    writeFileSync(join(folder, 'text.db'), 'not a database');
    const wal = bytes('vfs.db');
    wal[18] = wal[19] = 2;
    writeFileSync(join(folder, 'wal.db'), wal);
    const cases = [
      ['none.db', 'cannot read none.db: ENOENT'],
      ['text.db', 'text.db is not an SQLite database'],
      ['wal.db', 'wal.db is in WAL mode'],
    ] as const;
    for (const [file, message] of cases) {
      const ended = await migrate('verify', file);
      expect(ended, file).toMatchObject({code: 22, out: ''});
      expect(ended.err, file).toContain(message);
    }
    writeFileSync(join(folder, 'vfs.db-journal'), 'hot');
    expect(await migrate('verify', 'vfs.db')).toMatchObject({
      code: 22,
      err: expect.stringContaining('has changes in vfs.db-journal') as string,
    });
  });

  test('while another process migrates the same file, but not after one has died', async () => {
    legacy();
    await migrate('snapshot', 'vfs.db', '--snapshot', 'vfs.snap');
    const lock = join(folder, 'vfs.db.migrate-lock');
    writeFileSync(lock, `${process.pid}\n`);
    const held = await migrate('up', 'vfs.db', '--snapshot', 'vfs.snap');
    expect(held).toMatchObject({code: 22});
    expect(held.err).toContain(`vfs.db is being migrated by process ${process.pid}`);
    const dead = spawn(process.execPath, ['-e', '0']);
    await new Promise(resolve => dead.on('close', resolve));
    writeFileSync(lock, `${dead.pid}\n`);
    expect(await migrate('up', 'vfs.db', '--snapshot', 'vfs.snap')).toMatchObject({code: 0});
    expect(existsSync(lock)).toBe(false);
  });

  test.each([
    [[], 'no command is given: preflight, snapshot, up, verify, rollback'],
    [['down', 'vfs.db'], 'there is no command "down": preflight, snapshot, up, verify, rollback'],
    [['up'], 'up needs the FILE to work on'],
    [['up', 'vfs.db'], 'up needs --snapshot SNAPSHOT'],
    [['up', 'vfs.db', '--snapshot', 's', '--to', '28'], '--to takes 24, 25, 26 or 27, got "28"'],
    [['verify', 'a.db', 'b.db'], 'verify takes one FILE, and got "b.db" beside it'],
    [['verify', 'a.db', '--to', '25'], 'verify takes no --to'],
    [['verify', 'a.db', '--snapshot', 's'], 'verify takes no --snapshot'],
    [['verify', 'a.db', '--force'], "Unknown option '--force'"],
  ])('wrong usage %j: exit 2', async (argv, message) => {
    const ended = await migrate(...argv);
    expect(ended).toMatchObject({code: 2, out: ''});
    expect(ended.err).toContain(`vfs-migrate: ${message}`);
    expect(ended.err).toContain('vfs-migrate --help says more');
  });

  test('nothing where help is asked for', async () => {
    const {code, out, err} = await migrate('--help');
    expect({code, err}).toEqual({code: 0, err: ''});
    for (const word of ['preflight', 'snapshot', 'up', 'verify', 'rollback', 'exit codes'])
      expect(out).toContain(word);
    expect(await migrate('up', '-h')).toEqual({code, out, err});
  });
});
