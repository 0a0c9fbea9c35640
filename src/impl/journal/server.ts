/** The journal server: one node of it, over a database that it may share with others (spec 5, 7 to 11). */
import {DiskError, type Host, type HttpRequest, type HttpResponse} from '../../host.ts';
import {policies, type PolicyName} from './merge/policies.ts';
import {
  belongsTo,
  type ClockLimits,
  DEFAULT_CLOCK_LIMITS,
  LEGACY_DEVICE,
  LIFE_MARK,
  PACK_DEVICE,
  PATHS,
} from './protocol.ts';
import {
  type Call,
  failed,
  readBody,
  type Reply,
  type ServerContext,
  type Session,
  sessionOf,
  splitPath,
  toResponse,
} from './server-http.ts';
import {answerPull} from './server-pull.ts';
import {answerPush} from './server-push.ts';
import {SERVER_DATABASE, SERVER_SCHEMA} from './server-schema.ts';
import {isId} from './text.ts';

export interface JournalServerOptions {
  readonly sessions: readonly Session[];
  /** The hardened rule unless told. */
  readonly policy?: PolicyName;
  readonly clockLimits?: ClockLimits;
  /** What packs are signed with; none are taken unless told. */
  readonly packKey?: string;
  /** Types that the legacy exchange owns. */
  readonly legacyTypes?: readonly string[];
  /** Whether the second version of the protocol is served; it is unless told. The legacy exchange always is. */
  readonly v2?: boolean;
  /** Whether the disk was restored from backup or made anew: then no cursor of the lost history is taken for one of this. */
  readonly restored?: boolean;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: (context: ServerContext, call: Call) => Promise<Reply>;
}

const V2_ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  [PATHS.push, {method: 'POST', answer: answerPush}],
  [PATHS.pull, {method: 'POST', answer: answerPull}],
]);

const V2_PREFIX = '/api/sync/v2/';
/** Length of the name of a history. */
const HISTORY_NAME = 8;
const NAME_HISTORY = `INSERT INTO sync_history (id, name) VALUES (1, ?) ON CONFLICT DO NOTHING`;
const RENAME_HISTORY = `INSERT INTO sync_history (id, name) VALUES (1, ?)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name`;

export class JournalServer {
  readonly #context: ServerContext;
  readonly #v2: boolean;

  private constructor(context: ServerContext, v2: boolean) {
    this.#context = context;
    this.#v2 = v2;
  }

  /** Opens the database and serves. Throws for options that cannot be; rejects with `DiskError` if the disk does not play along. */
  static async open(host: Host, options: JournalServerOptions): Promise<JournalServer> {
    const sessions = sessionsByToken(options.sessions);
    const database = await host.disk.open(SERVER_DATABASE, SERVER_SCHEMA);
    const history = host.random.id(HISTORY_NAME);
    await database.run(options.restored === true ? RENAME_HISTORY : NAME_HISTORY, [history]);
    const context: ServerContext = {
      host,
      database,
      sessions,
      policy: policies[options.policy ?? 'default'],
      clockLimits: options.clockLimits ?? DEFAULT_CLOCK_LIMITS,
      packKey: options.packKey ?? null,
      legacyTypes: new Set(options.legacyTypes ?? []),
    };
    const server = new JournalServer(context, options.v2 ?? true);
    host.net.serve(request => server.handle(request));
    return server;
  }

  /** Answers any request; never rejects. What fails half-way has changed nothing and is a 500. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    try {
      return toResponse(await this.#answer(request));
    } catch (error) {
      const what = error instanceof DiskError ? 'disk' : 'unexpected';
      this.#context.host.probe(`journal.server.failed.${what}`);
      return toResponse(failed('INTERNAL', 'failed half-way; nothing has changed'));
    }
  }

  async #answer(request: HttpRequest): Promise<Reply> {
    const {path, query} = splitPath(request.path);
    const route = V2_ROUTES.get(path);
    if (route === undefined) return failed('NOT_FOUND', 'no such route');
    if (route.method !== request.method) return failed('METHOD_NOT_ALLOWED', `use ${route.method}`);
    const session = sessionOf(request, this.#context.sessions);
    if (session === null) return failed('UNAUTHORIZED', 'no session');
    if (path.startsWith(V2_PREFIX) && !this.#v2) return failed('V2_DISABLED', 'switched off');
    return route.answer(this.#context, {session, path, query, body: readBody(request.body)});
  }
}

/** Throws for a session that could write as the server itself, or as another device. */
function sessionsByToken(sessions: readonly Session[]): ReadonlyMap<string, Session> {
  for (const {tenantId, deviceId} of sessions) {
    const reserved = [PACK_DEVICE, LEGACY_DEVICE].some(device => belongsTo(deviceId, device));
    if (!isId(tenantId) || !isId(deviceId) || reserved || deviceId.includes(LIFE_MARK)) {
      throw new Error(`no session may have the device ${JSON.stringify(deviceId)}`);
    }
  }
  return new Map(sessions.map(session => [session.token, session]));
}
