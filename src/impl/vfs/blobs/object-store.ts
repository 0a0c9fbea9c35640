/**
 * The object store: a service of its own that keeps bytes under keys on its own disk, and knows nothing of what they
 * mean. `PUT`, `GET` and `DELETE /objects/<key>`; `GET /objects?after=<key>` lists keys in order.
 */
import type {Database, Host, HttpRequest, HttpResponse} from '../../../host.ts';

const OBJECT_SCHEMA: readonly string[] = [
  `CREATE TABLE objects (key TEXT PRIMARY KEY, bytes BLOB NOT NULL, stored_at INTEGER NOT NULL) WITHOUT ROWID`,
];

const OBJECT_DATABASE = 'objects';

/** Echoed in every answer, so that whoever asked can tell the answer to this request from one to another. */
export const REQUEST_ID = 'x-request-id';

/** Keys of one page of a listing. */
export const KEYS_PER_PAGE = 100;

const PUT = `
  INSERT INTO objects (key, bytes, stored_at) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, stored_at = excluded.stored_at`;
const GET = `SELECT bytes FROM objects WHERE key = ?`;
const DELETE = `DELETE FROM objects WHERE key = ?`;
const LIST = `SELECT key FROM objects WHERE key > ? ORDER BY key LIMIT ${KEYS_PER_PAGE}`;

const encoder = new TextEncoder();

export class ObjectStore {
  readonly #host: Host;
  readonly #database: Database;

  private constructor(host: Host, database: Database) {
    this.#host = host;
    this.#database = database;
  }

  /** Opens what the place holds, and serves. Rejects with `DiskError`. */
  static async open(host: Host): Promise<ObjectStore> {
    const store = new ObjectStore(host, await host.disk.open(OBJECT_DATABASE, OBJECT_SCHEMA));
    host.net.serve(request => store.handle(request));
    return store;
  }

  /** Answers any request; one that the disk fails is a 500, and may have been carried out or not. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    const headers = {[REQUEST_ID]: request.headers[REQUEST_ID] ?? ''};
    try {
      return {headers, ...(await this.#answer(request))};
    } catch {
      this.#host.probe('vfs.store.failed');
      return {status: 500, headers, body: ''};
    }
  }

  async #answer({method, path, body}: HttpRequest): Promise<{status: number; body: string | Uint8Array}> {
    const [, key] = /^\/objects\/([^/?]+)$/.exec(path) ?? [];
    if (key === undefined) {
      if (method !== 'GET' || !/^\/objects(\?|$)/.test(path)) return {status: 404, body: ''};
      const after = new URLSearchParams(path.slice('/objects?'.length)).get('after') ?? '';
      const rows = await this.#database.all(LIST, [after]);
      return {status: 200, body: JSON.stringify({keys: rows.map(row => String(row['key']))})};
    }
    const name = decodeURIComponent(key);
    switch (method) {
      case 'PUT': {
        const bytes = typeof body === 'string' ? encoder.encode(body) : body;
        await this.#database.run(PUT, [name, bytes, this.#host.clock.now()]);
        return {status: 204, body: ''};
      }
      case 'GET': {
        const row = await this.#database.get(GET, [name]);
        return row === undefined ? {status: 404, body: ''} : {status: 200, body: row['bytes'] as Uint8Array};
      }
      case 'DELETE':
        await this.#database.run(DELETE, [name]);
        return {status: 204, body: ''};
      default:
        return {status: 405, body: ''};
    }
  }
}
