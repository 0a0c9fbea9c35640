/** Rebuild: what the journal makes is what was live, wherever it is stopped on its way, and whatever is written meanwhile (spec 9). */
import {describe, expect, test} from 'vitest';
import {DiskError} from '../../../src/host.ts';
import type {RebuildMode, RebuildReport} from '../../../src/impl/journal/server-rebuild-job.ts';
import type {RebuildRefusedError} from '../../../src/impl/journal/server-rebuild.ts';
import {type MemoryDisk, settled} from '../vfs/memory-host.ts';
import {by, Serving, tombstone} from './serving.ts';

const JOB = {tenantId: 'acme', jobId: 'job', stepSize: 2} as const;

const MATERIALIZED = ['sync_objects', 'sync_conflicts'];

/** All that is materialized of a tenant. */
const materialized = (at: Serving, tenant = 'acme'): readonly unknown[] =>
  MATERIALIZED.map(table =>
    at.rows(`SELECT * FROM ${table} WHERE tenant_id = '${tenant}' ORDER BY 1, 2, 3, 4, 5`),
  );

const shadows = (at: Serving): readonly unknown[] =>
  ['sync_shadow_objects', 'sync_shadow_conflicts'].map(table =>
    at.rows(`SELECT count(*) AS n FROM ${table}`),
  );

const NO_SHADOW = [[{n: 0}], [{n: 0}]];

/** Eight operations on three objects: conflicts of three kinds, a stale one, a revival; and another tenant. */
async function written(): Promise<Serving> {
  const at = await Serving.open();
  await at.pushAll(
    by('A', 'a1', {A: 1}, 'z', {tags: ['x']}),
    by('B', 'b1', {B: 1}, 'm'),
    by('A', 'a2', {A: 2}, 'a', {tags: ['y']}),
    tombstone('C', 'c1', {C: 1}),
    by('B', 'b2', {B: 1}, 1, {objectId: 'n2'}),
    by('A', 'a3', {A: 2}, 2, {objectId: 'n2'}),
    by('A', 'a4', {A: 1}, 3, {objectId: 'n2'}),
    by('A', 'a5', {A: 1}, null, {objectId: 'n3', isTombstone: true}),
  );
  await at.push('other/A', by('A', 'a1', {A: 1}, 'theirs'));
  return at;
}

/** Harms what is live: a wrong winner, a row that is gone, one that nobody wrote, a record too few and one too many. */
function harm(disk: MemoryDisk): void {
  const file = disk.files.get('server');
  for (const statement of [
    `UPDATE sync_objects SET payload = '"harmed"' WHERE tenant_id = 'acme' AND object_id = 'n2'`,
    `DELETE FROM sync_objects WHERE tenant_id = 'acme' AND object_id = 'n3'`,
    `INSERT INTO sync_objects SELECT tenant_id, object_type, 'n9', state, payload, payload_hash, is_tombstone,
      vector_clock, winner_clock, seen_clock, tags, ever_tags, last_op_id, last_modified_actor, last_modified_at, 99
      FROM sync_objects WHERE tenant_id = 'acme' AND object_id = 'n1'`,
    `DELETE FROM sync_conflicts WHERE tenant_id = 'acme' AND first_op_id = 'a1'`,
  ]) {
    file?.exec(statement);
  }
}

const SOUND = {
  changed: 0,
  added: 0,
  removed: 0,
  inner: 0,
  conflictsMissing: 0,
  conflictsExtra: 0,
  objects: [],
};

test.each(['offline', 'shadow', 'verify'] as const)('%s: what was sound stays as it was', async mode => {
  const at = await written();
  const before = materialized(at);
  expect(await at.server.rebuild({...JOB, mode})).toEqual({mode, journalRows: 8, ...SOUND});
  expect(materialized(at)).toEqual(before);
  expect(shadows(at)).toEqual(NO_SHADOW);
});

test.each(['offline', 'shadow'] as const)(
  '%s: what was harmed is as it was, and the report names it',
  async mode => {
    const at = await written();
    const [before, theirs] = [materialized(at), materialized(at, 'other')];
    harm(at.disk);
    expect(await at.server.rebuild({...JOB, mode})).toEqual({
      mode,
      journalRows: 8,
      changed: 1,
      added: 1,
      removed: 1,
      inner: 0,
      conflictsMissing: 1,
      conflictsExtra: 0,
      objects: [
        {objectType: 'note', objectId: 'n2', kind: 'changed', was: 'a3', is: 'a3'},
        {objectType: 'note', objectId: 'n3', kind: 'added', was: null, is: 'a5'},
        {objectType: 'note', objectId: 'n9', kind: 'removed', was: 'c1', is: null},
      ],
    });
    expect(materialized(at)).toEqual(before);
    expect(materialized(at, 'other')).toEqual(theirs);
  },
);

test('verify reports what was harmed, and leaves it', async () => {
  const at = await written();
  harm(at.disk);
  const before = materialized(at);
  const epoch = (await at.pull()).serverCursor;
  const report = await at.server.rebuild({...JOB, mode: 'verify'});
  expect(report).toMatchObject({changed: 1, added: 1, removed: 1, conflictsMissing: 1});
  expect(materialized(at)).toEqual(before);
  expect((await at.pull()).serverCursor).toBe(epoch);
});

test('a rebuild that is over is told again, and not done again', async () => {
  const at = await written();
  const first = await at.server.rebuild({...JOB, mode: 'offline'});
  const cursor = (await at.pull()).serverCursor;
  harm(at.disk);
  expect(await at.server.rebuild({...JOB, mode: 'offline'})).toEqual(first);
  expect((await at.pull()).serverCursor).toBe(cursor);
});

test('cursors from before a rebuild are none of the history after it; those of other tenants stay', async () => {
  const at = await written();
  const [ours, theirs] = [await at.pull(), await at.pull({}, 'other/A')];
  await at.server.rebuild({...JOB, mode: 'shadow'});
  const {status, body} = await at.ask('POST', '/api/sync/v2/pull', {sinceCursor: ours.serverCursor});
  expect([status, body]).toMatchObject([409, {error: 'CURSOR_INVALID'}]);
  expect(await at.pull({sinceCursor: theirs.serverCursor}, 'other/A')).toMatchObject({objects: []});
  expect((await at.pull()).objects).toEqual(ours.objects);
});

/** Counts the statements of a body, and stops the disk at one of them: it fails there, or never answers. */
async function stoppedAt(
  disk: MemoryDisk,
  n: number,
  how: 'fails' | 'hangs',
  body: () => Promise<unknown>,
): Promise<'over' | 'stopped'> {
  let count = 0;
  disk.hook = sql => {
    count += 1;
    if (count !== n) return;
    if (how === 'fails') throw new DiskError('io', sql);
    return new Promise(() => undefined);
  };
  const end = body().then(
    () => 'over' as const,
    () => 'stopped' as const,
  );
  const hung = settled()
    .then(settled)
    .then(settled)
    .then(() => 'stopped' as const);
  const first = await Promise.race([end, hung]);
  disk.hook = () => undefined;
  return first;
}

describe.each(['offline', 'shadow'] as const)('%s, stopped at every statement', mode => {
  test.each(['fails', 'hangs'] as const)(
    'where it %s, going on ends as if nothing had happened',
    async how => {
      let n = 1;
      for (; n < 200; n += 1) {
        const at = await written();
        const before = materialized(at);
        harm(at.disk);
        const stopped = await stoppedAt(at.disk, n, how, () => at.server.rebuild({...JOB, mode}));
        const after = how === 'hangs' ? at.disk.afterCrash() : at.disk;
        const next = await Serving.open({}, after, n);
        const report = await next.server.rebuild({...JOB, mode});
        expect(report, `statement ${n}`).toMatchObject({
          changed: 1,
          added: 1,
          removed: 1,
          conflictsMissing: 1,
        });
        expect(materialized(next), `statement ${n}`).toEqual(before);
        expect(shadows(next)).toEqual(NO_SHADOW);
        expect(next.rows('SELECT generation, blocked_by FROM sync_tenants ORDER BY tenant_id')).toEqual([
          {generation: 2, blocked_by: null},
          {generation: 1, blocked_by: null},
        ]);
        if (stopped === 'over') break;
      }
      expect(n).toBeGreaterThan(30);
      expect(n).toBeLessThan(200);
    },
  );
});

test('offline, writes are refused until it is over, in this life and the next, and pulls go on', async () => {
  const at = await written();
  await stoppedAt(at.disk, 12, 'fails', () => at.server.rebuild({...JOB, mode: 'offline'}));
  const next = await Serving.open({}, at.disk, 1);
  const push = (token: string): Promise<unknown> =>
    next.ask('POST', '/api/sync/v2/push', {entries: [by('B', 'b9', {B: 1}, 1, {objectId: 'n7'})]}, token);
  expect(await push('acme/B')).toMatchObject({status: 503, body: {error: 'REBUILDING'}});
  expect((await next.pull()).objects).toHaveLength(3);
  expect(await next.push('other/A', by('A', 'x', {A: 1}, 1, {objectId: 'n7'}))).toMatchObject({applied: 1});
  expect(await next.server.resumeRebuilds()).toBe(1);
  expect(await push('acme/B')).toMatchObject({status: 200});
});

test('in the shadow, what is written between any two steps is part of what comes of it', async () => {
  const at = await written();
  let pushed = 0;
  let pushing: Promise<unknown> = Promise.resolve();
  at.disk.hook = sql => {
    // before each transaction of the rebuild one more write gets its turn, up to a dozen
    if (sql !== 'BEGIN' || pushed >= 12) return;
    pushed += 1;
    const n = pushed;
    pushing = pushing.then(() => at.push('acme/B', by('B', `s${n}`, {B: n}, n, {objectId: 'n5'})));
  };
  const report = await at.server.rebuild({...JOB, mode: 'shadow'});
  at.disk.hook = () => undefined;
  await pushing;
  expect(report.journalRows).toBeGreaterThan(8);
  const rebuilt = materialized(at);
  expect(await at.server.rebuild({...JOB, jobId: 'check', mode: 'verify'})).toEqual({
    mode: 'verify',
    journalRows: 20,
    ...SOUND,
  });
  expect(materialized(at)).toEqual(rebuilt);
});

test('one at a time; a name stands for one job; one that is given up leaves no trace', async () => {
  const at = await written();
  await stoppedAt(at.disk, 12, 'fails', () => at.server.rebuild({...JOB, mode: 'offline'}));
  const refusal = async (jobId: string, mode: RebuildMode): Promise<unknown> =>
    at.server.rebuild({...JOB, jobId, mode}).then(
      (report: RebuildReport) => report,
      (error: unknown) => (error as RebuildRefusedError).code,
    );
  expect(await refusal('other', 'offline')).toBe('BUSY');
  expect(await refusal('job', 'shadow')).toBe('OTHER_JOB');
  const before = materialized(at);
  expect(await at.server.cancelRebuild('acme')).toBe(true);
  expect(await at.server.cancelRebuild('acme')).toBe(false);
  expect(shadows(at)).toEqual(NO_SHADOW);
  expect(materialized(at)).toEqual(before);
  expect(await refusal('job', 'offline')).toBe('OTHER_JOB');
  expect(await at.push('acme/B', by('B', 'b9', {B: 1}, 1, {objectId: 'n7'}))).toMatchObject({applied: 1});
});

test('all tenants, one after the other', async () => {
  const at = await written();
  const reports = await at.server.rebuildAll('all', 'offline');
  expect(reports.map(({tenantId, report}) => [tenantId, report.journalRows])).toEqual([
    ['acme', 8],
    ['other', 1],
  ]);
});

test('another policy writes nothing until the objects are rebuilt by it', async () => {
  const at = await written();
  const lww = await Serving.open({policy: 'lamport-lww'}, at.disk, 1);
  const push = (): Promise<unknown> =>
    lww.ask('POST', '/api/sync/v2/push', {entries: [by('B', 'b9', {B: 1}, 1, {objectId: 'n7'})]}, 'acme/B');
  expect(await push()).toMatchObject({status: 503, body: {error: 'POLICY_CHANGED'}});
  await lww.server.rebuild({...JOB, mode: 'offline'});
  expect(await push()).toMatchObject({status: 200});
});
