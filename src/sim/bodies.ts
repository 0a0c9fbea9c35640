/** Copies what crosses the network's border, so that nothing is shared between two nodes. */
import type {Body, HttpRequest, HttpResponse} from '../host.ts';

/** Text as its UTF-8 encoding would carry it; bytes as a copy. */
export const copyBody = (body: Body): Body =>
  // not slice(): that of a Buffer shares its memory
  typeof body === 'string' ? body.toWellFormed() : new Uint8Array(body);

export const copyRequest = (request: HttpRequest): HttpRequest => ({
  method: request.method,
  path: request.path.toWellFormed(),
  headers: {...request.headers},
  body: copyBody(request.body),
});

export const copyResponse = (response: HttpResponse): HttpResponse => ({
  status: response.status,
  headers: {...response.headers},
  body: copyBody(response.body),
});

function sameBody(a: Body, b: Body): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export const sameResponse = (a: HttpResponse, b: HttpResponse): boolean =>
  a.status === b.status && sameBody(a.body, b.body) && sameHeaders(a.headers, b.headers);

function sameHeaders(a: HttpResponse['headers'], b: HttpResponse['headers']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name]);
}

export const sameRequest = (a: HttpRequest, b: HttpRequest): boolean =>
  a.method === b.method && a.path === b.path && sameBody(a.body, b.body);

/** What a request is, for keys and traces: its method and its path without the query. */
export function requestKind(request: HttpRequest): string {
  const query = request.path.indexOf('?');
  return `${request.method} ${query < 0 ? request.path : request.path.slice(0, query)}`;
}
