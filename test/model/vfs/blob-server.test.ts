/** The reference of a server's blobs: that it tells the tables as the real server does, row by row, and what its changes are. */
import {describe, expect, test} from 'vitest';
import {afterChange, afterSweep, blobLines, stepOf} from '../../../src/model/vfs/blob-change.ts';
import {canonicalBase64} from '../../../src/model/vfs/blob-base64.ts';
import {expectBlob} from '../../../src/model/vfs/blob-server.ts';
import type {BlobMemory, BlobRequest, BlobState, StagingRow} from '../../../src/model/vfs/blob-state.ts';
import {encodeCursor} from '../../../src/model/vfs/cursor.ts';
import {keyOf} from '../../../src/model/vfs/order.ts';

const NOW = 1_000_000;
const at = (changeId: string) => ({changedAt: '2026-02-14T10:00:00.000Z', changeId});

const staging = (fields: Partial<StagingRow> = {}): StagingRow => ({
  ...{blobId: 'b', status: 'staged', expiresMs: NOW + 1, stagedAt: '2026-02-14T10:00:00.000Z'},
  ...{attachedAt: null, abandonedBy: null, ...fields},
});

const state: BlobState = {
  entries: new Map([
    ['b', {type: 'blob', owner: 'ann'}],
    ['s', {type: 'blobStage', owner: 'ann'}],
    ['i', {type: 'folder', owner: 'ann'}],
    ['j', {type: 'folder', owner: 'bob'}],
  ]),
  stagings: new Map([['s', staging()]]),
  links: new Map(),
  bytes: new Map([['b', {objectKey: 'k', lost: false}]]),
  checkpoints: new Map([[keyOf('ann', 'crdt:c'), {cursor: at('m'), writeIds: {r: 2}}]]),
  grants: [],
  groups: new Map([['ann', ['group:crew']]]),
};
const memory: BlobMemory = {attachedBy: () => null, contentOf: id => (id === 'b' ? 'YQ==' : null)};

const attach = (body: object = {}, user = 'ann'): BlobRequest => ({
  ...{kind: 'attach', user, stagingId: 's'},
  body: {itemId: 'i', ...body},
});
const rowOf = (request: BlobRequest, over: Partial<BlobState> = {}): string => {
  const outcome = expectBlob(request, {...state, ...over}, memory, NOW);
  return outcome.kind === 'answer' ? outcome.row : outcome.kind;
};
const required = (changeId: string, ids: object = {}): object => ({
  ...{clientId: 'c', requiredCursor: encodeCursor(at(changeId))},
  requiredLastReconciledWriteIds: ids,
});
const behind = '409 Client reconcile state is behind required visibility';

describe('attach', () => {
  test.each([
    ['an equal checkpoint', required('m', {r: 2}), 'change'],
    ['a lower one', required('a'), 'change'],
    ['a higher id at the same time', required('n'), behind],
    ['a higher write id', required('m', {r: 3}), behind],
    ['a replica that is not known', required('m', {q: 1}), behind],
    ['another client', {...required('m'), clientId: 'd'}, behind],
  ])('asks that the stored checkpoint is at least what is required: %s', (_, body, row) => {
    expect(rowOf(attach(body))).toBe(row);
  });

  test.each([
    ['read', 'user:ann', null, '403 Forbidden'],
    ['write', 'user:ann', null, 'change'],
    ['admin', 'group:crew', null, 'change'],
    ['write', 'group:others', null, '403 Forbidden'],
    ['write', 'user:ann', NOW, '403 Forbidden'],
    ['write', 'user:ann', NOW + 1, 'change'],
  ] as const)("to another's item, with %s for %s until %j", (level, principal, expiresMs, row) => {
    expect(rowOf(attach({itemId: 'j'}), {grants: [{itemId: 'j', principal, level, expiresMs}]})).toBe(row);
  });

  test.each([
    ['at its very end', {expiresMs: NOW}, '409 Blob staging has expired'],
    ['without an end', {expiresMs: null}, '500 Failed to attach staged blob'],
    ['abandoned', {status: 'abandoned'}, '409 Blob staging is no longer attachable'],
    ['of no blob', {blobId: ' '}, '500 Failed to attach staged blob'],
  ])('of a staging %s', (_, fields, row) => {
    expect(rowOf(attach(), {stagings: new Map([['s', staging(fields)]])})).toBe(row);
  });
});

describe('stage', () => {
  const stage = (body: object): BlobRequest => ({
    ...{kind: 'stage', user: 'ann'},
    body: {blobId: 'b', stagingId: 't', expiresAt: '2026-02-14T10:00:00.000Z', ...body},
  });
  test.each([
    [{}, 'change'],
    [{dataBase64: 'Y Q'}, 'change'],
    [{dataBase64: 'Yg=='}, '409 Blob object id conflicts with existing VFS object'],
    [{blobId: 'x'}, '404 Blob object not found'],
    [{blobId: 'x', dataBase64: 'YQ'}, 'change'],
    [{blobId: 'i'}, '409 Blob object id conflicts with existing VFS object'],
    [{stagingId: 's'}, '409 Blob staging already exists'],
    [{expiresAt: '1970-01-01'}, '400 expiresAt must be in the future'],
    [{contentType: ' '}, '400 blobId and expiresAt are required'],
  ])('%j', (body, row) => {
    expect(rowOf(stage(body))).toBe(row);
  });

  test('a blob that is lost needs the bytes that it had', () => {
    const bytes = new Map([['b', {objectKey: 'k', lost: true}]]);
    expect(rowOf(stage({}), {bytes})).toBe('404 Blob object not found');
    expect(rowOf(stage({dataBase64: 'YQ=='}), {bytes})).toBe('change');
  });
});

describe('a change', () => {
  test('is the difference of two states, but for what only the server knows', () => {
    const outcome = expectBlob(attach(), state, memory, NOW);
    if (outcome.kind !== 'change') throw new Error('it is one');
    const after = blobLines(afterChange(state, outcome.change));
    expect(after.filter(line => !blobLines(state).includes(line))).toEqual([
      '["link","i","b","file"]',
      `["staging","s","b","attached",${NOW + 1},null]`,
    ]);
  });

  test('of a deletion takes all stagings of the blob', () => {
    expect(blobLines(afterChange(state, {kind: 'deleted', blobId: 'b'}))).toEqual([]);
  });

  test('of the sweep comes at the very end of a staging, and never without one', () => {
    expect(blobLines(afterSweep(state, NOW))).toEqual(blobLines(state));
    const swept = afterSweep(state, NOW + 1).stagings.get('s');
    expect(swept).toEqual(staging({status: 'abandoned', abandonedBy: 'expiry'}));
    expect(stepOf(staging(), swept)).toBe('SWEEP');
    const endless = {...state, stagings: new Map([['s', staging({expiresMs: null})]])};
    expect(blobLines(afterSweep(endless, Infinity))).toEqual(blobLines(endless));
  });

  test.each([
    [undefined, undefined, null],
    [undefined, staging(), 'STAGE'],
    [staging(), undefined, 'DELETE'],
    [staging(), staging(), null],
    [staging(), staging({status: 'attached'}), 'ATTACH'],
    [staging(), staging({status: 'abandoned', abandonedBy: 'request'}), 'ABANDON'],
    [staging(), staging({status: 'pending'}), 'SPOIL'],
    [staging({status: 'attached'}), staging(), 'STAGE'],
  ])('is a step of its stagings: %#', (before, after, step) => {
    expect(stepOf(before, after)).toBe(step);
  });
});

test.each([
  ['YQ', 'YQ=='],
  [' Y\nWI=', 'YWI='],
  ['YR==', undefined],
  ['YWI==', undefined],
  ['Y', undefined],
  ['', undefined],
  ['Y-==', undefined],
])('base64 %j means %j', (text, bytes) => {
  expect(canonicalBase64(text)).toBe(bytes);
});
