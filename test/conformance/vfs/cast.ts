/** Who is in a script: clients with their disks, servers over one database or one that answers as told, and bare nodes that only ask. */
import type {BootContext, Host, NodeSpec, Scene} from '../../../src/index.ts';
import {VfsClient} from '../../../src/impl/vfs/client.ts';
import type {VfsClientOptions} from '../../../src/impl/vfs/client-options.ts';
import {VfsServer, type VfsServerOptions} from '../../../src/impl/vfs/server.ts';
import {VfsHttpTransport} from '../../../src/impl/vfs/transport.ts';
import type {GuardrailViolation} from '../../../src/model/vfs/types.ts';
import {AnsweringServer, type Answers} from './answers.ts';

const TIMEOUT_MS = 10_000;

type ClientSetup = Partial<Omit<VfsClientOptions, 'transport'>> & {
  /** It runs no client, and only asks. */
  readonly bare?: boolean;
};
type ServerSetup = Partial<VfsServerOptions>;

export interface Cast<Node extends string> {
  /** By node id, which is the client's id too unless told; of `user-1` unless told. */
  readonly clients: {readonly [node in Node]: ClientSetup};
  /** Real servers by node id, sharing one database and the address `api`; `s1` unless told. */
  readonly servers?: {readonly [node: string]: ServerSetup};
  /** In place of a real server: what one answers, in order. */
  readonly answers?: Answers;
  readonly groups?: {readonly [user: string]: readonly string[]};
  /** Item to owner; `item-1` of `user-1` unless told. */
  readonly items?: {readonly [item: string]: string};
}

interface Parts {
  readonly client?: VfsClient;
  readonly transport?: VfsHttpTransport;
  readonly server?: VfsServer;
}

/** What a node runs: whichever of these it has. */
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

export function present<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new Error('this node does not run that');
  return value;
}

const serversOf = ({servers, answers}: Cast<string>): {readonly [id: string]: ServerSetup} =>
  answers === undefined ? (servers ?? {s1: {}}) : {s1: {}};

/** All node ids: servers, then the others. */
export const nodeIds = (cast: Cast<string>): string[] => [
  ...Object.keys(serversOf(cast)),
  ...Object.keys(cast.clients),
];

/** The nodes of a cast, each of a role of its own, so that steps and faults find just the one they name. */
export function nodesOf(
  cast: Cast<string>,
  scene: () => Scene,
  heard: (node: string, violation: GuardrailViolation) => void,
): NodeSpec[] {
  return [
    ...Object.entries(serversOf(cast)).map(([id, own]) => ({
      ...{id, role: id, place: 'server', addresses: ['api']},
      boot: (host: Host, context: BootContext) => bootServer(cast, host, context, {scene, own}),
    })),
    ...Object.entries(cast.clients).map(([id, own]) => ({
      ...{id, role: id},
      boot: (host: Host) => bootClient(host, own, {scene, heard: violation => heard(id, violation)}),
    })),
  ];
}

async function bootServer(
  {answers, groups, items = {'item-1': 'user-1'}}: Cast<string>,
  host: Host,
  context: BootContext,
  {scene, own}: {readonly scene: () => Scene; readonly own: ServerSetup},
): Promise<Program> {
  if (answers !== undefined) {
    new AnsweringServer(answers).serve(host);
    return new Program(host, scene, {});
  }
  const users = Object.entries({'user-1': [], 'user-2': [], ...groups});
  const server = await VfsServer.open(host, {
    release: context.release === 2 ? 2 : 1,
    users: users.map(([userId, theirs]) => ({userId, token: `token-${userId}`, groups: theirs})),
    items: Object.entries(items).map(([itemId, ownerId]) => ({itemId, ownerId, objectType: 'folder'})),
    readReplica: false,
    compaction: null,
    restored: context.disk !== null,
    ...own,
  });
  return new Program(host, scene, {server});
}

async function bootClient(
  host: Host,
  {bare, ...own}: ClientSetup,
  {scene, heard}: {readonly scene: () => Scene; readonly heard: (violation: GuardrailViolation) => void},
): Promise<Program> {
  const userId = own.userId ?? 'user-1';
  const options = {server: 'api', token: `token-${userId}`, timeoutMs: TIMEOUT_MS};
  const transport = new VfsHttpTransport(host, options);
  if (bare === true) return new Program(host, scene, {transport});
  const told = {transport, onGuardrailViolation: heard};
  const client = await VfsClient.open(host, {userId, clientId: host.id, ...told, ...own});
  return new Program(host, scene, {client, transport});
}
