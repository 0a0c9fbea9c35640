/** Audit: the journal accounts for every row that is shown, and for every conflict (spec 10). */
import {expect, test} from 'vitest';
import type {AuditFinding} from '../../../src/impl/journal/server-audit-check.ts';
import {by, Serving, tombstone} from '../../impl/journal/serving.ts';

const DAY = Math.floor(1_771_070_400_000 / 86_400_000);

async function asked<T>(at: Serving, question: string, token = 'acme/A'): Promise<T> {
  const {status, body} = await at.ask('GET', `/api/sync/v2/audit/${question}`, '', token);
  expect(status, question).toBe(200);
  return body as T;
}

/** The runbook's own counterexample, then a delete that nobody else knew of. */
async function written(): Promise<Serving> {
  const at = await Serving.open();
  await at.pushAll(
    by('A', 'a', {A: 1}, 'z'),
    by('B', 'c', {B: 1}, 'm'),
    by('A', 'b', {A: 2}, 'a'),
    by('A', 'old', {A: 1}, 1, {objectId: 'n2'}),
    tombstone('C', 'd', {C: 1}),
  );
  return at;
}

test('history tells each verdict again, and what was shown after it', async () => {
  const at = await written();
  const {history, ...rest} = await asked<{
    history: readonly {opId: string; outcome: string; reason: string | null; shown: {lastOpId: string}}[];
    matches: boolean;
    orderFree: boolean;
  }>(at, 'history?type=note&id=n1');
  expect(rest).toEqual({matches: true, orderFree: true});
  expect(history.map(({opId, outcome, reason, shown}) => [opId, outcome, reason, shown.lastOpId])).toEqual([
    ['a', 'applied', null, 'a'],
    ['c', 'conflict_lost', 'CONCURRENT_UPDATE', 'a'],
    ['b', 'conflict_lost', 'CONCURRENT_UPDATE', 'c'],
    ['d', 'conflict_won', 'DELETE_VS_UPDATE', 'd'],
  ]);
});

test('history says where what is shown is not what the journal makes, and where the order decided', async () => {
  const at = await Serving.open({policy: 'join-clock'});
  await at.pushAll(by('A', 'a', {A: 1}, 'z'), by('B', 'c', {B: 1}, 'm'), by('A', 'b', {A: 2}, 'a'));
  expect(await asked(at, 'history?type=note&id=n1')).toMatchObject({matches: true, orderFree: false});
  at.disk.files.get('server')?.exec(`UPDATE sync_objects SET payload = '"harmed"'`);
  expect(await asked(at, 'history?type=note&id=n1')).toMatchObject({matches: false});
});

test('every shown row is told from the journal, now and at any earlier row', async () => {
  const at = await written();
  const shown = (objects: readonly {objectId: string; shown: {lastOpId: string}}[]): readonly string[] =>
    objects.map(({objectId, shown: {lastOpId}}) => `${objectId} ${lastOpId}`);
  type Objects = {objects: readonly {objectId: string; shown: {lastOpId: string; payload: unknown}}[]};
  const now = await asked<Objects>(at, 'at');
  const rows = at.rows('SELECT object_id, last_op_id FROM sync_objects ORDER BY object_type, object_id');
  expect(shown(now.objects)).toEqual(
    (rows as readonly {object_id: string; last_op_id: string}[]).map(
      row => `${row.object_id} ${row.last_op_id}`,
    ),
  );
  expect(shown((await asked<Objects>(at, 'at?journalId=2')).objects)).toEqual(['n1 a']);
  expect(shown((await asked<Objects>(at, 'at?journalId=3&type=note&id=n1')).objects)).toEqual(['n1 c']);
  expect(shown((await asked<Objects>(at, 'at?journalId=0')).objects)).toEqual([]);
  expect(await asked(at, 'value?type=note&id=n1')).toMatchObject({operation: {opId: 'd', journalId: 5}});
  expect(await asked(at, 'value?type=note&id=n9')).toEqual({operation: null});
});

test('all pairs that did not know of each other, beside those that met', async () => {
  const at = await written();
  const pairs = ({pairs: all}: {pairs: readonly {opIds: readonly string[]}[]}): readonly string[] =>
    all.map(({opIds}) => opIds.join(' '));
  expect(pairs(await asked(at, 'concurrent?type=note&id=n1'))).toEqual(['a c', 'a d', 'b c', 'c d', 'b d']);
  const {conflicts} = await asked<{conflicts: readonly {opIds: readonly string[]; reason: string}[]}>(
    at,
    'conflicts',
  );
  expect(conflicts.map(({opIds, reason}) => `${opIds.join(' ')} ${reason}`)).toEqual([
    'a c CONCURRENT_UPDATE',
    'b c CONCURRENT_UPDATE',
    'b d DELETE_VS_UPDATE',
    'c d DELETE_VS_UPDATE',
  ]);
  expect(await asked(at, 'conflicts?type=note&id=n2')).toEqual({conflicts: []});
});

test('divergence by type, pair of devices, day and reason', async () => {
  const at = await written();
  expect(await asked(at, 'divergence')).toEqual({
    operations: 5,
    conflicts: 4,
    counts: [
      {objectType: 'note', devices: ['A', 'B'], day: DAY, reason: 'CONCURRENT_UPDATE', count: 2},
      {objectType: 'note', devices: ['A', 'C'], day: DAY, reason: 'DELETE_VS_UPDATE', count: 1},
      {objectType: 'note', devices: ['B', 'C'], day: DAY, reason: 'DELETE_VS_UPDATE', count: 1},
    ],
  });
});

test("a device's operations in all its lives, page by page", async () => {
  const at = await written();
  type Operations = {operations: readonly {opId: string; journalId: number}[]};
  const first = await asked<Operations>(at, 'device?device=A&limit=2');
  expect(first.operations.map(({opId}) => opId)).toEqual(['a', 'b']);
  await at.push('acme/A', by('A~1', 'life', {'A~1': 1}, 1, {objectId: 'n3'}));
  await at.push('acme/B', by('B', 'other', {B: 1}, 1, {objectId: 'n3'}));
  const second = await asked<Operations>(
    at,
    `device?device=A&after=${String(first.operations[1]?.journalId)}`,
  );
  expect(second.operations.map(({opId}) => opId)).toEqual(['old', 'life']);
});

test('nothing is found where all is well, for any tenant', async () => {
  const at = await written();
  expect(await asked(at, 'check')).toEqual({findings: []});
  expect(await asked(at, 'check', 'other/A')).toEqual({findings: []});
});

test.each([
  ['LAST_OP_UNKNOWN', `UPDATE sync_objects SET last_op_id = 'ghost' WHERE object_id = 'n2'`],
  ['OBJECT_WITHOUT_OPERATIONS', `UPDATE sync_objects SET object_id = 'n3' WHERE object_id = 'n2'`],
  ['OPERATIONS_WITHOUT_OBJECT', `DELETE FROM sync_objects WHERE object_id = 'n2'`],
  ['CONFLICT_OP_UNKNOWN', `UPDATE sync_conflicts SET losing_journal_id = 4 WHERE first_op_id = 'a'`],
  ['OBJECT_HASH_WRONG', `UPDATE sync_objects SET payload = '2' WHERE object_id = 'n2'`],
  ['JOURNAL_HASH_WRONG', `UPDATE sync_journal SET payload = '2' WHERE op_id = 'old'`],
  ['OBJECT_NOT_AS_TOLD', `UPDATE sync_objects SET tags = '["x"]' WHERE object_id = 'n2'`],
  ['JOURNAL_NOT_WHOLE', `DELETE FROM sync_journal WHERE op_id = 'd'`],
])('%s is found', async (problem, harm) => {
  const at = await written();
  at.disk.files.get('server')?.exec(harm);
  const {findings} = await asked<{findings: readonly AuditFinding[]}>(at, 'check');
  expect(findings.map(finding => finding.problem)).toContain(problem);
});

test('a rule whose result depends on the order is found out', async () => {
  const at = await Serving.open({policy: 'join-clock'});
  await at.pushAll(by('A', 'a', {A: 1}, 'z'), by('B', 'c', {B: 1}, 'm'), by('A', 'b', {A: 2}, 'a'));
  const {findings} = await asked<{findings: readonly AuditFinding[]}>(at, 'check');
  expect(findings).toEqual([{problem: 'ORDER_MATTERS', objectType: 'note', objectId: 'n1', opId: 'a'}]);
});

test('of another tenant nothing is told', async () => {
  const at = await written();
  expect(await asked(at, 'history?type=note&id=n1', 'other/A')).toEqual({
    history: [],
    matches: true,
    orderFree: true,
  });
  expect(await asked(at, 'conflicts', 'other/A')).toEqual({conflicts: []});
  expect(await asked(at, 'at', 'other/A')).toEqual({objects: []});
  expect(await asked(at, 'device?device=A', 'other/A')).toEqual({operations: []});
});

test.each([
  'history',
  'value?type=note',
  'concurrent?id=1',
  'at?journalId=x',
  'at?type=note',
  'device',
  'conflicts?id=1',
])('audit/%s is no question', async question => {
  const at = await Serving.open();
  expect(await at.ask('GET', `/api/sync/v2/audit/${question}`)).toMatchObject({
    status: 400,
    body: {error: 'MALFORMED_REQUEST'},
  });
});
