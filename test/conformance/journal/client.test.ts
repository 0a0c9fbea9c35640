/** The client against the server: edits that survive, pages that apply whole, and what a restart or a lost history does. */
import {expect, test} from 'vitest';
import {JournalTransportError} from '../../../src/impl/journal/client-errors.ts';
import {cut, deaf, Device, shown} from '../../impl/journal/device.ts';
import {Serving} from '../../impl/journal/serving.ts';

test('what one device writes another one holds', async () => {
  const server = await Serving.open();
  const [a, b] = [await Device.open(server, 'A', 1), await Device.open(server, 'B', 2)];
  await a.client.put('note', 'n1', 'hello', ['x']);
  expect(shown(a)).toEqual([['n1', 'hello']]);
  await a.client.sync();
  await b.client.sync();
  expect(b.client.list()).toEqual([{type: 'note', id: 'n1', payload: 'hello', tags: ['x'], local: false}]);
  await b.client.remove('note', 'n1');
  await b.client.sync();
  await a.client.sync();
  expect(shown(a)).toEqual([]);
  expect(server.rows('SELECT vector_clock FROM sync_journal ORDER BY journal_id')).toEqual([
    {vector_clock: '{"A~10000001":1}'},
    {vector_clock: '{"A~10000001":1,"B~20000001":1}'},
  ]);
});

test('a push whose answer is lost is sent again and changes nothing', async () => {
  const server = await Serving.open();
  const a = await Device.open(server, 'A', 1);
  await a.client.put('note', 'n1', 1);
  a.wire = deaf;
  await expect(a.client.push()).rejects.toEqual(new JournalTransportError('timeout'));
  expect(a.client.outbox()).toMatchObject([{status: 'pending'}]);
  a.wire = (_, deliver) => deliver();
  expect(await a.client.push()).toEqual({acked: ['A-100000000002'], held: [], refused: []});
  expect(server.rows('SELECT journal_id FROM sync_journal')).toEqual([{journal_id: 1}]);
  expect(a.client.outbox()).toEqual([]);
});

test('edits are durable before anything is sent, and a next life pushes them as they were', async () => {
  const server = await Serving.open();
  const a = await Device.open(server, 'A', 1);
  const entry = await a.client.put('note', 'n1', 1);
  a.wire = cut;
  await expect(a.client.push()).rejects.toThrow('network timeout');
  const again = await Device.open(server, 'A', 2, {disk: a.disk.afterCrash()});
  expect(again.client.outbox()).toEqual([{entry, status: 'pending', reason: null}]);
  const second = await again.client.put('note', 'n1', 2);
  expect(second.vectorClock).toEqual({'A~10000001': 1, 'A~20000001': 1});
  await again.client.sync();
  expect(shown(again)).toEqual([['n1', 2]]);
});
