/** What the reference says a blob queue makes of an answer. */
import {describe, expect, test} from 'vitest';
import {expectReaction, isRouteFailure} from '../../../src/model/vfs/blob-queue.ts';
import type {BlobOperation} from '../../../src/model/vfs/blob-types.ts';

const LATER = '2026-02-14T13:00:00.000Z';
const stage: BlobOperation = {kind: 'stage', stagingId: 's', blobId: 'b', expiresAt: LATER};
const attach: BlobOperation = {kind: 'attach', stagingId: 's', itemId: 'i', relationKind: 'file'};
const abandon: BlobOperation = {kind: 'abandon', stagingId: 's'};
const success = {
  stage: {stagingId: 's', blobId: 'b', status: 'staged', stagedAt: LATER, expiresAt: LATER},
  attach: {
    ...{attached: true, stagingId: 's', itemId: 'i', relationKind: 'file'},
    ...{refId: 'r', attachedAt: LATER},
  },
  abandon: {abandoned: true, stagingId: 's', status: 'abandoned'},
};
const http = (status: number, body: unknown) => ({kind: 'http', status, body}) as const;
const first = {tries: 1, failures: 0};

describe('a success', () => {
  test.each([stage, attach, abandon])('that is about $kind is one', operation => {
    const body = success[operation.kind];
    expect(expectReaction(operation, http(200, body), first)).toEqual({kind: 'done'});
    for (const field of Object.keys(body)) {
      const wrong = http(200, {...body, [field]: 'noon'});
      // an id of the server's own may be any text
      const kind = field === 'refId' ? 'done' : 'stays';
      expect(expectReaction(operation, wrong, first), field).toEqual({kind});
      expect(expectReaction(operation, http(200, {...body, [field]: null}), first), field).toEqual({
        kind: 'stays',
      });
    }
  });

  test.each([undefined, null, [], 'done'])('whose body is %j is none', body => {
    expect(expectReaction(abandon, http(200, body), first)).toEqual({kind: 'stays'});
  });
});

describe('anything else', () => {
  const behind = 'Client reconcile state is behind required visibility';
  test.each([
    ['no answer', {kind: 'failure'} as const, {kind: 'again'}],
    ['too many requests', http(429, {error: 'slow'}), {kind: 'again'}],
    ['a proxy without a server', http(503, {error: 'down'}), {kind: 'again'}],
    ['a failure of the route', http(500, {error: 'Failed to attach staged blob'}), {kind: 'again'}],
    ['a refusal', http(404, {error: 'no'}), {kind: 'aside', status: 404, message: 'no'}],
    ['a conflict', http(409, {error: ' no '}), {kind: 'aside', status: 409, message: 'no'}],
    [
      'a checkpoint that is behind',
      http(409, {error: behind}),
      {kind: 'behind', status: 409, message: behind},
    ],
    ['a refusal without words', http(409, {}), {kind: 'stays'}],
    ['a session that is over', http(401, {error: 'Unauthorized'}), {kind: 'stays'}],
    ['a redirection', http(302, {error: 'there'}), {kind: 'stays'}],
  ])('%s', (_, answer, reaction) => {
    expect(expectReaction(attach, answer, first)).toEqual(reaction);
  });

  test('is tried four times; a route that fails so each time is the reason to set it aside', () => {
    const failed = http(500, {error: 'Failed to attach staged blob'});
    expect(isRouteFailure(attach, failed)).toBe(true);
    expect(isRouteFailure(stage, failed)).toBe(false);
    expect(expectReaction(attach, failed, {tries: 3, failures: 3})).toEqual({kind: 'again'});
    expect(expectReaction(attach, failed, {tries: 4, failures: 3})).toEqual({kind: 'stays'});
    expect(expectReaction(attach, failed, {tries: 4, failures: 4})).toEqual({
      ...{kind: 'aside', status: 500, message: 'Failed to attach staged blob'},
    });
    expect(expectReaction(attach, {kind: 'failure'}, {tries: 4, failures: 0})).toEqual({kind: 'stays'});
  });
});
