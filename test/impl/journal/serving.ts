/** A journal server on a host of memory, and short ways to ask it. */
import type {HttpResponse} from '../../../src/host.ts';
import type {
  Json,
  PullAnswer,
  PullRequest,
  PushAnswer,
  PushEntry,
} from '../../../src/impl/journal/protocol.ts';
import {PATHS} from '../../../src/impl/journal/protocol.ts';
import {JournalServer, type JournalServerOptions} from '../../../src/impl/journal/server.ts';
import {MemoryDisk, memoryHost} from '../vfs/memory-host.ts';

export const PACK_KEY = 'the key of packs';

/** Two tenants, the first with three devices. A token is `<tenant>/<device>`. */
const SESSIONS = [
  {token: 'acme/A', tenantId: 'acme', deviceId: 'A', mayIngest: true},
  {token: 'acme/B', tenantId: 'acme', deviceId: 'B'},
  {token: 'acme/C', tenantId: 'acme', deviceId: 'C'},
  {token: 'other/A', tenantId: 'other', deviceId: 'A'},
];

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A server and what its tests say to it. */
export class Serving {
  readonly server: JournalServer;
  readonly disk: MemoryDisk;

  constructor(server: JournalServer, disk: MemoryDisk) {
    this.server = server;
    this.disk = disk;
  }

  static async open(
    options: Partial<JournalServerOptions> = {},
    disk: MemoryDisk = new MemoryDisk(),
    life = 0,
  ): Promise<Serving> {
    const server = await JournalServer.open(memoryHost({disk, life}), {
      sessions: SESSIONS,
      packKey: PACK_KEY,
      ...options,
    });
    return new Serving(server, disk);
  }

  async ask(method: string, path: string, body: unknown = '', token = 'acme/A'): Promise<Answer> {
    const response: HttpResponse = await this.server.handle({
      method,
      path,
      headers: token === '' ? {} : {authorization: `Bearer ${token}`},
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {status: response.status, body: JSON.parse(String(response.body)) as unknown};
  }

  async push(token: string, ...entries: readonly unknown[]): Promise<PushAnswer> {
    const {status, body} = await this.ask('POST', PATHS.push, {entries}, token);
    if (status !== 200) throw new Error(`push answered ${status} ${JSON.stringify(body)}`);
    return body as PushAnswer;
  }

  /** Pushes each as the device that it names. */
  async pushAll(...entries: readonly PushEntry[]): Promise<void> {
    for (const entry of entries) await this.push(`acme/${entry.deviceId}`, entry);
  }

  async pull(request: Partial<PullRequest> = {}, token = 'acme/A'): Promise<PullAnswer> {
    const {status, body} = await this.ask('POST', PATHS.pull, {sinceCursor: null, ...request}, token);
    if (status !== 200) throw new Error(`pull answered ${status} ${JSON.stringify(body)}`);
    return body as PullAnswer;
  }

  /** All rows of a table, as they are committed. */
  rows(sql: string): readonly unknown[] {
    const file = this.disk.files.get('server');
    if (file === undefined) throw new Error('the server has no database');
    return file.all(sql, []);
  }
}

/** An operation of device A on one note, unless told otherwise. */
export const entry = (
  opId: string,
  clock: Readonly<Record<string, number>>,
  rest: Partial<PushEntry> = {},
): PushEntry => ({
  opId,
  deviceId: 'A',
  sessionId: 's1',
  objectType: 'note',
  objectId: 'n1',
  payload: opId,
  vectorClock: clock,
  isTombstone: false,
  ...rest,
});

export const by = (
  deviceId: string,
  opId: string,
  clock: Readonly<Record<string, number>>,
  payload: Json = opId,
  rest: Partial<PushEntry> = {},
): PushEntry => entry(opId, clock, {deviceId, payload, ...rest});

export const tombstone = (
  deviceId: string,
  opId: string,
  clock: Readonly<Record<string, number>>,
): PushEntry => by(deviceId, opId, clock, null, {isTombstone: true});
