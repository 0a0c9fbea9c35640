/** Pull: exactly what changed in the scope since the cursor, once, in order, with what left it (spec 7, P1 to P10). */
import {expect, test} from 'vitest';
import type {PullAnswer, PullRequest, Scope} from '../../../src/impl/journal/protocol.ts';
import {by, entry, Serving, tombstone} from '../../impl/journal/serving.ts';

const PULL = '/api/sync/v2/pull';

const seen = ({objects}: PullAnswer): readonly unknown[] => objects.map(({kind, id}) => `${kind} ${id}`);
const note = (n: number, tags: readonly string[] = []): ReturnType<typeof entry> =>
  entry(`op${n}`, {A: 1}, {objectId: `n${n}`, tags});

test('P1: hasMore is exact, whatever the number of operations behind an object', async () => {
  const at = await Serving.open();
  for (let n = 1; n <= 4; n += 1)
    await at.push('acme/A', note(n), entry(`more${n}`, {A: 2}, {objectId: `n${n}`}));
  const first = await at.pull({limit: 2});
  expect(first).toMatchObject({hasMore: true, fromSeq: 0, toSeq: 4});
  const second = await at.pull({limit: 2, sinceCursor: first.serverCursor});
  expect(second).toMatchObject({hasMore: false, fromSeq: 4, toSeq: 8});
  expect([...seen(first), ...seen(second)]).toEqual(['live n1', 'live n2', 'live n3', 'live n4']);
});

test('P2: an object whose tags leave the scope is evicted', async () => {
  const at = await Serving.open();
  await at.push('acme/A', note(1, ['x']), note(2, ['y']));
  const scope: Scope = {tags: ['x']};
  const first = await at.pull({scope});
  expect(seen(first)).toEqual(['live n1']);
  await at.push('acme/A', entry('moved', {A: 2}, {tags: ['y']}));
  const second = await at.pull({scope, sinceCursor: first.serverCursor});
  expect(second.objects).toEqual([{kind: 'left', type: 'note', id: 'n1', changeSeq: 3, left: true}]);
});

test('P3: a losing operation with a tag of the scope brings nothing', async () => {
  const at = await Serving.open();
  await at.pushAll(by('A', 'a', {A: 1}, 'z', {tags: ['y']}), by('B', 'b', {B: 1}, 'a', {tags: ['x']}));
  expect((await at.pull({scope: {tags: ['x']}})).objects).toEqual([]);
});

test('P4: another scope is told so, and starts over', async () => {
  const at = await Serving.open();
  await at.push('acme/A', note(1, ['x']), note(2, ['y']));
  const {serverCursor: sinceCursor} = await at.pull({scope: {tags: ['x']}});
  const wider = {scope: {tags: ['x', 'y']}};
  expect(await at.ask('POST', PULL, {sinceCursor, ...wider})).toMatchObject({
    status: 409,
    body: {error: 'SCOPE_CHANGED'},
  });
  expect(seen(await at.pull(wider))).toEqual(['live n1', 'live n2']);
});

test('the order of a scope, and what it repeats, makes no other scope', async () => {
  const at = await Serving.open();
  const {serverCursor: sinceCursor} = await at.pull({scope: {tags: ['x', 'y']}});
  expect(await at.pull({sinceCursor, scope: {tags: ['y', 'x', 'y']}})).toMatchObject({objects: []});
});

test('P5, P9: sequences are of the order of commits, each object has one, and pages ascend', async () => {
  const at = await Serving.open();
  await Promise.all([1, 2, 3, 4, 5].map(n => at.push('acme/A', note(n))));
  const {objects} = await at.pull();
  expect(objects.map(({changeSeq}) => changeSeq)).toEqual([1, 2, 3, 4, 5]);
});

test('P6, P7: a cursor of another history, or beyond the head, is none', async () => {
  const at = await Serving.open();
  await at.push('acme/A', note(1));
  const {serverCursor} = await at.pull();
  const restored = await Serving.open({restored: true}, at.disk, 1);
  const invalid = {status: 409, body: {error: 'CURSOR_INVALID'}};
  expect(await restored.ask('POST', PULL, {sinceCursor: serverCursor})).toMatchObject(invalid);
  const ahead = serverCursor.replace(':1:', ':2:');
  expect(ahead).not.toBe(serverCursor);
  const again = await Serving.open({}, at.disk, 2);
  const {serverCursor: fresh} = await again.pull();
  expect(await again.ask('POST', PULL, {sinceCursor: fresh.replace(':1:', ':2:')})).toMatchObject(invalid);
  expect(await again.ask('POST', PULL, {sinceCursor: fresh})).toMatchObject({status: 200});
});

test.each(['', 'x', '1:a:1', '1:a:-1:0123456789abcdef', '1:a:01:0123456789abcdef', '2:a:1:0123456789abcdef'])(
  'no server gave the cursor "%s"',
  async sinceCursor => {
    const at = await Serving.open();
    expect(await at.ask('POST', PULL, {sinceCursor})).toMatchObject({
      status: 409,
      body: {error: 'CURSOR_INVALID'},
    });
  },
);

test('P8: the limit counts objects of the scope, not what lies between', async () => {
  const at = await Serving.open();
  for (let n = 1; n <= 9; n += 1) await at.push('acme/A', note(n, n % 4 === 1 ? ['x'] : []));
  const page = await at.pull({limit: 3, scope: {tags: ['x']}});
  expect(seen(page)).toEqual(['live n1', 'live n5', 'live n9']);
  expect(page).toMatchObject({hasMore: false, toSeq: 9});
});

test('P10: what other tenants write moves no cursor', async () => {
  const at = await Serving.open();
  const before = await at.pull();
  await at.push('other/A', note(1), note(2));
  expect(await at.pull()).toEqual(before);
  await at.push('acme/A', note(3));
  expect(await at.pull()).toMatchObject({toSeq: 1});
});

test('an absent list does not restrict, an empty one matches nothing, and lists are ANDed', async () => {
  const at = await Serving.open();
  await at.push(
    'acme/A',
    note(1, ['x']),
    entry('t', {A: 1}, {objectType: 'task', objectId: 'n1', tags: ['x', 'y']}),
  );
  const pulled = async (scope: Scope): Promise<readonly string[]> =>
    (await at.pull({scope})).objects.map(({type, id}) => `${type} ${id}`);
  expect(await pulled({})).toEqual(['note n1', 'task n1']);
  expect(await pulled({types: []})).toEqual([]);
  expect(await pulled({ids: []})).toEqual([]);
  expect(await pulled({tags: []})).toEqual([]);
  expect(await pulled({types: ['task']})).toEqual(['task n1']);
  expect(await pulled({ids: ['n1', 'n2']})).toEqual(['note n1', 'task n1']);
  expect(await pulled({tags: ['y', 'z']})).toEqual(['task n1']);
  expect(await pulled({types: ['note'], tags: ['y']})).toEqual([]);
});

test('a tombstone is sent to whom it was shown, and leaves by its tags like any other', async () => {
  const at = await Serving.open();
  await at.push('acme/A', note(1, ['x']), note(2, ['x']));
  const scope = {tags: ['x']};
  const first = await at.pull({scope});
  await at.push(
    'acme/A',
    {...tombstone('A', 'd1', {A: 2}), tags: ['x']},
    {...tombstone('A', 'd2', {A: 2}), objectId: 'n2'},
  );
  const {objects} = await at.pull({scope, sinceCursor: first.serverCursor});
  expect(objects).toEqual([
    {
      kind: 'tombstone',
      type: 'note',
      id: 'n1',
      changeSeq: 3,
      clock: {A: 2},
      isTombstone: true,
      lastOpId: 'd1',
    },
    {kind: 'left', type: 'note', id: 'n2', changeSeq: 4, left: true},
  ]);
});

test('a cursor stays where it is while nothing changes, and what changes between two pages is not lost', async () => {
  const at = await Serving.open();
  await at.push('acme/A', note(1), note(2), note(3));
  const first = await at.pull({limit: 2});
  await at.push('acme/A', entry('again', {A: 2}));
  const second = await at.pull({limit: 2, sinceCursor: first.serverCursor});
  expect([seen(first), seen(second)]).toEqual([
    ['live n1', 'live n2'],
    ['live n3', 'live n1'],
  ]);
  const third = await at.pull({sinceCursor: second.serverCursor});
  expect(third).toMatchObject({objects: [], serverCursor: second.serverCursor, hasMore: false});
});

test.each<readonly [string, unknown]>([
  ['no body', ''],
  ['no cursor', {}],
  ['a cursor that is a number', {sinceCursor: 3}],
  ['a limit of 0', {sinceCursor: null, limit: 0}],
  ['a limit beyond the bound', {sinceCursor: null, limit: 501}],
  ['a limit that is text', {sinceCursor: null, limit: '5'}],
  ['a scope that is a list', {sinceCursor: null, scope: []}],
  ['a scope of something unknown', {sinceCursor: null, scope: {timeRange: {}}}],
  ['a scope of numbers', {sinceCursor: null, scope: {ids: [1]}}],
  ['a field that no pull has', {sinceCursor: null, includeTombstones: true}],
])('%s is no pull', async (_, body) => {
  const at = await Serving.open();
  expect(await at.ask('POST', PULL, body)).toMatchObject({status: 400, body: {error: 'MALFORMED_REQUEST'}});
});

test('a pull is one statement, and a push of many entries is eight', async () => {
  const at = await Serving.open();
  const statements: string[] = [];
  at.disk.hook = sql => void statements.push(sql);
  await at.push('acme/A', note(1), note(2), note(3));
  expect(statements.length).toBe(8);
  statements.length = 0;
  const request: PullRequest = {sinceCursor: null};
  await at.pull(request);
  expect(statements.length).toBe(1);
});
