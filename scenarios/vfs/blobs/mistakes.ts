/** What a caller gets wrong with the blob queue, at least one for each of its own errors; each must be refused in its words (5.8). */
import type {Doing} from '../../../src/index.ts';
import type {BlobQueue} from '../../../src/impl/vfs/blobs/queue.ts';
import {errorNote} from '../client-program.ts';
import {programOf} from './client-program.ts';

const LATER = '2999-01-01';
const cursor = {changedAt: '2026-01-01T00:00:00.000Z', changeId: 'a'};
const tuple = {clientId: 'c1', requiredCursor: cursor, requiredLastReconciledWriteIds: {}};
const attach = {stagingId: 's', itemId: 'i'};

type Mistake = readonly [told: string, make: (queue: BlobQueue) => Promise<unknown>];

const stage = (told: string, input: object): Mistake => [
  told,
  queue => queue.stage({blobId: 'b', expiresAt: LATER, ...input}),
];
const link = (told: string, input: object): Mistake => [told, queue => queue.attach({...attach, ...input})];

const MISTAKES: readonly Mistake[] = [
  stage('blobId is required', {blobId: ' '}),
  stage('expiresAt must be a valid ISO timestamp', {expiresAt: 'soon'}),
  stage('stagingId is required', {stagingId: ''}),
  stage('dataBase64 must be valid base64', {dataBase64: '*'}),
  stage('contentType is invalid', {contentType: ' '}),
  link('stagingId is required', {stagingId: 7}),
  link('itemId is required', {itemId: undefined}),
  link('relationKind is invalid', {relationKind: 'cousin'}),
  link('consistency.clientId is invalid', {consistency: {...tuple, clientId: 'a:b'}}),
  link('consistency.requiredCursor is invalid', {consistency: {...tuple, requiredCursor: null}}),
  link('consistency.requiredLastReconciledWriteIds is invalid', {
    consistency: {...tuple, requiredLastReconciledWriteIds: {r: 0}},
  }),
  ['stagingId is required', queue => queue.abandon(' ')],
];

export const MISTAKE_COUNT = MISTAKES.length;

/** Tells what the mistake should have been answered by, what it was answered by, and whether the queue changed. */
export async function makeMistake(doing: Doing, index: number): Promise<void> {
  const {queue} = programOf(doing);
  const [expected, make] = MISTAKES[index % MISTAKES.length] as Mistake;
  const before = queue.exportState();
  let told: string | null = null;
  try {
    await make(queue);
  } catch (error) {
    told = errorNote(error).message;
  }
  // other operations may change the queue meanwhile: only what is refused at once is compared
  doing.note('mistaken', {expected, told, changed: queue.exportState() !== before && told === null});
}
