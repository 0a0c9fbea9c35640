/** How a server reaches the object store: four requests, each of which either is known to have been done, or throws. */
import {type Host, type HttpResponse, NetError} from '../../../host.ts';
import {parseJson} from '../json.ts';
import {isRecord} from '../text.ts';
import {KEYS_PER_PAGE, REQUEST_ID} from './object-store.ts';

/** The store did not say that it did what it was asked to; it may have done it all the same. */
export class BlobStoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BlobStoreError';
  }
}

export interface StoreOptions {
  /** The store's node id or address. */
  readonly address: string;
  /** Waiting time for one answer, ms. */
  readonly timeoutMs: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', {fatal: true});

/** All methods reject with {@link BlobStoreError}. */
export class StoreClient {
  readonly #host: Host;
  readonly #options: StoreOptions;

  constructor(host: Host, options: StoreOptions) {
    this.#host = host;
    this.#options = options;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#expect(204, await this.#ask('PUT', objectPath(key), bytes));
  }

  /** The bytes under a key; null if the store says that there are none. */
  async get(key: string): Promise<Uint8Array | null> {
    const response = await this.#ask('GET', objectPath(key));
    if (response.status === 404) return null;
    const {body} = this.#expect(200, response);
    return typeof body === 'string' ? encoder.encode(body) : body;
  }

  /** Does nothing where there is nothing. */
  async delete(key: string): Promise<void> {
    this.#expect(204, await this.#ask('DELETE', objectPath(key)));
  }

  /** All keys that the store holds, in order. What is put or deleted meanwhile may be among them or not. */
  async keys(): Promise<string[]> {
    const all: string[] = [];
    for (let page = await this.#page(''); ; page = await this.#page(all.at(-1) ?? '')) {
      all.push(...page);
      if (page.length < KEYS_PER_PAGE) return all;
    }
  }

  async #page(after: string): Promise<string[]> {
    const {body} = this.#expect(200, await this.#ask('GET', `/objects?after=${encodeURIComponent(after)}`));
    const parsed = parseJson(typeof body === 'string' ? body : textOf(body));
    const keys = parsed.ok && isRecord(parsed.value) ? parsed.value['keys'] : null;
    if (!Array.isArray(keys) || !keys.every(key => typeof key === 'string' && key !== after)) {
      throw new BlobStoreError('the object store gave no list of keys');
    }
    return keys as string[];
  }

  async #ask(method: string, path: string, body: Uint8Array | '' = ''): Promise<HttpResponse> {
    const {address, timeoutMs} = this.#options;
    const id = this.#host.random.id();
    const response = await this.#host.net
      .request(address, {method, path, headers: {[REQUEST_ID]: id}, body}, {timeoutMs})
      .catch((error: unknown) => {
        if (!(error instanceof NetError)) throw error;
        throw new BlobStoreError(`the object store did not answer: ${error.code}`);
      });
    if (response.headers[REQUEST_ID] === id) return response;
    throw new BlobStoreError('the object store answered another request');
  }

  #expect(status: number, response: HttpResponse): HttpResponse {
    if (response.status === status) return response;
    throw new BlobStoreError(`the object store answered ${response.status}`);
  }
}

const objectPath = (key: string): string => `/objects/${encodeURIComponent(key)}`;

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return '';
  }
}
