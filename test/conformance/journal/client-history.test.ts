/** What a client does about scopes that change, histories that are lost, disks that were put back, and refusals (spec 7). */
import {describe, expect, test} from 'vitest';
import {JournalEditError} from '../../../src/impl/journal/client-errors.ts';
import type {Json} from '../../../src/impl/journal/protocol.ts';
import {copyOf, Device, shown} from '../../impl/journal/device.ts';
import {entry, Serving} from '../../impl/journal/serving.ts';

describe('scope', () => {
  test('narrower, what is out of it goes; wider, it comes back', async () => {
    const server = await Serving.open();
    await server.push(
      'acme/A',
      entry('a', {A: 1}, {tags: ['x']}),
      entry('b', {A: 1}, {objectId: 'n2', tags: ['y']}),
    );
    const c = await Device.open(server, 'C', 1, {pageSize: 1});
    expect(await c.client.pull()).toEqual({pages: 2, rows: 2, restarts: 0});
    await c.client.setScope({tags: ['y']});
    expect(shown(c)).toHaveLength(2);
    await c.client.pull();
    expect(shown(c)).toEqual([['n2', 'b']]);
    await c.client.setScope({tags: ['y', 'x']});
    await c.client.pull();
    expect(shown(c)).toEqual([
      ['n1', 'a'],
      ['n2', 'b'],
    ]);
  });

  test('the same in another order is no change', async () => {
    const c = await Device.open(await Serving.open(), 'C', 1);
    await c.client.setScope({tags: ['y', 'x']});
    await c.client.pull();
    const before = c.client.exportState();
    await c.client.setScope({tags: ['x', 'y', 'x']});
    expect(c.client.exportState()).toEqual(before);
  });

  test('an object that leaves is dropped, and an own edit of one that is not in it vanishes once it is known', async () => {
    const server = await Serving.open();
    const c = await Device.open(server, 'C', 1);
    await c.client.setScope({tags: ['x']});
    await c.client.put('note', 'n1', 1, ['x']);
    await c.client.put('note', 'n2', 2, ['y']);
    await c.client.sync();
    // whoever has read from the beginning cannot tell whether it was lost or is not in the scope: it is offered once more
    await c.client.sync();
    expect(shown(c)).toEqual([['n1', 1]]);
    await server.push('acme/A', entry('a', {'C~10000001': 1, A: 1}, {tags: ['y']}));
    await c.client.pull();
    expect(shown(c)).toEqual([]);
  });

  test.each([{types: 'note'}, {ids: ['']}, {more: []}])('%j is none', async scope => {
    const c = await Device.open(await Serving.open(), 'C', 1);
    const before = c.client.exportState();
    await expect(c.client.setScope(scope as never)).rejects.toBeInstanceOf(JournalEditError);
    expect(c.client.exportState()).toEqual(before);
  });
});

describe('a history that changes', () => {
  test('after a rebuild it starts over, drops what is not sent again, and keeps what was not pushed', async () => {
    const server = await Serving.open();
    await server.push('acme/A', entry('a', {A: 1}), entry('b', {A: 1}, {objectId: 'n2'}));
    const c = await Device.open(server, 'C', 1);
    await c.client.pull();
    const file = server.disk.files.get('server');
    file?.exec(`DELETE FROM sync_journal WHERE op_id = 'b'`);
    await server.server.rebuild({tenantId: 'acme', jobId: 'j', mode: 'offline'});
    const edit = await c.client.put('note', 'n3', 3);
    expect(await c.client.pull()).toMatchObject({restarts: 1});
    expect(shown(c)).toEqual([
      ['n1', 'a'],
      ['n3', 3],
    ]);
    expect(c.client.outbox()).toEqual([{entry: edit, status: 'pending', reason: null}]);
  });

  test('what a restored server no longer has is pushed again by whom wrote it', async () => {
    const first = await Serving.open();
    const c = await Device.open(first, 'C', 1);
    await c.client.put('note', 'n1', 1);
    await c.client.sync();
    const backup = copyOf(first.disk);
    await c.client.put('note', 'n1', 2);
    await c.client.put('note', 'n2', 3);
    await c.client.sync();
    c.serving = await Serving.open({restored: true}, backup, 9);
    await c.client.pull();
    expect(c.client.outbox().map(({status}) => status)).toEqual(['pending', 'pending']);
    expect(shown(c)).toEqual([
      ['n1', 2],
      ['n2', 3],
    ]);
    await c.client.sync();
    expect(c.client.outbox()).toEqual([]);
    expect((await c.serving.pull()).objects).toMatchObject([{payload: 2}, {payload: 3}]);
  });

  test('what was built on something that nobody has any more is made anew on what there is', async () => {
    const first = await Serving.open();
    const backup = copyOf(first.disk);
    await first.push('acme/A', entry('lost', {A: 1}));
    const c = await Device.open(first, 'C', 1);
    await c.client.pull();
    const edit = await c.client.put('note', 'n1', 'mine');
    const later = await c.client.put('note', 'n1', 'mine too');
    expect(edit.vectorClock).toEqual({A: 1, 'C~10000001': 1});
    c.serving = await Serving.open({restored: true}, backup, 9);
    expect(await c.client.push()).toMatchObject({held: [edit.opId, later.opId]});
    expect(c.client.outbox().map(({reason}) => reason)).toEqual(['CLOCK_UNSEEN', 'CLOCK_UNSEEN']);
    await c.client.pull();
    const anew = c.client.outbox();
    expect(anew.map(({entry: {vectorClock}}) => vectorClock)).toEqual([{'C~10000001': 1}, {'C~10000001': 2}]);
    expect(anew[0]?.entry.opId).not.toBe(edit.opId);
    await c.client.sync();
    expect(shown(c)).toEqual([['n1', 'mine too']]);
    expect(c.client.outbox()).toEqual([]);
  });
});

describe('counters', () => {
  test('a device whose disk was put back uses none twice, and loses nothing', async () => {
    const server = await Serving.open();
    const c = await Device.open(server, 'C', 1);
    await c.client.put('note', 'n1', 1);
    await c.client.sync();
    const backup = copyOf(c.disk);
    await c.client.put('note', 'n1', 2);
    await c.client.sync();
    const restored = await Device.open(server, 'C', 2, {disk: backup});
    await restored.client.put('note', 'n1', 'after');
    await restored.client.sync();
    expect(restored.client.outbox()).toEqual([]);
    expect(server.rows('SELECT vector_clock FROM sync_journal ORDER BY journal_id')).toEqual([
      {vector_clock: '{"C~10000001":1}'},
      {vector_clock: '{"C~10000001":2}'},
      {vector_clock: '{"C~10000001":1,"C~20000001":1}'},
    ]);
    expect(server.rows('SELECT count(*) AS n FROM sync_conflicts')).toEqual([{n: 1}]);
  });

  test('two copies of one device write beside each other, and their edits meet as conflicts', async () => {
    const server = await Serving.open();
    const c = await Device.open(server, 'C', 1);
    await c.client.put('note', 'n1', 'base');
    await c.client.sync();
    const copy = await Device.open(server, 'C', 2, {disk: copyOf(c.disk)});
    await c.client.put('note', 'n1', 'one');
    await copy.client.put('note', 'n1', 'two');
    await c.client.sync();
    await copy.client.sync();
    await c.client.sync();
    expect([shown(c), shown(copy)]).toEqual([[['n1', 'two']], [['n1', 'two']]]);
    expect(server.rows('SELECT reason_code FROM sync_conflicts')).toEqual([
      {reason_code: 'CONCURRENT_UPDATE'},
    ]);
  });

  test('an own counter goes on above all that was used, whatever the server sent meanwhile', async () => {
    const server = await Serving.open();
    const c = await Device.open(server, 'C', 1);
    await c.client.put('note', 'n1', 1);
    await c.client.push();
    await server.push('acme/A', entry('a', {A: 1}));
    await c.client.pull();
    expect((await c.client.put('note', 'n1', 2)).vectorClock).toEqual({A: 1, 'C~10000001': 2});
  });

  test('a row that is hidden behind an own edit was not observed, and is not superseded unseen', async () => {
    const server = await Serving.open();
    const c = await Device.open(server, 'C', 1);
    await c.client.put('note', 'n1', 'mine');
    await server.push('acme/A', entry('a', {A: 1}, {payload: 'theirs'}));
    await c.client.pull();
    expect(shown(c)).toEqual([['n1', 'mine']]);
    expect((await c.client.put('note', 'n1', 'mine again')).vectorClock).toEqual({'C~10000001': 2});
    await c.client.sync();
    expect(server.rows('SELECT reason_code FROM sync_conflicts')).toHaveLength(2);
    expect(shown(c)).toEqual([['n1', 'theirs']]);
  });
});

describe('what is refused', () => {
  test('is set aside with its reason, stops nothing, and can be given up', async () => {
    const server = await Serving.open({clockLimits: {maxDevices: 1, maxAhead: 10}});
    await server.push('acme/A', entry('a', {A: 1}));
    const c = await Device.open(server, 'C', 1);
    await c.client.pull();
    const poison = await c.client.put('note', 'n1', 1);
    const fine = await c.client.put('note', 'n2', 2);
    expect(await c.client.push()).toEqual({acked: [fine.opId], held: [], refused: [poison.opId]});
    expect(c.client.outbox()).toEqual([{entry: poison, status: 'refused', reason: 'CLOCK_MALFORMED'}]);
    expect(c.client.get('note', 'n1')).toMatchObject({payload: 'a', local: false});
    expect(await c.client.push()).toEqual({acked: [], held: [], refused: []});
    expect(await c.client.discard(fine.opId)).toBe(false);
    expect(await c.client.discard(poison.opId)).toBe(true);
    expect(await c.client.discard(poison.opId)).toBe(false);
    expect(c.client.outbox()).toEqual([]);
    expect((await c.client.put('note', 'n1', 3)).vectorClock).toEqual({A: 1, 'C~10000001': 2});
  });

  test.each<readonly [string, string, string, Json, readonly string[]]>([
    ['INVALID_NAME', '', 'n1', 1, []],
    ['INVALID_NAME', 'note', 'a\0', 1, []],
    ['INVALID_PAYLOAD', 'note', 'n1', 2 ** 53, []],
    ['INVALID_PAYLOAD', 'note', 'n1', undefined as never, []],
    ['PAYLOAD_TOO_LARGE', 'note', 'n1', 'x'.repeat(70_000), []],
    ['INVALID_TAGS', 'note', 'n1', 1, ['']],
  ])('%s is told before anything is queued', async (code, type, id, payload, tags) => {
    const c = await Device.open(await Serving.open(), 'C', 1);
    const before = c.client.exportState();
    await expect(c.client.put(type, id, payload, tags)).rejects.toMatchObject({
      name: 'JournalEditError',
      code,
    });
    expect(c.client.exportState()).toEqual(before);
  });
});
