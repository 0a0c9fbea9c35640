/** A server with blobs and its object store, wired to each other without a network, for asking one request after another. */
import {
  type HttpRequest,
  type HttpResponse,
  NetError,
  type SqlRow,
  type SqlValue,
} from '../../../src/host.ts';
import type {BlobOptions} from '../../../src/impl/vfs/blobs/context.ts';
import {ObjectStore} from '../../../src/impl/vfs/blobs/object-store.ts';
import {ANSWER_REPEATS} from '../../../src/impl/vfs/blobs/policy.ts';
import {encodeCursor} from '../../../src/impl/vfs/cursor.ts';
import {VfsServer} from '../../../src/impl/vfs/server.ts';
import {cursor} from '../../impl/vfs/scripted-transport.ts';
import {memoryHost, type MemoryHost} from '../../impl/vfs/memory-host.ts';

export const NOW_MS = 1_771_070_400_000;
export const LATER = '2026-02-14T13:00:00.000Z';

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** The encoded cursor of that minute and change. */
export const position = (time: string, changeId: string): string => encodeCursor(cursor(time, changeId));

/** What the store does with a request in place of answering it; null: it answers. */
type StoreMishap = 'lost before' | 'lost after' | 500 | 'another answer' | null;

/** An answer as tests compare it: its status, and its JSON body or its text. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: HttpResponse['headers'];
}

export class BlobBench {
  readonly host: MemoryHost;
  readonly store: MemoryHost = memoryHost({now: NOW_MS, life: 7});
  /** What the next requests to the store meet, in order; calm once there are none left. */
  readonly mishaps: StoreMishap[] = [];
  readonly asked: string[] = [];
  #server: VfsServer | null = null;
  #objects: ObjectStore | null = null;

  private constructor() {
    this.host = memoryHost({now: NOW_MS, net: {request: (_, request) => this.#toStore(request)}});
  }

  static async open(options: Partial<BlobOptions> = {}): Promise<BlobBench> {
    const bench = new BlobBench();
    bench.#objects = await ObjectStore.open(bench.store);
    bench.#server = await VfsServer.open(bench.host, {
      release: 1,
      users: [
        {userId: 'ann', token: 'token-ann', groups: ['crew']},
        {userId: 'bob', token: 'token-bob', groups: []},
      ],
      items: [
        {itemId: 'item-1', ownerId: 'ann', objectType: 'folder'},
        {itemId: 'item-2', ownerId: 'bob', objectType: 'folder'},
        {itemId: 'known', ownerId: 'ann', objectType: 'blob'},
        {itemId: 'foreign', ownerId: 'bob', objectType: 'blob'},
      ],
      readReplica: false,
      compaction: null,
      blobs: {
        store: {address: 'store', timeoutMs: 1_000},
        repeats: ANSWER_REPEATS,
        writeGraceMs: 60_000,
        sweepEveryMs: 0,
        ...options,
      },
    });
    return bench;
  }

  get server(): VfsServer {
    if (this.#server === null) throw new Error('the bench is open');
    return this.#server;
  }

  async ask(method: string, path: string, body: unknown = '', user = 'ann'): Promise<Answer> {
    const {
      status,
      body: raw,
      headers,
    } = await this.server.handle({
      method,
      path: `/v1/vfs/blobs${path}`,
      headers: user === '' ? {} : {authorization: `Bearer token-${user}`},
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    if (headers['content-type'] === 'application/json') {
      return {status, body: JSON.parse(String(raw)) as unknown, headers};
    }
    return {status, body: typeof raw === 'string' ? raw : Buffer.from(raw).toString(), headers};
  }

  /** Stages a blob with bytes, as `s1` unless told. */
  async staged(fields: object = {}, user = 'ann'): Promise<Answer> {
    const body = {blobId: 'b1', stagingId: 's1', expiresAt: LATER, dataBase64: base64('bytes'), ...fields};
    return this.ask('POST', '/stage', body, user);
  }

  attach(fields: object = {}, stagingId = 's1', user = 'ann'): Promise<Answer> {
    return this.ask('POST', `/stage/${stagingId}/attach`, {itemId: 'item-1', ...fields}, user);
  }

  abandon(stagingId = 's1', user = 'ann'): Promise<Answer> {
    return this.ask('POST', `/stage/${stagingId}/abandon`, '', user);
  }

  /** Writes the server's database as no request could. */
  write(sql: string, ...params: SqlValue[]): void {
    this.host.disk.files.get('server')?.run(sql, params);
  }

  rows(sql: string, ...params: SqlValue[]): SqlRow[] {
    return this.host.disk.files.get('server')?.all(sql, params) ?? [];
  }

  /** All that a request about blobs could change. */
  metadata(): readonly SqlRow[][] {
    return [
      this.rows('SELECT * FROM vfs_registry ORDER BY id'),
      this.rows('SELECT * FROM vfs_links ORDER BY id'),
      this.rows('SELECT * FROM vfs_blob_bytes ORDER BY blob_id'),
      this.rows('SELECT * FROM vfs_sync_client_state ORDER BY user_id, client_id'),
    ];
  }

  /** Keys in the store, without the part that chance gave them. */
  objects(): string[] {
    const rows = this.store.disk.files.get('objects')?.all('SELECT key FROM objects ORDER BY key', []) ?? [];
    return rows.map(row => String(row['key']).replace(/\.[^.]*$/, ''));
  }

  dropObjects(): void {
    this.store.disk.files.get('objects')?.run('DELETE FROM objects', []);
  }

  /** Stores a checkpoint for ann's client `desktop`, as a reconcile would have left it. */
  checkpoint(time: string, changeId: string, writeIds: string): void {
    const {changedAt} = cursor(time, changeId);
    this.write(
      'INSERT OR REPLACE INTO vfs_sync_client_state VALUES (?, ?, ?, ?, ?, ?)',
      ...['ann', 'crdt:desktop', changedAt, changeId, writeIds, NOW_MS],
    );
  }

  async #toStore(request: HttpRequest): Promise<HttpResponse> {
    const mishap = this.mishaps.shift() ?? null;
    this.asked.push(`${request.method} ${request.path.replace(/\.[^./]*$/, '')}`);
    const lost = new NetError('timeout', 'no answer');
    if (mishap === 'lost before') throw lost;
    if (mishap === 500) return {status: 500, headers: request.headers, body: ''};
    if (this.#objects === null) throw lost;
    const response = await this.#objects.handle(request);
    if (mishap === 'lost after') throw lost;
    return mishap === 'another answer' ? {...response, headers: {'x-request-id': 'another'}} : response;
  }
}
