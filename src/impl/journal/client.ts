/** The journal client: a durable outbox of local edits, and the part of the server's objects that its scope names. */
import type {Host} from '../../host.ts';
import type {ClientStep} from '../../model/journal/lifecycle.ts';
import {ClientCore} from './client-core.ts';
import {checkedEdit, checkedScope, type Edit, itemOf} from './client-edit.ts';
import {pullAll, type PullReport, restarted} from './client-pull.ts';
import {pushOutbox, type PushReport} from './client-push.ts';
import {
  type Base,
  type ClientState,
  isSameScope,
  type ObjectView,
  type OutboxItem,
  type Standing,
} from './client-state.ts';
import {ClientStore} from './client-store.ts';
import {Transport} from './client-transport.ts';
import {Mutex} from './mutex.ts';
import {type Json, LIFE_MARK, LIMITS, type PushEntry, type PushReason, type Scope} from './protocol.ts';

export interface JournalClientOptions {
  /** The device that {@link token} authenticates. */
  readonly deviceId: string;
  readonly token: string;
  /** The server's node id or address. */
  readonly server: string;
  /** Name of the client's database. */
  readonly database?: string;
  /** Objects a page, and operations a push. */
  readonly pageSize?: number;
  readonly batchSize?: number;
  /** Waiting time for one answer, ms; how often a request is tried in all; ms before the second try, doubled each time. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly retryAfterMs?: number;
  /**
   * Told of each step as it is taken. After a `BATCH`, a `PAGE`, a `RESTART` or a `RESCOPE` the state is durable as it is
   * then; a run that fails later leaves that.
   */
  readonly onStep?: (step: ClientStep) => void;
}

/** An own operation that is not known to be in the journal. */
export interface OutboxEntry {
  readonly entry: PushEntry;
  readonly status: 'pending' | 'held' | 'refused';
  readonly reason: PushReason | null;
}

/** The whole durable state as plain data. */
export interface ExportedJournal {
  readonly standing: Standing;
  readonly bases: readonly Base[];
  readonly outbox: readonly OutboxItem[];
}

/** Characters of what makes a life of a device, a session, and an operation id, unlike any other. */
const LIFE_RANDOM = 8;
const OP_ID_RANDOM = 12;

const DEFAULTS = {database: 'client', timeoutMs: 10_000, attempts: 3, retryAfterMs: 200} as const;

/**
 * One device of one tenant. Whatever it has told its caller is durable; an attempt that fails leaves the state as the last
 * completed batch or page made it. Pushes, pulls and changes of scope take turns; edits never wait for the network.
 */
export class JournalClient {
  readonly #host: Host;
  readonly #core: ClientCore;
  readonly #transport: Transport;
  readonly #options: JournalClientOptions;
  readonly #runs = new Mutex();
  /**
   * The device in this life. A disk may have been put back to an earlier state, or copied, without a word; a counter that
   * went on from there would be used twice (spec 3.1, CE-5). So each life counts as a device of its own.
   */
  readonly #writer: string;
  readonly #session: string;

  private constructor(host: Host, options: JournalClientOptions, core: ClientCore) {
    const {deviceId, server, token} = options;
    this.#host = host;
    this.#options = options;
    this.#core = core;
    const {timeoutMs, attempts, retryAfterMs} = {...DEFAULTS, ...options};
    this.#transport = new Transport(host, {server, token, timeoutMs, attempts, retryAfterMs});
    this.#session = host.random.id(LIFE_RANDOM);
    this.#writer = `${deviceId}${LIFE_MARK}${this.#session}`;
  }

  /** Opens the client that this host's place holds, or a new one. Rejects with `JournalStoredStateError`, and as the disk does. */
  static async open(host: Host, options: JournalClientOptions): Promise<JournalClient> {
    const name = options.database ?? DEFAULTS.database;
    const {store, stored} = await ClientStore.open(host, options.deviceId, name);
    return new JournalClient(host, options, new ClientCore(store, stored));
  }

  /** Writes an object. Durable, and to be pushed, when this resolves. Rejects with `JournalEditError`, and as the disk does. */
  put(type: string, id: string, payload: Json, tags: readonly string[] = []): Promise<PushEntry> {
    return this.#edit(() => ({objectType: type, objectId: id, payload, tags, isTombstone: false}));
  }

  /** Deletes an object, whether it is there or not. Its tags stay with it, so that whoever held it for them learns of it. */
  remove(type: string, id: string): Promise<PushEntry> {
    const name = {objectType: type, objectId: id};
    return this.#edit(state => ({
      ...name,
      payload: null,
      tags: state.view(name)?.tags ?? [],
      isTombstone: true,
    }));
  }

  #edit(given: (state: ClientState) => Edit): Promise<PushEntry> {
    return this.#core.change(state => {
      const author = {deviceId: this.#writer, sessionId: this.#session, opId: this.#drawOpId()};
      const item = itemOf(state, checkedEdit(given(state)), author);
      return {change: {outbox: [item]}, result: item.entry};
    });
  }

  #drawOpId(): string {
    return `${this.#options.deviceId}-${this.#host.random.id(OP_ID_RANDOM)}`;
  }

  /** What is shown of an object, or null. */
  get(type: string, id: string): ObjectView | null {
    return this.#core.state.view({objectType: type, objectId: id});
  }

  /** All that is shown, by type and id. */
  list(): readonly ObjectView[] {
    return this.#core.state.views;
  }

  /** What has not reached the journal, in order; the refused ones wait for {@link discard}. */
  outbox(): readonly OutboxEntry[] {
    return this.#core.state.outbox.flatMap(({entry, status, reason}) =>
      status === 'acked' || status === 'discarded' ? [] : [{entry, status, reason}],
    );
  }

  /** Gives up a refused operation; whether there was one. Others cannot be: they may be in the journal. */
  discard(opId: string): Promise<boolean> {
    return this.#core.change(state => {
      const item = state.outbox.find(({entry, status}) => entry.opId === opId && status === 'refused');
      if (item === undefined) return {change: null, result: false};
      return {change: {outbox: [{...item, status: 'discarded'}]}, result: true};
    });
  }

  get scope(): Scope {
    return this.#core.state.standing.scope;
  }

  /** Holds another part of the objects from the next pull on. Rejects with `JournalEditError`, and as the disk does. */
  async setScope(scope: Scope): Promise<void> {
    const checked = checkedScope(scope);
    await this.#runs.run(async () => {
      await this.#core.change(({standing}) => {
        if (isSameScope(standing.scope, checked)) return {change: null, result: null};
        return {change: {standing: {...restarted(standing, 'scope'), scope: checked}}, result: null};
      });
      this.#told('RESCOPE');
    });
  }

  #told(step: ClientStep): void {
    this.#options.onStep?.(step);
  }

  /** One push or pull from its beginning to its end. */
  #run<T>(begins: 'PUSH' | 'PULL', body: () => Promise<T>): Promise<T> {
    return this.#runs.run(async () => {
      this.#told(begins);
      try {
        const result = await body();
        this.#told('DONE');
        return result;
      } catch (error) {
        this.#told('FAILED');
        throw error;
      }
    });
  }

  /** Sends the outbox. Rejects with `JournalError`s, and as the disk does. */
  push(): Promise<PushReport> {
    const batchSize = this.#options.batchSize ?? LIMITS.entries;
    return this.#run('PUSH', () =>
      pushOutbox(this.#core, this.#transport, {batchSize, onBatch: () => this.#told('BATCH')}),
    );
  }

  /** Pulls until the server has no more. Rejects with `JournalError`s, and as the disk does. */
  pull(): Promise<PullReport> {
    const options = {
      pageSize: this.#options.pageSize ?? LIMITS.pageDefault,
      drawOpId: () => this.#drawOpId(),
      onStep: (step: 'PAGE' | 'RESTART') => this.#told(step),
    };
    return this.#run('PULL', () => pullAll(this.#core, this.#transport, options));
  }

  /** Pushes, then pulls. */
  async sync(): Promise<{readonly push: PushReport; readonly pull: PullReport}> {
    const push = await this.push();
    return {push, pull: await this.pull()};
  }

  exportState(): ExportedJournal {
    const {standing, bases, outbox} = this.#core.state;
    return {standing, bases, outbox};
  }
}
