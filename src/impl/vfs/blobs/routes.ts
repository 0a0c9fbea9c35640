/** The routes of blobs: which request is for which of them, and the words of the 500 that any exception is (spec 7.1). */
import type {HttpResponse} from '../../../host.ts';
import {type Call, failed, toResponse} from '../server-http.ts';
import {answerAbandon} from './abandon.ts';
import {answerAttach} from './attach.ts';
import type {BlobContext} from './context.ts';
import {answerDelete, answerRead} from './read-delete.ts';
import {answerStage} from './stage.ts';

interface BlobRoute {
  readonly method: string;
  /** `id`: what the path names, decoded; blank if it names nothing. */
  readonly answer: (context: BlobContext, call: Call, id: string) => Promise<HttpResponse>;
  readonly failure: string;
}

const STAGE: BlobRoute = {
  method: 'POST',
  answer: async (context, call) => toResponse(await answerStage(context, call)),
  failure: 'Failed to stage blob',
};
const ATTACH: BlobRoute = {
  method: 'POST',
  answer: async (context, call, id) => toResponse(await answerAttach(context, call, id)),
  failure: 'Failed to attach staged blob',
};
const ABANDON: BlobRoute = {
  method: 'POST',
  answer: async (context, call, id) => toResponse(await answerAbandon(context, call, id)),
  failure: 'Failed to abandon staged blob',
};
const READ: BlobRoute = {method: 'GET', answer: answerRead, failure: 'Failed to read blob data'};
const DELETE: BlobRoute = {
  method: 'DELETE',
  answer: async (context, call, id) => toResponse(await answerDelete(context, call, id)),
  failure: 'Failed to delete blob data',
};

/** What a path below `/v1/vfs/blobs/` can be asked for; what the first pattern that fits says. */
const PATHS: readonly (readonly [RegExp, readonly BlobRoute[]])[] = [
  [/^\/v1\/vfs\/blobs\/stage$/, [STAGE]],
  [/^\/v1\/vfs\/blobs\/stage\/([^/]*)\/attach$/, [ATTACH]],
  [/^\/v1\/vfs\/blobs\/stage\/([^/]*)\/abandon$/, [ABANDON]],
  [/^\/v1\/vfs\/blobs\/([^/]*)$/, [READ, DELETE]],
];

/** Answers a request for blobs; null if it is none. Never rejects: what fails half-way has changed nothing that counts. */
export async function answerBlobs(context: BlobContext, call: Call): Promise<HttpResponse | null> {
  for (const [pattern, routes] of PATHS) {
    const found = pattern.exec(call.path);
    if (found === null) continue;
    const route = routes.find(({method}) => method === call.method);
    if (route === undefined) return toResponse(failed(405, 'Method not allowed'));
    try {
      return await route.answer(context, call, decoded(found[1] ?? ''));
    } catch (error) {
      context.host.probe(`vfs.blobs.failed.${error instanceof Error ? error.name : 'unknown'}`);
      return toResponse(failed(500, route.failure));
    }
  }
  return null;
}

/** A part of a path as it was meant; what is no encoding of anything names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
