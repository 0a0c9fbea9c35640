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
import {answerAudit, AUDIT_PATHS} from './server-audit.ts';
import {bridgeTenant} from './server-bridge.ts';
import {answerLegacyPull, answerLegacyPush} from './server-legacy.ts';
import {answerPack} from './server-pack.ts';
import {answerPull} from './server-pull.ts';
import {answerPush} from './server-push.ts';
import {cancelRebuild, rebuild, type RebuildRequest} from './server-rebuild.ts';
import {type RebuildMode, type RebuildReport, runningJobs} from './server-rebuild-job.ts';
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

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  [PATHS.push, {method: 'POST', answer: answerPush}],
  [PATHS.pull, {method: 'POST', answer: answerPull}],
  [PATHS.ingestPack, {method: 'POST', answer: answerPack}],
  ...AUDIT_PATHS.map((path): [string, Route] => [path, {method: 'GET', answer: answerAudit}]),
  [PATHS.legacyPush, {method: 'POST', answer: answerLegacyPush}],
  [PATHS.legacyPull, {method: 'GET', answer: answerLegacyPull}],
]);

const V2_PREFIX = '/api/sync/v2/';
/** Length of the name of a history. */
const HISTORY_NAME = 8;
const NAME_HISTORY = `INSERT INTO sync_history (id, name) VALUES (1, ?) ON CONFLICT DO NOTHING`;
const TENANTS = `SELECT tenant_id FROM sync_tenants ORDER BY tenant_id`;
const LEGACY_TENANTS = `SELECT DISTINCT tenant_id FROM legacy_journal ORDER BY tenant_id`;
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

  /**
   * Makes a tenant's objects and conflicts anew from its journal. Rejects with `RebuildRefusedError`, or as the disk does:
   * then the same call goes on where it stopped.
   */
  rebuild(request: RebuildRequest): Promise<RebuildReport> {
    return rebuild(this.#context.database, this.#context.policy, request);
  }

  /** The same for all tenants, one after the other, under one name; the reports by tenant. */
  async rebuildAll(
    jobId: string,
    mode: RebuildMode,
  ): Promise<readonly {readonly tenantId: string; readonly report: RebuildReport}[]> {
    const reports: {readonly tenantId: string; readonly report: RebuildReport}[] = [];
    for (const row of await this.#context.database.all(TENANTS)) {
      const tenantId = String(row['tenant_id']);
      reports.push({tenantId, report: await this.rebuild({tenantId, jobId, mode})});
    }
    return reports;
  }

  /** Goes on with every rebuild that was under way when its server stopped; how many there were. */
  async resumeRebuilds(): Promise<number> {
    const jobs = await runningJobs(this.#context.database);
    for (const {tenantId, jobId, mode} of jobs) await this.rebuild({tenantId, jobId, mode});
    return jobs.length;
  }

  /** Gives up the rebuild of a tenant that is under way; whether there was one. */
  cancelRebuild(tenantId: string): Promise<boolean> {
    return cancelRebuild(this.#context.database, tenantId);
  }

  /** Takes over what the legacy exchange got of the types that it owns; how many entries became operations. */
  async bridge(): Promise<number> {
    let crossed = 0;
    for (const row of await this.#context.database.all(LEGACY_TENANTS)) {
      crossed += await bridgeTenant(this.#context, String(row['tenant_id']));
    }
    return crossed;
  }

  /** Answers any request; never rejects. What fails half-way has changed nothing and is a 500. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    try {
      return toResponse(await this.#answer(request));
    } catch (error) {
      const what = error instanceof DiskError ? error.code : 'unexpected';
      this.#context.host.probe(`journal.server.failed.${what}`);
      return toResponse(failed('INTERNAL', 'failed half-way; nothing has changed'));
    }
  }

  async #answer(request: HttpRequest): Promise<Reply> {
    const {path, query} = splitPath(request.path);
    const route = ROUTES.get(path);
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
