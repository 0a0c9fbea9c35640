/** Servers of three releases on one database: which of them works with which schema, and what each writes. */
import {beforeEach, describe, expect, test} from 'vitest';
import {ANSWER_REPEATS} from '../../../../src/impl/vfs/blobs/policy.ts';
import {
  FLATTENED_RELEASE,
  LEGACY_RELEASE,
  MIRRORING_RELEASE,
  type ReleasePolicy,
} from '../../../../src/impl/vfs/migration/gate.ts';
import {RolloutServer} from '../../../../src/impl/vfs/migration/rollout-server.ts';
import {runStep} from '../../../../src/impl/vfs/migration/runner.ts';
import {memoryHost} from '../memory-host.ts';
import {legacyDatabase, NOW, type LegacyDatabase} from './past.ts';

const LATER = '2030-01-01T00:00:00.000Z';

let legacy: LegacyDatabase;
let answered = 0;
beforeEach(async () => {
  legacy = await legacyDatabase();
  answered = 0;
});

function serve(policy: ReleasePolicy): Promise<RolloutServer> {
  answered += 1;
  const host = memoryHost({disk: legacy.disk, now: NOW, life: answered});
  return RolloutServer.open(host, policy, {
    release: 1,
    users: ['u1', 'u2'].map(userId => ({userId, token: `t-${userId}`, groups: []})),
    items: [],
    readReplica: false,
    compaction: null,
    blobs: {
      store: {address: 'store', timeoutMs: 1_000},
      repeats: ANSWER_REPEATS,
      writeGraceMs: 1_000,
      sweepEveryMs: 0,
    },
  });
}

async function ask(
  server: RolloutServer,
  path: string,
  body: object,
  user = 'u1',
): Promise<{status: number; body: Record<string, unknown>}> {
  const {status, body: text} = await server.handle({
    method: 'POST',
    path: `/v1/vfs/${path}`,
    headers: {authorization: `Bearer t-${user}`},
    body: JSON.stringify(body),
  });
  return {status, body: JSON.parse(String(text)) as Record<string, unknown>};
}

const stage = (server: RolloutServer, id: string) =>
  ask(server, 'blobs/stage', {blobId: 'blob-a', stagingId: id, expiresAt: LATER});
const attach = (server: RolloutServer, id: string, itemId = 'item-1') =>
  ask(server, `blobs/stage/${id}/attach`, {itemId, relationKind: 'file'});
const legacyStatus = async (id: string): Promise<unknown> =>
  (await legacy.database.get('SELECT status FROM vfs_blob_staging WHERE id = ?', [id]))?.['status'] ?? null;
const flattenedStatus = async (id: string): Promise<unknown> =>
  (await legacy.database.get('SELECT wrapped_session_key AS k FROM vfs_links WHERE id = ?', [id]))?.['k'] ??
  null;
const step = async (...versions: number[]): Promise<void> => {
  for (const version of versions) {
    expect(await runStep(legacy.migrator, version)).toEqual({kind: 'applied', version});
  }
};

describe('the old release', () => {
  test('stages, attaches and abandons in the legacy form, in its words', async () => {
    const server = await serve(LEGACY_RELEASE);
    expect((await stage(server, 'n1')).status).toBe(201);
    expect(await stage(server, 'n1')).toMatchObject({
      status: 409,
      body: {error: 'Blob staging already exists'},
    });
    expect(await attach(server, 'n1')).toMatchObject({status: 200, body: {attached: true, itemId: 'item-1'}});
    expect(await legacyStatus('n1')).toBe('attached');
    expect(await flattenedStatus('n1')).toBe(null);
    expect(await attach(server, 'n1')).toMatchObject({
      status: 409,
      body: {error: 'Blob staging is no longer attachable'},
    });
    const other = (path: string, body: object, user = 'u1') => ask(server, `blobs/${path}`, body, user);
    expect(await other('stage/n1/abandon', {})).toMatchObject({
      status: 409,
      body: {error: 'Blob staging is no longer abandonable'},
    });
    expect(await other('stage/none/attach', {itemId: 'item-1'})).toMatchObject({
      status: 404,
      body: {error: 'Blob staging not found'},
    });
    expect(await other('stage/stage-1/attach', {itemId: 'item-1'}, 'u2')).toMatchObject({
      status: 403,
      body: {error: 'Forbidden'},
    });
    expect(await other('stage/stage-1/attach', {itemId: 'item-2'})).toMatchObject({status: 403});
    expect(await other('stage/stage-1/attach', {})).toMatchObject({
      status: 400,
      body: {error: 'itemId is required'},
    });
    expect(await other('stage/stage-1/attach', {itemId: 'item-1', relationKind: 'photo'})).toMatchObject({
      status: 409,
      body: {error: 'Blob is already attached with a different relation kind'},
    });
    expect(await other('stage/stage-1/abandon', {})).toMatchObject({
      status: 200,
      body: {status: 'abandoned'},
    });
    expect(await other('stage', {blobId: 'none', expiresAt: LATER})).toMatchObject({
      status: 404,
      body: {error: 'Blob object not found'},
    });
    expect(await other('stage', {blobId: 'blob-b', expiresAt: LATER})).toMatchObject({status: 403});
    expect(await other('stage', {blobId: 'blob-a', expiresAt: '2020-01-01T00:00:00Z'})).toMatchObject({
      status: 400,
      body: {error: 'expiresAt must be in the future'},
    });
    expect(await other('stage', {})).toMatchObject({
      status: 400,
      body: {error: 'blobId and expiresAt are required'},
    });
    expect(await other('stage', {blobId: 'blob-a', expiresAt: LATER}, 'nobody')).toMatchObject({status: 401});
  });

  test('writes each grant in both forms, and what v027 compares is equal', async () => {
    const server = await serve(LEGACY_RELEASE);
    const push = (operation: object) =>
      ask(server, 'crdt/push', {
        clientId: 'c1',
        operations: [{replicaId: 'c1', itemId: 'item-1', ...operation}],
      });
    const grant = {principalType: 'user', principalId: 'u9', occurredAt: LATER};
    await push({opId: 'a', opType: 'acl_add', writeId: 1, accessLevel: 'write', ...grant});
    const access = `SELECT permission_level AS level FROM vfs_access WHERE user_id = 'u9' ORDER BY item_id`;
    expect(await legacy.database.all(access)).toEqual([{level: 'write'}]);
    await push({opId: 'b', opType: 'acl_add', writeId: 2, accessLevel: 'read', ...grant});
    expect(await legacy.database.all(access)).toEqual([{level: 'read'}]);
    await step(24, 25, 26);
    await legacy.database.transaction(async () => undefined);
    expect(await runStep(legacy.migrator, 27)).toEqual({kind: 'applied', version: 27});
  });

  test('works until v024, and is refused from v025 on, before it names what is gone', async () => {
    const server = await serve(LEGACY_RELEASE);
    await step(24);
    expect((await stage(server, 'n1')).status).toBe(201);
    expect(await runStep(legacy.migrator, 25)).toMatchObject({
      message: 'v025 abort: legacy staged rows missing flattened blobStage representation',
    });
    await legacy.database.run(`DELETE FROM vfs_blob_staging WHERE id = 'n1'`);
    await step(25);
    const named: string[] = [];
    legacy.disk.hook = sql => void (sql.includes('vfs_blob_staging') && named.push(sql));
    expect((await stage(server, 'n2')).status).toBe(500);
    expect(named).toEqual([]);
  });
});

describe('the release between', () => {
  test('writes the legacy form before v024, and after it both, so that every step finds them equal', async () => {
    const server = await serve(MIRRORING_RELEASE);
    expect((await stage(server, 'n1')).status).toBe(201);
    expect([await legacyStatus('n1'), await flattenedStatus('n1')]).toEqual(['staged', null]);
    await step(24);
    expect((await stage(server, 'n2')).status).toBe(201);
    expect([await legacyStatus('n2'), await flattenedStatus('n2')]).toEqual(['staged', 'blob-stage:staged']);
    expect((await attach(server, 'n1')).status).toBe(200);
    expect([await legacyStatus('n1'), await flattenedStatus('n1')]).toEqual([
      'attached',
      'blob-stage:attached',
    ]);
    expect((await ask(server, 'blobs/stage/n2/abandon', {})).status).toBe(200);
    expect([await legacyStatus('n2'), await flattenedStatus('n2')]).toEqual([
      'abandoned',
      'blob-stage:abandoned',
    ]);
    await step(25);
    expect((await stage(server, 'n3')).status).toBe(201);
    await step(26, 27);
    expect((await attach(server, 'n3')).status).toBe(200);
    expect(await flattenedStatus('n3')).toBe('blob-stage:attached');
  });

  test('fails where the old release has ended a staging that it would end otherwise', async () => {
    const [old, between] = [await serve(LEGACY_RELEASE), await serve(MIRRORING_RELEASE)];
    await step(24);
    expect((await attach(old, 'stage-1')).status).toBe(200);
    expect(await ask(between, 'blobs/stage/stage-1/abandon', {})).toMatchObject({
      status: 500,
      body: {error: 'Failed to abandon staged blob'},
    });
    expect([await legacyStatus('stage-1'), await flattenedStatus('stage-1')]).toEqual([
      'attached',
      'blob-stage:staged',
    ]);
    expect((await stage(between, 'n1')).status).toBe(201);
    expect((await attach(between, 'n1')).status).toBe(200);
    expect((await attach(old, 'n1')).status).toBe(409);
  });
});

describe('the new release', () => {
  test('is refused while the old one may still write, and writes nothing but the flattened form', async () => {
    const server = await serve(FLATTENED_RELEASE);
    expect((await stage(server, 'n1')).status).toBe(500);
    await step(24);
    expect((await stage(server, 'n1')).status).toBe(500);
    expect(await flattenedStatus('n1')).toBe(null);
    await step(25);
    const written: string[] = [];
    legacy.disk.hook = sql =>
      void (/vfs_access|vfs_blob_(staging|refs|objects)/.test(sql) && written.push(sql));
    expect((await stage(server, 'n1')).status).toBe(201);
    expect((await attach(server, 'n1')).status).toBe(200);
    expect(written).toEqual([]);
  });
});
