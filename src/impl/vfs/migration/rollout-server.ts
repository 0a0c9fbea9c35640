/**
 * A server of one release, as it runs while releases are replaced: its transactions pass the release's gate,
 * and blobs are answered in the form that the release and the schema agree on.
 */
import type {Database, Host, HttpRequest, HttpResponse, Net} from '../../../host.ts';
import {StoreClient} from '../blobs/store-client.ts';
import {failed, readCall, toResponse, type Call, type ServerContext} from '../server-http.ts';
import {SERVER_DATABASE, SERVER_SCHEMA} from '../server-schema.ts';
import {VfsServer, type VfsServerOptions} from '../server.ts';
import {gated, gatedDisk, readSchemaVersion, type Gate, type ReleasePolicy} from './gate.ts';
import {answerLegacyBlobs} from './legacy-blobs.ts';

/** Until this version the legacy tables are what counts. */
const LAST_LEGACY_VERSION = 23;

const BLOBS = '/v1/vfs/blobs/';

export class RolloutServer {
  readonly policy: ReleasePolicy;
  readonly #server: VfsServer;
  readonly #database: Database;
  readonly #legacy: ServerContext | null;
  readonly #store: StoreClient | null;
  #inFlight = 0;

  private constructor(
    policy: ReleasePolicy,
    server: VfsServer,
    {database, legacy, store}: {database: Database; legacy: ServerContext | null; store: StoreClient | null},
  ) {
    this.policy = policy;
    this.#server = server;
    this.#database = database;
    this.#legacy = legacy;
    this.#store = store;
  }

  /**
   * Boots a server of this release on a database that has the canonical tables. It serves nothing by itself:
   * requests are given to `handle`. Rejects with `DiskError`.
   */
  static async open(host: Host, policy: ReleasePolicy, options: VfsServerOptions): Promise<RolloutServer> {
    const gate: Gate = {shut: false};
    const server = await VfsServer.open(hostOf(host, policy, gate), options);
    gate.shut = true;
    const database = await host.disk.open(SERVER_DATABASE, SERVER_SCHEMA);
    const {blobs, release} = options;
    const limit = policy.name === 'mirroring' ? LAST_LEGACY_VERSION : policy.to;
    const primary = gated(database, {...policy, to: limit}, gate);
    const legacy = policy.name === 'flattened' ? null : {host, primary, replica: null, release};
    const store = blobs === undefined ? null : new StoreClient(host, blobs.store);
    return new RolloutServer(policy, server, {database, legacy, store});
  }

  /** Requests that were taken on and are not answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Answers any request; what the gate refuses, as any failure, is a 500 that has changed nothing. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    this.#inFlight += 1;
    try {
      const call = readCall(request);
      return (await this.#answerLegacy(call)) ?? (await this.#server.handle(request));
    } catch {
      return toResponse(failed(500, 'Failed to serve blob'));
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #answerLegacy(call: Call): Promise<HttpResponse | null> {
    if (this.#legacy === null || !call.path.startsWith(BLOBS)) return null;
    const isLegacy =
      this.policy.name === 'legacy' || (await readSchemaVersion(this.#database)) <= LAST_LEGACY_VERSION;
    if (!isLegacy) return null;
    const reply = await answerLegacyBlobs(this.#legacy, call, this.#store);
    return toResponse(reply ?? failed(404, 'Not found'));
  }
}

/** The host of a release: its disk behind the gate, and a network on which somebody else serves. */
function hostOf(host: Host, policy: ReleasePolicy, gate: Gate): Host {
  const {id, clock, random} = host;
  const net: Net = {
    request: (to, request, options) => host.net.request(to, request, options),
    serve: () => undefined,
    dial: (to, options) => host.net.dial(to, options),
    listen: accept => host.net.listen(accept),
    send: (to, body) => host.net.send(to, body),
    receive: handler => host.net.receive(handler),
  };
  const disk = gatedDisk(host.disk, policy, gate);
  return {id, clock, random, net, disk, probe: mark => host.probe(mark)};
}
