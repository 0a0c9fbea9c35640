/** Watches the object store against the servers' metadata: which bytes must be there, and which nobody may have sent. */
import type {HttpRequest, Scene} from '../../../src/index.ts';
import type {Docket} from '../docket.ts';
import {STORE} from './nodes.ts';
import type {BlobServerWatch} from './watch-server.ts';

export class StoreWatch {
  readonly #docket: Docket;
  readonly #server: BlobServerWatch;
  /** Every key that the store was ever seen to hold, and those that are gone through no fault of the servers'. */
  readonly #seen = new Set<string>();
  readonly #excused = new Set<string>();
  /** Keys that a server has asked to be deleted. */
  readonly #dropped = new Set<string>();

  constructor(docket: Docket, server: BlobServerWatch) {
    this.#docket = docket;
    this.#server = server;
  }

  /** A server sends a request to the store. */
  sent(node: string, {method, path}: HttpRequest): void {
    const key = decodeURIComponent(path.slice('/objects/'.length));
    if (method === 'DELETE') this.#dropped.add(key);
    if (method !== 'PUT') return;
    const {entries} = this.#server.state;
    const right = this.#server.uploads(node).some(({user, blobId}) => {
      const entry = entries.get(blobId);
      const isOwn = entry === undefined || (entry.type === 'blob' && entry.owner === user);
      return isOwn && key.startsWith(`${encodeURIComponent(blobId)}.`);
    });
    this.#docket.enter(
      'VFS-B7',
      right
        ? null
        : {code: 'sent', node, message: `${node} sent bytes as ${key}, which are not the caller's to send`},
    );
  }

  /** Metadata or bytes have changed. */
  committed(scene: Scene, node: string): void {
    const keys = keysIn(scene);
    if (keys === null) return;
    for (const key of keys) this.#seen.add(key);
    for (const [blobId, {objectKey, lost}] of this.#server.state.bytes) {
      if (lost || this.#excused.has(objectKey)) continue;
      this.#docket.enter(
        'VFS-B5',
        keys.has(objectKey)
          ? null
          : {
              code: 'dangling',
              node,
              message: `the metadata of ${blobId} points at ${objectKey}, which the store does not have`,
            },
      );
    }
  }

  /** The store lost what it had; or the servers' metadata was put back, and may point at what was deleted since. */
  rewound(scene: Scene): void {
    const keys = keysIn(scene) ?? new Set<string>();
    for (const key of [...this.#seen, ...this.#dropped]) if (!keys.has(key)) this.#excused.add(key);
    for (const {objectKey} of this.#server.state.bytes.values()) {
      if (!keys.has(objectKey) || this.#dropped.has(objectKey)) this.#excused.add(objectKey);
    }
  }

  /** What is not in step once the sweep has come: bytes of nobody, and metadata without bytes that nobody marked. */
  unswept(scene: Scene): {readonly orphans: readonly string[]; readonly dangling: readonly string[]} | null {
    const keys = keysIn(scene);
    if (keys === null) return null;
    const {bytes} = this.#server.state;
    const used = new Set([...bytes.values()].map(({objectKey}) => objectKey));
    return {
      orphans: [...keys].filter(key => !used.has(key)),
      dangling: [...bytes].flatMap(([id, {objectKey, lost}]) => (lost || keys.has(objectKey) ? [] : [id])),
    };
  }
}

function keysIn(scene: Scene): Set<string> | null {
  const rows = scene.database(STORE, 'objects')?.all('SELECT key FROM objects ORDER BY key');
  return rows === undefined ? null : new Set(rows.map(row => String(row['key'])));
}
