/** A server that is asked without a network, with all that it marks and all that its database holds. */
import type {Disk, SqlParams, SqlRow} from '../../../src/host.ts';
import {VfsServer} from '../../../src/impl/vfs/server.ts';
import type {Release} from '../../../src/impl/vfs/server-schema.ts';
import type {Operation} from '../../../src/model/vfs/types.ts';
import type {Sqlite} from '../../../src/sim/sqlite.ts';
import type {MemoryDisk} from './memory-host.ts';
import {memoryHost} from './memory-host.ts';
import {at} from './scripted-transport.ts';

type Answer = readonly [status: number, body: unknown];

/** Operations of the replica `a` on `item-1`, which is `user-1`'s. */
export const link = (opId: string, writeId: number, more: Partial<Operation> = {}): Operation => ({
  opId,
  opType: 'link_add',
  itemId: 'item-1',
  replicaId: 'a',
  writeId,
  occurredAt: at('11:00'),
  parentId: `parent-of-${opId}`,
  childId: more.itemId ?? 'item-1',
  ...more,
});

export const grant = (opId: string, writeId: number, more: Partial<Operation> = {}): Operation => ({
  opId,
  opType: 'acl_add',
  itemId: 'item-1',
  replicaId: 'a',
  writeId,
  occurredAt: at('11:00'),
  principalType: 'user',
  principalId: 'user-2',
  accessLevel: 'read',
  ...more,
});

interface ServerSetup {
  readonly disk?: MemoryDisk;
  /** What pulls read first; with none they read the primary. */
  readonly copy?: MemoryDisk;
  readonly release?: Release;
}

/** `user-1` with `item-1`, `user-2` with `item-2`, and their server; it is 12:00. */
export class ServerRig {
  readonly marks: string[];
  readonly disk: MemoryDisk;
  readonly #server: VfsServer;

  private constructor(server: VfsServer, disk: MemoryDisk, marks: string[]) {
    this.#server = server;
    this.disk = disk;
    this.marks = marks;
  }

  static async open({disk: own, copy, release = 1}: ServerSetup = {}): Promise<ServerRig> {
    const host = memoryHost(own === undefined ? {} : {disk: own});
    const marks: string[] = [];
    const disk: Disk = {
      open: (name, schema, options) =>
        (options?.replica === true && copy !== undefined ? copy : host.disk).open(name, schema),
    };
    const server = await VfsServer.open(
      {...host, disk, probe: mark => marks.push(mark)},
      {
        release,
        users: ['user-1', 'user-2'].map(userId => ({userId, token: `token-${userId}`, groups: []})),
        items: [
          {itemId: 'item-1', ownerId: 'user-1', objectType: 'folder'},
          {itemId: 'item-2', ownerId: 'user-2', objectType: 'folder'},
        ],
        readReplica: copy !== undefined,
        compaction: null,
      },
    );
    return new ServerRig(server, host.disk, marks);
  }

  async #ask(method: string, path: string, body: unknown, userId: string): Promise<Answer> {
    const headers = {authorization: `Bearer token-${userId}`};
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = await this.#server.handle({method, path, headers, body: text});
    return [answer.status, JSON.parse(String(answer.body)) as unknown];
  }

  push(operations: readonly unknown[], {clientId = 'a', userId = 'user-1'} = {}): Promise<Answer> {
    return this.#ask('POST', '/v1/vfs/crdt/push', {clientId, operations}, userId);
  }

  pull(query = '', userId = 'user-1'): Promise<Answer> {
    return this.#ask('GET', `/v1/vfs/crdt/sync?${query}`, undefined, userId);
  }

  reconcile(body: unknown): Promise<Answer> {
    return this.#ask('POST', '/v1/vfs/crdt/reconcile', body, 'user-1');
  }

  rows(sql: string, params: SqlParams = []): SqlRow[] {
    return databaseOf(this.disk).all(sql, params);
  }

  run(sql: string, params: SqlParams = []): void {
    databaseOf(this.disk).run(sql, params);
  }
}

/** The server's database on a disk. */
export function databaseOf(disk: MemoryDisk): Sqlite {
  const database = disk.files.get('server');
  if (database === undefined) throw new Error('no server was ever opened on this disk');
  return database;
}
