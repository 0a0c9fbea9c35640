/** The compaction planner: what may go, and what never does (spec 2.6). */
import {expect, test} from 'vitest';
import {planCompaction, type CompactionOptions} from '../../../src/impl/vfs/server-compaction.ts';

const OPTIONS: CompactionOptions = {
  everyMs: 1,
  hotRetentionMs: 100,
  inactiveClientMs: 1_000,
  safetyBufferMs: 10,
  maxRows: 10,
};
const NOW = 10_000;

test('an empty feed has nothing to compact', () => {
  expect(planCompaction({nowMs: NOW, latestMs: null, clients: []}, OPTIONS)).toEqual({kind: 'idle'});
});

test('without active clients the cutoff lies the hot retention behind the newest row', () => {
  const plan = planCompaction({nowMs: NOW, latestMs: 9_000, clients: []}, OPTIONS);
  expect(plan).toEqual({kind: 'compact', cutoffMs: 8_900});
});

test('a newest row from the future counts as now, so that it does not lift the cutoff', () => {
  const plan = planCompaction({nowMs: NOW, latestMs: 50_000, clients: []}, OPTIONS);
  expect(plan).toEqual({kind: 'compact', cutoffMs: 9_900});
});

test('the slowest active client holds rows back, with a safety buffer', () => {
  const clients = [
    {cursorMs: 7_000, updatedMs: 9_500},
    {cursorMs: 8_000, updatedMs: 9_900},
  ];
  expect(planCompaction({nowMs: NOW, latestMs: 9_000, clients}, OPTIONS)).toEqual({
    kind: 'compact',
    cutoffMs: 6_990,
  });
});

test('a client that has been away too long holds nothing back; one exactly at the edge still does', () => {
  const away = planCompaction(
    {nowMs: NOW, latestMs: 9_000, clients: [{cursorMs: 1, updatedMs: 8_999}]},
    OPTIONS,
  );
  expect(away).toEqual({kind: 'compact', cutoffMs: 8_900});
  const edge = planCompaction(
    {nowMs: NOW, latestMs: 9_000, clients: [{cursorMs: 1, updatedMs: 9_000}]},
    OPTIONS,
  );
  expect(edge).toEqual({kind: 'compact', cutoffMs: -9});
});

test('a cursor from the future counts as now', () => {
  const clients = [{cursorMs: 99_999, updatedMs: NOW}];
  const options = {...OPTIONS, hotRetentionMs: 0, safetyBufferMs: 2_000};
  expect(planCompaction({nowMs: NOW, latestMs: 9_000, clients}, options)).toEqual({
    kind: 'compact',
    cutoffMs: 8_000,
  });
});

test('a malformed client state blocks the run, whatever the others say', () => {
  const clients = [
    {cursorMs: 9_000, updatedMs: NOW},
    {cursorMs: null, updatedMs: 0},
  ];
  expect(planCompaction({nowMs: NOW, latestMs: 9_000, clients}, OPTIONS)).toEqual({
    kind: 'blocked',
    blockedReason: 'malformedClientState',
  });
});

test('a cutoff at or past the newest row leaves everything as it is', () => {
  const plan = planCompaction({nowMs: NOW, latestMs: 9_000, clients: []}, {...OPTIONS, hotRetentionMs: 0});
  expect(plan).toEqual({kind: 'idle'});
});
