/** The migration chain on SQLite: what each step makes, what each guard refuses, and in which order steps run. */
import {describe, expect, test} from 'vitest';
import {SQLITE} from '../../../../src/impl/vfs/migration/dialect.ts';
import {runAll, runStep, tableExists} from '../../../../src/impl/vfs/migration/runner.ts';
import {SERVER_SCHEMA} from '../../../../src/impl/vfs/server-schema.ts';
import {VfsServer} from '../../../../src/impl/vfs/server.ts';
import {MemoryDisk, memoryHost} from '../memory-host.ts';
import {GUARDS} from './guards.ts';
import {dump, LEGACY, legacyDatabase, NOW, type LegacyDatabase} from './past.ts';

const VERSIONS = [24, 25, 26, 27];

async function upTo({migrator}: LegacyDatabase, version: number): Promise<void> {
  for (const one of VERSIONS.filter(candidate => candidate <= version)) {
    expect((await runStep(migrator, one)).kind).not.toBe('refused');
  }
}

/** Compared as bytes: as values, an array of a hundred thousand takes its time. */
const isUnchanged = ({file}: LegacyDatabase, before: Uint8Array): boolean =>
  Buffer.compare(file.export(), before) === 0;

const tablesOf = ({database}: LegacyDatabase) =>
  dump(database, table => tableExists(database, SQLITE, table));

describe('v024', () => {
  test('backfills blobs, stagings in every status, and references; what is there stays', async () => {
    const legacy = await legacyDatabase();
    await upTo(legacy, 24);
    const {vfs_registry: registry, vfs_links: links, ...rest} = await tablesOf(legacy);
    expect(registry).toEqual([
      {id: 'blob-a', object_type: 'blob', owner_id: 'u1', created_at: 1771070400001},
      {id: 'blob-b', object_type: 'blob', owner_id: 'u2', created_at: 1771070400002},
      {id: 'blob-c', object_type: 'blob', owner_id: 'u1', created_at: 9},
      {id: 'item-1', object_type: 'folder', owner_id: 'u1', created_at: 5},
      {id: 'item-2', object_type: 'folder', owner_id: 'u2', created_at: 6},
      {id: 'stage-1', object_type: 'blobStage', owner_id: 'u1', created_at: 1771070401000},
      {id: 'stage-2', object_type: 'blobStage', owner_id: 'u2', created_at: 1771070402000},
      {id: 'stage-3', object_type: 'blobStage', owner_id: 'u1', created_at: 1771070404000},
    ]);
    const stage = (id: string, child: string, status: string, at: number, visible: object) => ({
      id,
      parent_id: id,
      child_id: child,
      wrapped_session_key: `blob-stage:${status}`,
      visible_children: JSON.stringify({status, ...visible}),
      position: null,
      created_at: at,
    });
    expect(links).toEqual([
      {
        id: 'ref-1',
        parent_id: 'item-2',
        child_id: 'blob-b',
        wrapped_session_key: 'blob-link:photo',
        visible_children: '{"relationKind":"photo","attachedBy":"u2"}',
        position: null,
        created_at: 1771070403000,
      },
      stage('stage-1', 'blob-a', 'staged', 1771070401000, {
        expiresAt: '2026-02-14T13:00:00.007Z',
        attachedAt: null,
        attachedItemId: null,
      }),
      stage('stage-2', 'blob-b', 'attached', 1771070402000, {
        expiresAt: '2026-02-14T13:00:00.000Z',
        attachedAt: '2026-02-14T12:00:03.000Z',
        attachedItemId: 'item-2',
      }),
      stage('stage-3', 'blob-c', 'abandoned', 1771070404000, {
        expiresAt: '2026-02-14T13:00:00.000Z',
        attachedAt: null,
        attachedItemId: null,
      }),
    ]);
    expect(rest['vfs_blob_bytes']?.map(({blob_id: id, object_key: key, size}) => [id, key, size])).toEqual([
      ['blob-a', 'old-a', 10],
      ['blob-b', 'blob-b', 20],
      ['blob-c', 'blob-c', 30],
    ]);
    expect(rest['vfs_blob_staging']).toHaveLength(3);
    expect(rest['schema_migrations']).toEqual([
      {version: 23, applied_at: 0},
      {version: 24, applied_at: NOW},
    ]);
  });

  test('ends a staging of unknown status as abandoned, in the key and in what is visible alike', async () => {
    const late = `INSERT INTO vfs_blob_staging VALUES ('odd', 'blob-a', 'u1', 'STAGED?', 1, NULL, 2, NULL)`;
    const legacy = await legacyDatabase([late], {checked: false});
    await upTo(legacy, 24);
    const row = await legacy.database.get(`SELECT * FROM vfs_links WHERE id = 'odd'`);
    expect(row?.['wrapped_session_key']).toBe('blob-stage:abandoned');
    expect(JSON.parse(String(row?.['visible_children']))).toMatchObject({status: 'abandoned'});
    await upTo(await legacyDatabase([late], {checked: false}), 27);
  });

  test('leaves a staging and a reference that are there already as they are', async () => {
    const legacy = await legacyDatabase([
      `INSERT INTO vfs_registry VALUES ('stage-1', 'blobStage', 'u1', 77)`,
      `INSERT INTO vfs_links VALUES ('stage-1', 'stage-1', 'blob-a', 'blob-stage:staged', '{"mine":1}', NULL, 78)`,
      `INSERT INTO vfs_links VALUES ('mine', 'item-2', 'blob-b', 'blob-link:photo', '{"mine":2}', NULL, 79)`,
    ]);
    await upTo(legacy, 27);
    const rows = await legacy.database.all(`SELECT id, visible_children FROM vfs_links ORDER BY id`);
    expect(rows.map(({id}) => id)).toEqual(['mine', 'stage-1', 'stage-2', 'stage-3']);
    expect(rows[0]?.['visible_children']).toBe('{"mine":2}');
    expect(rows[1]?.['visible_children']).toBe('{"mine":1}');
  });
});

describe('the whole chain', () => {
  test('drops the legacy tables one step after another, and loses no status, reference or grant', async () => {
    const legacy = await legacyDatabase();
    await upTo(legacy, 24);
    const before = await tablesOf(legacy);
    const gone = async (): Promise<string[]> => {
      const tables = await tablesOf(legacy);
      return LEGACY.filter(table => tables[table] === null);
    };
    expect(await gone()).toEqual([]);
    expect(await runStep(legacy.migrator, 25)).toEqual({kind: 'applied', version: 25});
    expect(await gone()).toEqual(['vfs_blob_refs', 'vfs_blob_staging']);
    expect(await runStep(legacy.migrator, 26)).toEqual({kind: 'applied', version: 26});
    expect(await gone()).toEqual(['vfs_blob_refs', 'vfs_blob_staging', 'vfs_blob_objects']);
    expect(await runStep(legacy.migrator, 27)).toEqual({kind: 'applied', version: 27});
    expect(await gone()).toEqual([...LEGACY]);
    const after = await tablesOf(legacy);
    for (const table of [
      'vfs_registry',
      'vfs_links',
      'vfs_blob_bytes',
      'vfs_acl_entries',
      'vfs_sync_client_state',
    ]) {
      expect(after[table], table).toEqual(before[table]);
    }
  });

  test('is given whole to an empty database, on which the server then runs', async () => {
    const disk = new MemoryDisk();
    const database = await disk.open('server', []);
    const results = await runAll({database, dialect: SQLITE, now: () => NOW});
    expect(results).toEqual(VERSIONS.map(version => ({kind: 'applied', version})));
    const fresh = await new MemoryDisk().open('server', SERVER_SCHEMA);
    const SHAPE = `SELECT name, sql FROM sqlite_master WHERE name LIKE 'vfs_%' OR name LIKE 'user_%' ORDER BY name`;
    expect(await database.all(SHAPE)).toEqual(await fresh.all(SHAPE));
    const server = await VfsServer.open(memoryHost({disk}), {
      release: 2,
      users: [{userId: 'u1', token: 't1', groups: []}],
      items: [{itemId: 'item-1', ownerId: 'u1', objectType: 'folder'}],
      readReplica: false,
      compaction: null,
    });
    const headers = {authorization: 'Bearer t1'};
    const answer = await server.handle({method: 'GET', path: '/v1/vfs/crdt/sync', headers, body: ''});
    expect(answer.status).toBe(200);
  });

  test('goes on where it stopped, and does nothing once it is done', async () => {
    const legacy = await legacyDatabase();
    await upTo(legacy, 25);
    expect(await runAll(legacy.migrator)).toEqual([
      {kind: 'already', version: 24},
      {kind: 'already', version: 25},
      {kind: 'applied', version: 26},
      {kind: 'applied', version: 27},
    ]);
    const done = legacy.file.export();
    await runAll(legacy.migrator);
    expect(isUnchanged(legacy, done)).toBe(true);
  });

  test('completes where an older runner dropped tables and crashed before it recorded so', async () => {
    const legacy = await legacyDatabase();
    await upTo(legacy, 24);
    await legacy.database.run('DROP TABLE vfs_blob_refs');
    await legacy.database.run('DROP TABLE vfs_blob_staging');
    await upTo(legacy, 25);
    await legacy.database.run('DROP TABLE vfs_blob_objects');
    await upTo(legacy, 26);
    await legacy.database.run('DROP TABLE vfs_access');
    await upTo(legacy, 27);
  });
});

describe('a guard refuses', () => {
  test.each(GUARDS.map(one => [one.refused, one.title, one] as const))('v0%i: %s', async (_, __, one) => {
    const legacy = await legacyDatabase();
    await upTo(legacy, one.refused - 1);
    for (const statement of one.spoil) await legacy.database.run(statement);
    const before = legacy.file.export();
    expect(await runStep(legacy.migrator, one.refused)).toEqual({
      kind: 'refused',
      code: 'guard',
      version: one.refused,
      message: one.message,
    });
    expect(isUnchanged(legacy, before)).toBe(true);
    for (const statement of one.mend) await legacy.database.run(statement);
    await upTo(legacy, 27);
  });

  test('and the run of all steps stops there', async () => {
    const legacy = await legacyDatabase();
    await upTo(legacy, 24);
    await legacy.database.run(`UPDATE vfs_blob_staging SET status = 'abandoned' WHERE id = 'stage-1'`);
    const results = await runAll(legacy.migrator);
    expect(results.map(({kind}) => kind)).toEqual(['already', 'refused']);
    expect((await tablesOf(legacy))['schema_migrations']).toHaveLength(2);
  });
});

describe('the order of steps', () => {
  test.each([
    [23, 25, 'v025 refused: v024 has not run; the order is v024 -> v025 -> v026 -> v027'],
    [23, 27, 'v027 refused: v024 has not run; the order is v024 -> v025 -> v026 -> v027'],
    [24, 26, 'v026 refused: v025 has not run; the order is v024 -> v025 -> v026 -> v027'],
    [25, 27, 'v027 refused: v026 has not run; the order is v024 -> v025 -> v026 -> v027'],
    [24, 28, 'v028 is not a step of the chain'],
  ])('at version %i, step %i is refused', async (present, asked, message) => {
    const legacy = await legacyDatabase();
    await upTo(legacy, present);
    const before = legacy.file.export();
    expect(await runStep(legacy.migrator, asked)).toEqual({
      kind: 'refused',
      code: 'order',
      version: asked,
      message,
    });
    expect(isUnchanged(legacy, before)).toBe(true);
  });

  test('a version from the future, a gap, and a database without the record are refused', async () => {
    const cases = [
      [
        'INSERT INTO schema_migrations VALUES (28, 1)',
        'future',
        'schema version 28 is newer than 27, the newest that this release knows',
      ],
      [
        'INSERT INTO schema_migrations VALUES (25, 1)',
        'gap',
        'schema version 25 is recorded, and v024 before it is not',
      ],
      [
        'DROP TABLE schema_migrations',
        'unversioned',
        'schema_migrations is missing: this database is not one of the chain',
      ],
      [
        'UPDATE schema_migrations SET version = 22',
        'order',
        'v024 refused: schema version is 22, and the chain starts from 23',
      ],
    ] as const;
    for (const [spoil, code, message] of cases) {
      const legacy = await legacyDatabase([spoil]);
      const before = legacy.file.export();
      const [first] = await runAll(legacy.migrator);
      expect(first).toEqual({kind: 'refused', code, version: 24, message});
      expect(isUnchanged(legacy, before)).toBe(true);
    }
  });
});
