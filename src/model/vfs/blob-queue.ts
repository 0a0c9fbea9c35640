/** What a client's blob queue must make of each answer to its head, told over plain data (5.8). */

import {isObject, textOf} from './fields.ts';
import type {BlobOperation} from './blob-types.ts';
import {normaliseTime} from './time.ts';

/** An answer to a request of the queue, as it reached the client. */
export type QueueAnswer =
  | {readonly kind: 'failure'}
  /** `body`: its JSON; undefined if it has none. */
  | {readonly kind: 'http'; readonly status: number; readonly body: unknown};

export type Reaction =
  /** It leaves the queue, done. */
  | {readonly kind: 'done'}
  /** It is set aside, with these words. */
  | {readonly kind: 'aside'; readonly status: number; readonly message: string}
  /** The server has not heard yet what the client knows: it is told, and asked once more. */
  | {readonly kind: 'behind'; readonly status: number; readonly message: string}
  /** It is tried again, and if that was the last try the flush fails. */
  | {readonly kind: 'again'}
  /** It stays, and the flush fails. */
  | {readonly kind: 'stays'};

/** Tries of one operation in one go. */
const TRIES = 4;

/**
 * `tries`: how often it was tried in this go, this time included. `failures`: how often of these the route itself failed
 * so, this time included.
 */
export function expectReaction(
  operation: BlobOperation,
  answer: QueueAnswer,
  {tries, failures}: {readonly tries: number; readonly failures: number},
): Reaction {
  const again: Reaction = tries < TRIES ? {kind: 'again'} : {kind: 'stays'};
  if (answer.kind === 'failure') return again;
  const {status, body} = answer;
  if (status >= 200 && status < 300) return isDone(operation, body) ? {kind: 'done'} : {kind: 'stays'};
  const message = isObject(body) ? textOf(body.error) : null;
  if (status === 408 || status === 429 || status > 500) return again;
  if (status === 500) {
    if (failures === TRIES && message !== null) return {kind: 'aside', status, message};
    return again;
  }
  if (message === null || status < 400 || status === 401) return {kind: 'stays'};
  const kind = message === 'Client reconcile state is behind required visibility' ? 'behind' : 'aside';
  return {kind, status, message};
}

/** Whether an answer is a route's own failure, as its last row says. */
export function isRouteFailure(operation: BlobOperation, answer: QueueAnswer): boolean {
  if (answer.kind === 'failure' || answer.status !== 500 || !isObject(answer.body)) return false;
  const word = {stage: 'stage blob', attach: 'attach staged blob', abandon: 'abandon staged blob'}[
    operation.kind
  ];
  return textOf(answer.body.error) === `Failed to ${word}`;
}

function isDone(operation: BlobOperation, body: unknown): boolean {
  if (!isObject(body) || body.stagingId !== operation.stagingId) return false;
  switch (operation.kind) {
    case 'stage':
      return (
        body.blobId === operation.blobId &&
        body.status === 'staged' &&
        body.expiresAt === operation.expiresAt &&
        normaliseTime(body.stagedAt) !== null
      );
    case 'attach':
      return (
        body.attached === true &&
        body.itemId === operation.itemId &&
        body.relationKind === operation.relationKind &&
        textOf(body.refId) !== null &&
        normaliseTime(body.attachedAt) !== null
      );
    case 'abandon':
      return body.abandoned === true && body.status === 'abandoned';
  }
}
