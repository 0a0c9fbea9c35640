/** Short scripted scenarios on the simulator: real clients, a real or a scripted server, steps at known times, and all that was said. */
import {
  defineSystem,
  PLAN_SCHEMA,
  run,
  type BootContext,
  type Host,
  type HttpRequest,
  type NodeSpec,
  type Observation,
  type OperationSpec,
  type Plan,
  type Scene,
  type SqlRow,
} from '../../../src/index.ts';
import {VfsClient} from '../../../src/impl/vfs/client.ts';
import type {VfsClientOptions} from '../../../src/impl/vfs/client-options.ts';
import {VfsServer, type VfsServerOptions} from '../../../src/impl/vfs/server.ts';
import {VfsHttpTransport} from '../../../src/impl/vfs/transport.ts';
import type {ExportedState, GuardrailViolation} from '../../../src/model/vfs/types.ts';
import {AnsweringServer, read, type Answers, type Asked} from './answers.ts';

/** Steps begin the day after the one of the golden vectors, so that no server finds their times too far ahead. */
export const START_MS = 45 * 86_400_000;
/** Between one moment and the next: time enough for any request to be given up. */
export const MOMENT_MS = 60_000;
const TIMEOUT_MS = 10_000;

type ClientSetup = Partial<Omit<VfsClientOptions, 'transport'>> & {
  /** It runs no client, and only asks. */
  readonly bare?: boolean;
};

interface Parts {
  readonly client?: VfsClient;
  readonly transport?: VfsHttpTransport;
  readonly server?: VfsServer;
}

export interface Act {
  readonly on: string;
  readonly run: (node: Program) => unknown;
  readonly delayMs?: number;
}

export interface Fault {
  readonly fault: string;
  readonly on: string;
  readonly lasts?: number | null;
  readonly arg?: number;
  readonly delayMs?: number;
}

/** What happens at one moment: several things at once, or one. */
export type Moment = Act | Fault | readonly (Act | Fault)[];

export interface Script<Node extends string> {
  readonly clients: {readonly [node in Node]: ClientSetup};
  /** Real servers by node id, sharing one database and the address `api`; `s1` unless told. */
  readonly servers?: {readonly [node: string]: Partial<VfsServerOptions>};
  /** In place of a real server: what one answers, in order. */
  readonly answers?: Answers;
  readonly groups?: {readonly [user: string]: readonly string[]};
  /** Item to owner. */
  readonly items?: {readonly [item: string]: string};
  readonly steps: readonly Moment[];
  readonly fates?: Plan['fates'];
  /** Read from the servers' database at the end. */
  readonly query?: string;
}

/** What a step came to: its value, or what was thrown. */
export type Told = unknown;

export interface Said<Node extends string> {
  /** By node, what its steps came to, in the order of their ends; a step cut off by a crash says nothing. */
  readonly told: Readonly<Record<Node | 's1' | 's2', Told[]>>;
  readonly violations: Readonly<Record<Node, GuardrailViolation[]>>;
  /** Each client's state at the end. */
  readonly exports: Readonly<Record<Node, ExportedState>>;
  /** What reached a server, in order. */
  readonly asked: readonly Asked[];
  /** The real feed at the end, in its order. */
  readonly feed: readonly SqlRow[];
  readonly queried: readonly SqlRow[];
  /** The client's own name for what the feed calls so: feed ids are given by the server. */
  readonly opOf: (feedId: string) => string;
}

/** A node's program: whichever of these it runs. */
export class Program {
  readonly host: Host;
  readonly #parts: Parts;
  readonly #scene: () => Scene;

  constructor(host: Host, scene: () => Scene, parts: Parts) {
    this.host = host;
    this.#scene = scene;
    this.#parts = parts;
  }

  get client(): VfsClient {
    return present(this.#parts.client);
  }
  get transport(): VfsHttpTransport {
    return present(this.#parts.transport);
  }
  get server(): VfsServer {
    return present(this.#parts.server);
  }
  get runsClient(): boolean {
    return this.#parts.client !== undefined;
  }
  /** What another node runs just now. */
  beside(node: string): Program {
    return present(this.#scene().node(node)?.program as Program | undefined);
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('this node does not run that');
  return value;
}

interface Records {
  told: Record<string, Told[]>;
  violations: Record<string, GuardrailViolation[]>;
  exports: Record<string, ExportedState>;
  asked: Asked[];
  feed: SqlRow[];
  queried: SqlRow[];
  scene: Scene | null;
}

/** Runs a script; throws if the harness found anything: an error that escaped, a step that never ends. */
export async function script<Node extends string>(given: Script<Node>): Promise<Said<Node>> {
  let record: Records = fresh(given);
  const begin = (): Records => (record = fresh(given));
  const system = systemOf(given, begin, () => record);
  const outcome = await run(system, {plan: planOf(given)});
  if (outcome.violation !== null) throw new Error(outcome.violation.message);
  const names = new Map(record.feed.map(row => [row['id'], String(row['client_op_id'])]));
  return {...(record as unknown as Said<Node>), opOf: feedId => names.get(feedId) ?? feedId};
}

function fresh(given: Script<string>): Records {
  const byNode = <T>(): Record<string, T[]> => Object.fromEntries(nodeIds(given).map(id => [id, []]));
  const lists = {told: byNode<Told>(), violations: byNode<GuardrailViolation>()};
  return {...lists, exports: {}, asked: [], feed: [], queried: [], scene: null};
}

const serversOf = ({servers, answers}: Script<string>): {readonly [id: string]: Partial<VfsServerOptions>} =>
  answers === undefined ? (servers ?? {s1: {}}) : {s1: {}};

const nodeIds = (given: Script<string>): string[] => [
  ...Object.keys(serversOf(given)),
  ...Object.keys(given.clients),
];

function nodesOf(given: Script<string>, record: () => Records): NodeSpec[] {
  const scene = (): Scene => present(record().scene ?? undefined);
  const users = Object.entries({'user-1': [], 'user-2': [], ...given.groups});
  const items = Object.entries(given.items ?? {'item-1': 'user-1', folder: 'user-1', old: 'user-1'});
  const serve = async (
    host: Host,
    context: BootContext,
    own: Partial<VfsServerOptions>,
  ): Promise<Program> => {
    if (given.answers !== undefined) {
      new AnsweringServer(given.answers).serve(host);
      return new Program(host, scene, {});
    }
    const server = await VfsServer.open(host, {
      release: context.release === 2 ? 2 : 1,
      users: users.map(([userId, groups]) => ({userId, token: `token-${userId}`, groups})),
      items: items.map(([itemId, ownerId]) => ({itemId, ownerId, objectType: 'folder'})),
      readReplica: false,
      compaction: null,
      restored: context.disk !== null,
      ...own,
    });
    return new Program(host, scene, {server});
  };
  const boot = async (host: Host, id: string, {bare, ...own}: ClientSetup): Promise<Program> => {
    const userId = own.userId ?? 'user-1';
    const options = {server: 'api', token: `token-${userId}`, timeoutMs: TIMEOUT_MS};
    const transport = new VfsHttpTransport(host, options);
    if (bare === true) return new Program(host, scene, {transport});
    const heard = record().violations[id] ?? [];
    const onGuardrailViolation = (violation: GuardrailViolation): void => void heard.push(violation);
    const told = {transport, onGuardrailViolation};
    const client = await VfsClient.open(host, {userId, clientId: id, ...told, ...own});
    return new Program(host, scene, {client, transport});
  };
  return [
    ...Object.entries(serversOf(given)).map(([id, own]) => ({
      ...{id, role: id, place: 'server', addresses: ['api']},
      boot: (host: Host, context: BootContext) => serve(host, context, own),
    })),
    ...Object.entries(given.clients).map(([id, own]) => ({
      id,
      role: id,
      boot: (host: Host) => boot(host, id, own),
    })),
  ];
}

const momentsOf = ({steps}: Script<string>): {at: number; what: Act | Fault}[] =>
  steps.flatMap((moment, index) =>
    ([moment].flat() as (Act | Fault)[]).map(what => ({
      at: START_MS + index * MOMENT_MS + (what.delayMs ?? 0),
      what,
    })),
  );

const isFault = (what: Act | Fault): what is Fault => 'fault' in what;

function operationOf({on, run: body}: Act, record: () => Records): OperationSpec {
  return {
    weight: 0,
    role: on,
    draw: () => null,
    run: async (_, doing) => {
      const told = record().told[on] ?? [];
      try {
        told.push(plain(await body(doing.program as Program)));
      } catch (error) {
        told.push(refusal(error));
      }
    },
  };
}

const plain = (value: unknown): unknown =>
  value === undefined ? 'done' : (JSON.parse(JSON.stringify(value)) as unknown);

/** What was thrown, as the tests compare it. */
export function refusal(error: unknown): {readonly refused: string} {
  if (!(error instanceof Error)) return {refused: String(error)};
  const {rejectedResults: results} = error as {rejectedResults?: unknown};
  return {refused: error.message, ...(results === undefined ? {} : {results})};
}

function systemOf(
  given: Script<string>,
  begin: () => Records,
  record: () => Records,
): ReturnType<typeof defineSystem> {
  const moments = momentsOf(given);
  const faults = moments.flatMap(({what}) => (isFault(what) ? [what.fault] : []));
  return defineSystem<null>({
    name: 'script',
    summary: 'a scripted scenario',
    drawWorld: () => ({}),
    nodes: () => nodesOf(given, record),
    operations: Object.fromEntries(
      moments.flatMap(({what}, index) =>
        isFault(what) ? [] : [[`step-${index}`, operationOf(what, record)]],
      ),
    ),
    size: {operations: [0, 0], stormMs: [1, 1]},
    settling: [],
    hazards: Object.fromEntries(faults.map(kind => [kind, nodeIds(given)])),
    ledger: () => {
      begin();
      return null;
    },
    observe: (seen, _, scene) => observed(record(), seen, scene),
    claims: [
      {
        id: 'END',
        sentence: 'the end is looked at',
        when: 'settled',
        check: scene => {
          lookAt(scene, given, record());
          return 'holds';
        },
      },
    ],
    goals: [],
  }) as ReturnType<typeof defineSystem>;
}

function observed(record: Records, seen: Observation, scene: Scene): void {
  record.scene = scene;
  if (seen.kind === 'request') record.asked.push(read(seen.from, seen.request));
}

function lookAt(scene: Scene, given: Script<string>, record: Records): void {
  for (const id of Object.keys(given.clients)) {
    const program = scene.node(id)?.program as Program;
    if (program.runsClient) record.exports[id] = program.client.exportState();
  }
  const database = scene.database('server', 'server');
  record.feed = database?.all('SELECT * FROM vfs_crdt_ops ORDER BY occurred_ms, id') ?? [];
  record.queried = given.query === undefined ? [] : (database?.all(given.query) ?? []);
}

function planOf(given: Script<string>): Plan {
  const moments = momentsOf(given);
  const ids = nodeIds(given);
  return {
    schema: PLAN_SCHEMA,
    system: 'script',
    variant: 'default',
    seed: '0x0000000000000000',
    world: {},
    operations: moments.flatMap(({at, what}, index) =>
      isFault(what) ? [] : [{id: `o${index}`, at, kind: `step-${index}`, target: 0, args: null}],
    ),
    faults: moments.flatMap(({at, what}, index) => {
      if (!isFault(what)) return [];
      const {fault: kind, on, lasts = 1_000, arg = 0} = what;
      return [{id: `f${index}`, at, kind, target: ids.indexOf(on), lasts, arg}];
    }),
    weather: {},
    fates: given.fates ?? {},
    stormMs: START_MS + (given.steps.length + 1) * MOMENT_MS,
    patienceMs: 600_000,
    maxHappenings: 1_000_000,
  };
}

/** A request as a bare node sends it. */
export const request = (
  method: string,
  path: string,
  body: unknown,
  token = 'token-user-1',
): HttpRequest => ({
  method,
  path,
  headers: token === '' ? {} : {authorization: `Bearer ${token}`},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
