/** Requests that no sound client sends, at least one for each refusal of what is in a request itself (5.3 to 5.6). */
import type {Doing, HttpRequest} from '../../../src/index.ts';
import {encodeCursor} from '../../../src/model/vfs/cursor.ts';
import {NetError} from '../../../src/host.ts';
import {tokenOf} from '../world.ts';
import {errorNote} from '../client-program.ts';
import {programOf} from './client-program.ts';
import {blobsWorld} from './world.ts';

/** Tells such a request from those of the queue. */
export const WRONG = 'x-wrong';

interface Names {
  readonly staging: string;
  readonly blob: string;
  readonly item: string;
}

type Wrong = (names: Names) => readonly [method: string, path: string, body?: unknown];

const LATER = '2999-01-01T00:00:00.000Z';
const cursor = encodeCursor({changedAt: '2026-01-01T00:00:00.000Z', changeId: 'a'});
const stage =
  (fields: object): Wrong =>
  ({staging, blob}) => ['POST', '/stage', {blobId: blob, stagingId: staging, expiresAt: LATER, ...fields}];
const attach =
  (fields: object): Wrong =>
  ({staging, item}) => ['POST', `/stage/${staging}/attach`, {itemId: item, ...fields}];

const WRONGS: readonly Wrong[] = [
  stage({blobId: ' '}),
  stage({expiresAt: 'soon'}),
  stage({expiresAt: '2001-01-01'}),
  stage({dataBase64: ' '}),
  stage({dataBase64: 'A'}),
  ({staging, item}) => ['POST', '/stage', {blobId: item, stagingId: staging, expiresAt: LATER}],
  ({staging, item}) => [
    'POST',
    '/stage',
    {blobId: item, stagingId: staging, expiresAt: LATER, dataBase64: 'YWI='},
  ],
  ({blob, item}) => ['POST', '/stage', {blobId: blob, stagingId: item, expiresAt: LATER}],
  ({staging}) => ['POST', '/stage', {blobId: 'unknown', stagingId: staging, expiresAt: LATER}],
  ({item}) => ['POST', '/stage/%20/attach', {itemId: item}],
  attach({itemId: null}),
  attach({relationKind: 'cousin'}),
  attach({requiredCursor: cursor}),
  attach({clientId: 'a:b'}),
  attach({clientId: 'a'}),
  attach({clientId: 'a', requiredCursor: 'x'}),
  attach({clientId: 'a', requiredCursor: cursor, requiredLastReconciledWriteIds: {r: 0}}),
  attach({clientId: 'nobody', requiredCursor: cursor}),
  attach({itemId: 'unknown'}),
  ({staging, blob}) => ['POST', `/stage/${staging}/attach`, {itemId: blob}],
  ({staging}) => ['POST', `/stage/${staging}/attach`, {itemId: staging}],
  () => ['POST', '/stage/%20/abandon'],
  () => ['POST', '/stage/unknown/abandon'],
  () => ['GET', '/%20'],
  () => ['GET', '/unknown'],
  ({item}) => ['GET', `/${encodeURIComponent(item)}`],
  ({item}) => ['DELETE', `/${encodeURIComponent(item)}`],
];

export const WRONG_COUNT = WRONGS.length;

/** Asks; whoever watches the server judges what it answers. */
export async function askWrongly(
  doing: Doing,
  {wrong, staging, blob}: {readonly wrong: number; readonly staging: number; readonly blob: number},
): Promise<void> {
  const {host, plan} = programOf(doing);
  const {stagings, blobs, items} = blobsWorld(doing.scene.world);
  const [method, path, body] = (WRONGS[wrong % WRONGS.length] as Wrong)({
    staging: stagings[staging % stagings.length] ?? '',
    blob: blobs[blob % blobs.length]?.id ?? '',
    item: items[blob % items.length]?.id ?? '',
  });
  const request: HttpRequest = {
    ...{method, path: `/v1/vfs/blobs${path}`},
    headers: {authorization: `Bearer ${tokenOf(plan.user)}`, [WRONG]: '1'},
    body: body === undefined ? '' : JSON.stringify(body),
  };
  try {
    await host.net.request('api', request);
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    doing.note('unanswered', errorNote(error));
  }
}
