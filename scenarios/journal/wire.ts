/** Requests and answers of the journal as the harness reads them: what was asked, without trusting who asked. */
import {PATHS, LIMITS} from '../../src/impl/journal/protocol.ts';
import type {HttpRequest, HttpResponse} from '../../src/index.ts';
import type {Scope} from '../../src/model/journal/types.ts';

export type Route = 'push' | 'pull' | 'pack' | 'audit' | 'legacy-push' | 'legacy-pull' | 'other';

const ROUTES: readonly (readonly [string, Route])[] = [
  [PATHS.push, 'push'],
  [PATHS.pull, 'pull'],
  [PATHS.ingestPack, 'pack'],
  [PATHS.legacyPush, 'legacy-push'],
  [PATHS.legacyPull, 'legacy-pull'],
];

export function routeOf({path}: HttpRequest): Route {
  const bare = path.split('?')[0] ?? '';
  if (bare.startsWith(PATHS.audit)) return 'audit';
  return ROUTES.find(([known]) => known === bare)?.[1] ?? 'other';
}

/** The JSON of a body; undefined for what is none. */
export function bodyOf({body}: HttpRequest | HttpResponse): unknown {
  try {
    return JSON.parse(String(body)) as unknown;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is {readonly [key: string]: unknown} =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type Pushed =
  | {readonly kind: 'entries'; readonly entries: readonly unknown[]}
  | {readonly kind: 'refused'; readonly status: 400 | 413};

/** What a push brings, or how it must be refused as a whole. */
export function pushedEntries(request: HttpRequest): Pushed {
  const body = bodyOf(request);
  if (!isRecord(body) || !Array.isArray(body['entries']) || Object.keys(body).length > 1)
    return {kind: 'refused', status: 400};
  const entries = body['entries'] as readonly unknown[];
  return entries.length > LIMITS.entries ? {kind: 'refused', status: 413} : {kind: 'entries', entries};
}

/** What a pull of a well-meaning client asks for; null for anything else. */
export interface Question {
  readonly cursor: string | null;
  readonly limit: number;
  readonly scope: Scope;
}

const FILTERS = ['types', 'ids', 'tags'];
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= 128;
const isScope = (value: unknown): value is Scope =>
  isRecord(value) &&
  Object.keys(value).every(field => FILTERS.includes(field)) &&
  Object.values(value).every(list => Array.isArray(list) && list.every(isName));

export function questionOf(request: HttpRequest): Question | null {
  const body = bodyOf(request);
  if (!isRecord(body)) return null;
  const {sinceCursor, limit = LIMITS.pageDefault, scope = {}, ...more} = body;
  if (sinceCursor !== null && typeof sinceCursor !== 'string') return null;
  const countable =
    typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= LIMITS.pageMax;
  if (!countable || !isScope(scope) || Object.keys(more).length > 0) return null;
  return {cursor: sinceCursor, limit, scope};
}

/** The device that a request's token stands for. */
export const deviceOf = (request: HttpRequest): string | null =>
  /^Bearer token-(.*)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? null;
