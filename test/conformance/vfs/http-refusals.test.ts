/** Every refusal of every route, status and words, asked of the real server by a bare node. */
import {describe, expect, it} from 'vitest';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {cursor} from '../../impl/vfs/scripted-transport.ts';
import {ask, link} from './acts.ts';
import {script} from './script.ts';

const PUSH = '/v1/vfs/crdt/push';
const PULL = '/v1/vfs/crdt/sync';
const RECONCILE = '/v1/vfs/crdt/reconcile';
const SNAPSHOT = '/v1/vfs/crdt/snapshot';
const REGISTER = '/v1/vfs/register';

const CLIENT_ID = 'clientId must be non-empty, <=128 chars, and must not contain ":"';
const LIMIT = 'limit must be an integer between 1 and 500';
const REQUIRED = 'clientId and cursor are required';
const OBJECT = 'id and objectType are required';
const NOT_A_MAP = 'lastReconciledWriteIds must be an object map of replicaId -> writeId';
const BAD_ID = 'lastReconciledWriteIds contains invalid writeId (must be a positive integer)';
const BAD_REPLICA =
  'lastReconciledWriteIds contains invalid replicaId (must be non-empty, <=128 chars, and must not include ":")';

const SEEN = encodeCursor(cursor('12:00', 'seen'));
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const replicas = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`r${index}`, 1]));
const checkpoint = (lastReconciledWriteIds: unknown): object => ({
  clientId: 'a',
  cursor: SEEN,
  lastReconciledWriteIds,
});
const operations = (count: number): object[] =>
  Array.from({length: count}, (_, index) => ({
    ...link(`o${index}`, '12:00'),
    replicaId: 'a',
    writeId: index + 1,
  }));

type Row = readonly [row: string, method: string, path: string, body: unknown, status: number, error: string];

const push = (row: string, body: unknown, error: string): Row => [row, 'POST', PUSH, body, 400, error];
const pull = (row: string, query: string, error: string): Row => [
  row,
  'GET',
  `${PULL}?${query}`,
  '',
  400,
  error,
];
const reconcile = (row: string, body: unknown, error: string): Row => [
  row,
  'POST',
  RECONCILE,
  body,
  400,
  error,
];
const snapshot = (row: string, query: string, error: string): Row => [
  row,
  'GET',
  `${SNAPSHOT}${query}`,
  '',
  400,
  error,
];
const register = (row: string, body: unknown): Row => [row, 'POST', REGISTER, body, 400, OBJECT];

const refuses = (rows: readonly Row[]): void => {
  it.each(rows)('%s', async (_, method, path, body, status, error) => {
    const {told, feed} = await script({
      clients: {bare: {bare: true}},
      steps: [ask('bare', method, path, body)],
    });
    expect(told.bare).toEqual([[status, {error}]]);
    expect(feed).toEqual([]);
  });
};

describe('any route', () => {
  refuses([
    ['an unknown path', 'GET', '/v1/vfs/crdt', '', 404, 'Not found'],
    ['a path with more to it', 'GET', `${PULL}/`, '', 404, 'Not found'],
    ['a push that is fetched', 'GET', PUSH, '', 405, 'Method not allowed'],
    ['a pull that is posted', 'POST', PULL, {}, 405, 'Method not allowed'],
    ['a reconcile that is put', 'PUT', RECONCILE, {}, 405, 'Method not allowed'],
  ]);

  it.each([
    ['push', 'POST', PUSH, {clientId: 'a', operations: []}],
    ['pull', 'GET', PULL, ''],
    ['pull by its other name', 'GET', '/v1/vfs/crdt/vfs-sync', ''],
    ['reconcile', 'POST', RECONCILE, checkpoint({})],
    ['snapshot', 'GET', `${SNAPSHOT}?clientId=a`, ''],
    ['register', 'POST', REGISTER, {id: 'x', objectType: 'file'}],
    ['a malformed push', 'POST', PUSH, 'not json'],
    ['a malformed pull', 'GET', `${PULL}?limit=0`, ''],
  ])(
    '%s without a session, or with an unknown one, is 401 before all else',
    async (_, method, path, body) => {
      const {told} = await script({
        clients: {bare: {bare: true}},
        steps: [ask('bare', method, path, body, ''), ask('bare', method, path, body, 'token-nobody')],
      });
      const unauthorized = [401, {error: 'Unauthorized'}];
      expect(told.bare).toEqual([unauthorized, unauthorized]);
    },
  );
});

describe('push', () => {
  const one = {clientId: 'a', operations: []};
  refuses([
    push('no JSON', 'not json', 'clientId and operations are required'),
    push('a list', [], 'clientId and operations are required'),
    push('no client', {operations: []}, CLIENT_ID),
    push('a blank client', {...one, clientId: ' '}, CLIENT_ID),
    push('a client that is a number', {...one, clientId: 7}, CLIENT_ID),
    push('a client too long', {...one, clientId: 'x'.repeat(129)}, CLIENT_ID),
    push('a client with a colon', {...one, clientId: 'crdt:a'}, CLIENT_ID),
    push('no operations', {clientId: 'a'}, 'operations must be an array'),
    push('operations by name', {clientId: 'a', operations: {}}, 'operations must be an array'),
    push(
      '501 operations',
      {clientId: 'a', operations: operations(501)},
      'operations exceeds max entries (500)',
    ),
  ]);
});

describe('pull', () => {
  refuses([
    pull('limit=0', 'limit=0', LIMIT),
    pull('limit=501', 'limit=501', LIMIT),
    pull('limit=-1', 'limit=-1', LIMIT),
    pull('limit=', 'limit=', LIMIT),
    pull('limit=many', 'limit=many', LIMIT),
    pull('limit=1&limit=2', 'limit=1&limit=2', LIMIT),
    pull('two cursors', `cursor=${SEEN}&cursor=${SEEN}`, 'cursor must be a string'),
    pull('rootId=a&rootId=b', 'rootId=a&rootId=b', 'rootId must be a string'),
    pull('cursor=garbled!', 'cursor=garbled!', 'Invalid cursor'),
    pull(
      'a cursor of another version',
      `cursor=${encoded({version: 2, ...cursor('12:00', 'a')})}`,
      'Invalid cursor',
    ),
    pull(
      'a cursor at no time',
      `cursor=${encoded({version: 1, changedAt: 'noon', changeId: 'a'})}`,
      'Invalid cursor',
    ),
    pull(
      'a cursor at a blank id',
      `cursor=${encoded({version: 1, ...cursor('12:00', ' ')})}`,
      'Invalid cursor',
    ),
  ]);
});

describe('reconcile', () => {
  refuses([
    reconcile('no JSON', 'not json', REQUIRED),
    reconcile('no client', {cursor: SEEN}, REQUIRED),
    reconcile('no cursor', {clientId: 'a'}, REQUIRED),
    reconcile('a blank cursor', {clientId: 'a', cursor: ' '}, REQUIRED),
    reconcile('a garbled cursor', {clientId: 'a', cursor: 'garbled!'}, 'Invalid cursor'),
    reconcile('a client with a colon', {clientId: 'a:b', cursor: SEEN}, 'clientId must not contain ":"'),
    reconcile('a client too long', {clientId: 'x'.repeat(129), cursor: SEEN}, CLIENT_ID),
    reconcile('write ids as a list', checkpoint([1]), NOT_A_MAP),
    reconcile('write ids as text', checkpoint('a'), NOT_A_MAP),
    reconcile('513 replicas', checkpoint(replicas(513)), 'lastReconciledWriteIds exceeds max entries (512)'),
    reconcile('a blank replica', checkpoint({' ': 1}), BAD_REPLICA),
    reconcile('a replica with a colon', checkpoint({'a:b': 1}), BAD_REPLICA),
    reconcile('a replica too long', checkpoint({['x'.repeat(129)]: 1}), BAD_REPLICA),
    reconcile('write id 0', checkpoint({a: 0}), BAD_ID),
    reconcile('write id 1.5', checkpoint({a: 1.5}), BAD_ID),
    reconcile('a write id as text', checkpoint({a: '1'}), BAD_ID),
    reconcile('a write id beyond the integers', checkpoint({a: 2 ** 53}), BAD_ID),
  ]);
});

describe('snapshot', () => {
  refuses([
    snapshot('for nobody', '', 'clientId is required'),
    snapshot('for a blank client', '?clientId=', 'clientId is required'),
    snapshot('for two clients', '?clientId=a&clientId=b', 'clientId is required'),
    snapshot('for a client with a colon', '?clientId=a:b', CLIENT_ID),
    snapshot('for a client too long', `?clientId=${'x'.repeat(129)}`, CLIENT_ID),
    ['of an empty feed', 'GET', `${SNAPSHOT}?clientId=a`, '', 404, 'No CRDT snapshot is available'],
  ]);
});

describe('register', () => {
  refuses([
    register('no JSON', 'not json'),
    register('no id', {objectType: 'file'}),
    register('a blank id', {id: ' ', objectType: 'file'}),
    register('no type', {id: 'x'}),
    register('an unknown type', {id: 'x', objectType: 'planet'}),
    [
      'an item of the same id and another type',
      'POST',
      REGISTER,
      {id: 'item-1', objectType: 'file'},
      409,
      'Object id is already registered',
    ],
  ]);
});
