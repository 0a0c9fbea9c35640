/** What a server's clock bounds: how far ahead rows may be dated, and which of them compaction may take (2.6). */

import {expect, test} from 'vitest';
import {
  judgeCompaction,
  judgeRowTime,
  type Readings,
  type Standing,
} from '../../../src/model/vfs/server-time.ts';
import {ms, row} from './make.ts';

/** A server that has read its clock at these times of the day. */
const readAt = (...times: string[]): Readings => {
  const all = new Set(times.map(ms));
  return {latestMs: Math.max(...all), has: time => all.has(time)};
};
const TOO_LATE = 'row a is dated later than its server may believe';
const ITS_OWN = 'row a has a time of its own';
const judge = (
  time: string,
  own: string | null | undefined,
  last: string | null,
  read: Readings,
): string | null =>
  judgeRowTime(row('a', time, 1), {
    last: last === null ? null : row('9', last, 1),
    ownMs: typeof own === 'string' ? ms(own) : own,
    read,
  });

test('a pushed row is dated as its author says, five minutes ahead of the server at most', () => {
  const read = readAt('11:59:30', '12:00:00');
  expect(judge('12:04:00', '12:04:00', '11:00:00', read)).toBeNull();
  expect(judge('12:05:00', '12:05:00', null, read)).toBeNull();
  expect(judge('12:05:00.001', '12:05:00.001', null, read)).toBe(TOO_LATE);
  // what was believed five minutes ahead of an earlier reading
  expect(judge('12:04:30', '12:08:00', null, read)).toBeNull();
  expect(judge('12:04:29.999', '12:08:00', null, read)).toBe(ITS_OWN);
  expect(judge('11:30:00', '12:30:00', '11:00:00', read)).toBe(ITS_OWN);
  expect(judge('12:04:30', '11:30:00', '11:00:00', read)).toBe(ITS_OWN);
});

test('a row that lies 1 ms after the one before it is right, however late that is; 2 ms are not', () => {
  const read = readAt('12:00:00');
  expect(judge('18:00:00.001', '11:00:00', '18:00:00', read)).toBeNull();
  expect(judge('18:00:00.002', '11:00:00', '18:00:00', read)).toBe(TOO_LATE);
  expect(judge('11:30:00.002', '11:00:00', '11:30:00', read)).toBe(ITS_OWN);
});

test('a row of the server itself is dated by its clock', () => {
  const read = readAt('11:59:30', '12:00:00');
  expect(judge('11:59:30', null, '11:00:00', read)).toBeNull();
  expect(judge('11:00:00.001', null, '11:00:00', read)).toBeNull();
  expect(judge('11:59:31', null, '11:00:00', read)).toBe(ITS_OWN);
});

test('where the time of the author was not kept, only the lead is judged', () => {
  const read = readAt('12:00:00');
  expect(judge('11:17:00', undefined, '11:00:00', read)).toBeNull();
  expect(judge('12:05:00.001', undefined, '11:00:00', read)).toBe(TOO_LATE);
});

const keep = {hotRetentionMs: 60_000, inactiveClientMs: 600_000, safetyBufferMs: 10_000};
const nowMs = ms('12:00:00');
const standing = (more: Partial<Standing>): Standing => ({
  client: 'user-1 crdt:desktop',
  cursorMs: ms('11:50:00'),
  updatedMs: ms('11:55:00'),
  ...more,
});

test('compaction takes no row that is younger than the hot retention', () => {
  expect(judgeCompaction(ms('11:58:59.999'), {nowMs, keep, clients: []})).toBeNull();
  expect(judgeCompaction(ms('11:59:00.005'), {nowMs, keep, clients: []})).toBe(
    'took a row 5 ms younger than what it may take',
  );
});

test('compaction takes no row within the safety buffer behind an active client', () => {
  const clients = [standing({cursorMs: ms('11:58:00'), client: 'user-2 crdt:phone'}), standing({})];
  expect(judgeCompaction(ms('11:49:49.999'), {nowMs, keep, clients})).toBeNull();
  expect(judgeCompaction(ms('11:49:50'), {nowMs, keep, clients})).toBe(
    'took a row that user-1 crdt:desktop, which is active, may still ask for',
  );
});

test('a client that was not heard of for long holds nothing back; one at the very bound still does', () => {
  const taken = ms('11:58:00');
  const wrong = 'took a row that user-1 crdt:desktop, which is active, may still ask for';
  const asked = (updated: string): string | null =>
    judgeCompaction(taken, {nowMs, keep, clients: [standing({updatedMs: ms(updated)})]});
  expect([asked('11:49:59.999'), asked('11:50:00')]).toEqual([null, wrong]);
});

test('a cursor from the future counts as now', () => {
  const clients = [standing({cursorMs: Infinity})];
  const eager = {...keep, hotRetentionMs: 0};
  expect(judgeCompaction(ms('11:59:49.999'), {nowMs, keep: eager, clients})).toBeNull();
  expect(judgeCompaction(ms('11:59:50'), {nowMs, keep: eager, clients})).toBe(
    'took a row that user-1 crdt:desktop, which is active, may still ask for',
  );
});
