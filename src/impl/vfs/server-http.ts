/**
 * The server's border: HTTP-shaped requests in, JSON replies out, and the session that every route runs in
 * (spec 7).
 */
import type {Database, Host, HttpRequest, HttpResponse, Sql} from '../../host.ts';
import {parseJson} from './json.ts';
import type {Release} from './server-schema.ts';

/**
 * What every route works with. Nothing of the database is remembered between requests: other nodes write it
 * too.
 */
export interface ServerContext {
  readonly host: Host;
  readonly primary: Database;
  /** A copy that may lag behind, or null if pulls read the primary. */
  readonly replica: Sql | null;
  readonly release: Release;
}

/** One request, read as far as all routes read it alike. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | null;
  /** The parsed JSON body; undefined if there is none or it is no JSON. */
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Input of a route, or the message of the 400 that answers it. */
export type Parsed<Input> =
  {readonly kind: 'ok'; readonly input: Input} | {readonly kind: 'refused'; readonly error: string};

const HEADERS: Readonly<Record<string, string>> = {'content-type': 'application/json'};
const SESSION_USER = `SELECT user_id FROM vfs_sessions WHERE token = ?`;

const decoder = new TextDecoder('utf-8', {fatal: true});

export function readCall(request: HttpRequest): Call {
  const mark = request.path.indexOf('?');
  const path = mark === -1 ? request.path : request.path.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : request.path.slice(mark + 1));
  const token = /^Bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? null;
  return {method: request.method, path, query, token, body: readBody(request.body)};
}

export function toResponse(reply: Reply): HttpResponse {
  return {status: reply.status, headers: HEADERS, body: JSON.stringify(reply.body)};
}

export function ok(body: unknown): Reply {
  return {status: 200, body};
}

export function failed(status: number, error: string): Reply {
  return {status, body: {error}};
}

export function refused(error: string): {readonly kind: 'refused'; readonly error: string} {
  return {kind: 'refused', error};
}

/**
 * Runs `answer` for the caller's user in one transaction on the primary, or answers 401. What `answer` throws
 * rolls back and passes on; the route's 500 is made of it.
 */
export function inSession(
  context: ServerContext,
  call: Call,
  answer: (sql: Sql, userId: string) => Promise<Reply>,
): Promise<Reply> {
  return context.primary.transaction(async sql => {
    const userId = await sessionUser(sql, call.token);
    return userId === null ? failed(401, 'Unauthorized') : answer(sql, userId);
  });
}

/**
 * Answers 400 to a caller that has a session, 401 to any other: a stranger learns nothing about his input.
 */
export async function refuse(context: ServerContext, call: Call, error: string): Promise<Reply> {
  const userId = await sessionUser(context.primary, call.token);
  return userId === null ? failed(401, 'Unauthorized') : failed(400, error);
}

/** The user of a session, or null. */
export async function sessionUser(sql: Sql, token: string | null): Promise<string | null> {
  const row = token === null ? undefined : await sql.get(SESSION_USER, [token]);
  return row === undefined ? null : String(row['user_id']);
}

function readBody(body: string | Uint8Array): unknown {
  const text = typeof body === 'string' ? body : decodeUtf8(body);
  const parsed = text === null ? null : parseJson(text);
  return parsed?.ok === true ? parsed.value : undefined;
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
