/** The server's border: HTTP-shaped requests in, JSON replies out, and who is asking (spec 5, 8). */
import type {Database, Host, HttpRequest, HttpResponse} from '../../host.ts';
import type {AnyPolicy} from './merge/policies.ts';
import type {ClockLimits, RefusalBody, RefusalCode} from './protocol.ts';

/** Whom a bearer token stands for. Tenant and device come from here, and from nowhere else. */
export interface Session {
  readonly token: string;
  readonly tenantId: string;
  readonly deviceId: string;
  /** Whether it may send packs. */
  readonly mayIngest?: boolean;
}

/** What every route works with. Nothing of the database is remembered between requests: other nodes write it too. */
export interface ServerContext {
  readonly host: Host;
  readonly database: Database;
  readonly policy: AnyPolicy;
  readonly clockLimits: ClockLimits;
  readonly sessions: ReadonlyMap<string, Session>;
  /** What packs are signed with; null: none are taken. */
  readonly packKey: string | null;
  /** Types that the legacy exchange owns: nobody else writes them. */
  readonly legacyTypes: ReadonlySet<string>;
}

/** One request of somebody known, read as far as all routes read it alike. */
export interface Call {
  readonly session: Session;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined if there is none, or it is no JSON. */
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Input of a route, or the reply that refuses it. */
export type Decoded<Input> =
  {readonly kind: 'ok'; readonly input: Input} | {readonly kind: 'refused'; readonly reply: Reply};

/** Longest body that is read, in UTF-16 code units or bytes. */
const MAX_BODY_LENGTH = 4 * 1024 * 1024;

const HEADERS: Readonly<Record<string, string>> = {'content-type': 'application/json'};
const STATUS: Readonly<Record<RefusalCode, number>> = {
  MALFORMED_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  BAD_SIGNATURE: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CURSOR_INVALID: 409,
  SCOPE_CHANGED: 409,
  BATCH_TOO_LARGE: 413,
  REBUILDING: 503,
  POLICY_CHANGED: 503,
  V2_DISABLED: 503,
  INTERNAL: 500,
};

const decoder = new TextDecoder('utf-8', {fatal: true});

/** Path and query of a request, apart. */
export function splitPath(full: string): {readonly path: string; readonly query: URLSearchParams} {
  const mark = full.indexOf('?');
  if (mark === -1) return {path: full, query: new URLSearchParams()};
  return {path: full.slice(0, mark), query: new URLSearchParams(full.slice(mark + 1))};
}

/** Whom the request's token stands for, or null. */
export function sessionOf(request: HttpRequest, sessions: ReadonlyMap<string, Session>): Session | null {
  const token = /^Bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  return token === undefined ? null : (sessions.get(token) ?? null);
}

/** The value of a JSON body; undefined if it is too long, no text, or no JSON. */
export function readBody(body: string | Uint8Array): unknown {
  if (body.length > MAX_BODY_LENGTH) return undefined;
  try {
    return JSON.parse(typeof body === 'string' ? body : decoder.decode(body)) as unknown;
  } catch {
    return undefined;
  }
}

export const toResponse = (reply: Reply): HttpResponse => ({
  status: reply.status,
  headers: HEADERS,
  body: JSON.stringify(reply.body),
});

export const ok = (body: unknown): Reply => ({status: 200, body});

export function failed(error: RefusalCode, message: string): Reply {
  const body: RefusalBody = {error, message};
  return {status: STATUS[error], body};
}

export const refused = (
  error: RefusalCode,
  message: string,
): {readonly kind: 'refused'; readonly reply: Reply} => ({kind: 'refused', reply: failed(error, message)});
