/** The four exchanges between a client and its server: which one a request opens, and what bytes its answer is. */
import type {AnswerSeen, Body, HttpRequest} from '../../src/index.ts';
import type {Answer} from '../../src/model/vfs/decode.ts';
import type {Operation} from '../../src/model/vfs/types.ts';

export type Kind = 'pull' | 'push' | 'reconcile' | 'snapshot';

const ROUTES: readonly (readonly [string, Kind])[] = [
  ['/v1/vfs/crdt/sync', 'pull'],
  ['/v1/vfs/crdt/push', 'push'],
  ['/v1/vfs/crdt/reconcile', 'reconcile'],
  ['/v1/vfs/crdt/snapshot', 'snapshot'],
];

/** The exchange that a request opens; null if the engine has no part in it. */
export const kindOf = (request: HttpRequest): Kind | null =>
  ROUTES.find(([path]) => request.path.startsWith(path))?.[1] ?? null;

/** The operations that a push carries. */
export const batchOf = (request: HttpRequest): Operation[] =>
  (JSON.parse(String(request.body)) as {operations: Operation[]}).operations;

/** An answer as the reference takes it. */
export const answerOf = (seen: AnswerSeen): Answer =>
  seen.kind === 'failure'
    ? seen
    : {kind: 'http', status: seen.response.status, body: textOf(seen.response.body)};

/** Bytes are text if they are UTF-8, and else nothing that a decoder could take for JSON. */
function textOf(body: Body): string {
  if (typeof body === 'string') return body;
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(body);
  } catch {
    return '';
  }
}
