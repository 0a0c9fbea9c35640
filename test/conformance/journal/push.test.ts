/** Push: what comes of each entry, in order, and how those that are refused are kept apart from the rest (spec 5, 14). */
import {expect, test} from 'vitest';
import {by, entry, Serving, tombstone} from '../../impl/journal/serving.ts';

test('a new object is applied', async () => {
  const at = await Serving.open();
  expect(await at.push('acme/A', entry('a', {A: 1}))).toEqual({
    results: [{opId: 'a', outcome: 'applied', reason: null, objectClock: {A: 1}, changeSeq: 1}],
    applied: 1,
    conflicts: 0,
  });
});

test('a descendant is applied, and its ancestor after it is stale', async () => {
  const at = await Serving.open();
  const {results} = await at.push('acme/A', entry('b', {A: 2}), entry('a', {A: 1}));
  expect(results).toEqual([
    {opId: 'b', outcome: 'applied', reason: null, objectClock: {A: 2}, changeSeq: 1},
    {opId: 'a', outcome: 'stale', reason: 'STALE_UPDATE', objectClock: {A: 2}, changeSeq: 1},
  ]);
  expect(at.rows('SELECT op_id FROM sync_journal ORDER BY journal_id')).toEqual([{op_id: 'b'}, {op_id: 'a'}]);
});

test('of two concurrent updates the greater payload is shown, under a context of both', async () => {
  const at = await Serving.open();
  await at.push('acme/A', by('A', 'a', {A: 1}, {v: 'A'}));
  const {results, applied, conflicts} = await at.push('acme/B', by('B', 'b', {B: 1}, {v: 'B'}));
  expect(results).toEqual([
    {
      opId: 'b',
      outcome: 'conflict_won',
      reason: 'CONCURRENT_UPDATE',
      objectClock: {A: 1, B: 1},
      changeSeq: 2,
    },
  ]);
  expect([applied, conflicts]).toEqual([1, 1]);
  expect((await at.pull()).objects).toEqual([
    {
      kind: 'live',
      type: 'note',
      id: 'n1',
      changeSeq: 2,
      clock: {A: 1, B: 1},
      payload: {v: 'B'},
      tags: [],
      lastOpId: 'b',
    },
  ]);
});

test('a concurrent delete wins', async () => {
  const at = await Serving.open();
  await at.push('acme/A', by('A', 'a', {A: 1}, 'zz'));
  const {results} = await at.push('acme/B', tombstone('B', 'd', {B: 1}));
  expect(results[0]).toMatchObject({outcome: 'conflict_won', reason: 'DELETE_VS_UPDATE'});
  expect((await at.pull()).objects).toEqual([
    {
      kind: 'tombstone',
      type: 'note',
      id: 'n1',
      changeSeq: 2,
      clock: {A: 1, B: 1},
      isTombstone: true,
      lastOpId: 'd',
    },
  ]);
});

test('what a device did not see does not take back what another built on what it saw', async () => {
  const at = await Serving.open();
  await at.push('acme/A', by('A', 'base', {A: 1}, '1'));
  await at.push('acme/B', by('B', '2b', {A: 1, B: 1}, '2B'));
  const {results} = await at.push('acme/A', by('A', '2a', {A: 2}, '2A'));
  expect(results[0]).toMatchObject({outcome: 'conflict_lost', reason: 'CONCURRENT_UPDATE'});
  expect((await at.pull()).objects).toMatchObject([{payload: '2B', clock: {A: 2, B: 1}, lastOpId: '2b'}]);
  expect(at.rows('SELECT * FROM sync_conflicts ORDER BY first_op_id')).toEqual([
    {
      tenant_id: 'acme',
      object_type: 'note',
      object_id: 'n1',
      first_op_id: '2a',
      second_op_id: '2b',
      winning_op_id: '2b',
      losing_op_id: '2a',
      winning_clock: '{"A":1,"B":1}',
      losing_clock: '{"A":2}',
      winning_journal_id: 2,
      losing_journal_id: 3,
      reason_code: 'CONCURRENT_UPDATE',
      recorded_at: 1_771_070_400_000,
    },
  ]);
});

test('a batch in which everything is in conflict with everything is taken in, pair by pair', async () => {
  const at = await Serving.open();
  const lives = Array.from({length: 110}, (_, n) => by(`A~${n}`, `op${n}`, {[`A~${n}`]: 1}));
  const {conflicts} = await at.push('acme/A', ...lives);
  expect(conflicts).toBe(109);
  expect(at.rows('SELECT count(*) AS n FROM sync_conflicts')).toEqual([{n: (110 * 109) / 2}]);
  const report = await at.server.rebuild({tenantId: 'acme', jobId: 'j', mode: 'verify'});
  expect(report).toMatchObject({
    changed: 0,
    added: 0,
    removed: 0,
    inner: 0,
    conflictsMissing: 0,
    conflictsExtra: 0,
  });
});
