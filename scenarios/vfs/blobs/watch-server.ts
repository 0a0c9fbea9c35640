/** Watches the servers' blobs: every commit is what one request owed, every answer is what the tables say. */
import {base64Of} from './acts.ts';
import type {HttpRequest, HttpResponse, Scene} from '../../../src/index.ts';
import {afterChange, afterSweep, blobLines, stepOf} from '../../../src/model/vfs/blob-change.ts';
import {stagingStep, type StagingState} from '../../../src/model/vfs/blob-lifecycle.ts';
import {expectBlob} from '../../../src/model/vfs/blob-server.ts';
import type {
  BlobChange,
  BlobMemory,
  BlobRequest,
  BlobState,
  StagingRow,
} from '../../../src/model/vfs/blob-state.ts';
import {canonicalJson} from '../../../src/model/vfs/compare.ts';
import type {Docket} from '../docket.ts';
import {SERVER_PLACE} from '../nodes.ts';
import {ServerProgram} from '../server-program.ts';
import {blobRequestOf, parsed} from './requests.ts';
import {readBlobState} from './server-rows.ts';

interface Pending {
  readonly node: string;
  readonly request: BlobRequest;
  /** What the server's clock said at each look. */
  readonly times: number[];
  /** Answers that would be right, from the states seen while it was handled; bytes as base64. */
  readonly right: Set<string>;
  /** Among the right ones is the first answer to this very request. */
  repeats: boolean;
  /** It was so when the request arrived. */
  isRepeat: boolean;
}

const EMPTY: BlobState = {
  entries: new Map(),
  stagings: new Map(),
  links: new Map(),
  bytes: new Map(),
  checkpoints: new Map(),
  grants: [],
  groups: new Map(),
};

export class BlobServerWatch {
  state: BlobState = EMPTY;
  readonly #docket: Docket;
  readonly #pending = new Map<number, Pending>();
  /** Base64 of every object that metadata was ever made of, by its key. */
  readonly #contents = new Map<string, string>();
  /** Which request attached a staging, by its id and the time. */
  readonly #attachedBy = new Map<string, string>();
  /** Which way a staging ended, as it was answered. */
  readonly #ended = new Map<string, 'attach' | 'abandon'>();
  readonly #spoiling = new Set<string>();
  readonly #memory: BlobMemory = {
    attachedBy: id => this.#attachedBy.get(attachKey(id, this.state.stagings.get(id))) ?? null,
    contentOf: id => this.#contents.get(this.state.bytes.get(id)?.objectKey ?? '') ?? null,
  };
  /** What the servers have given out as the bytes of a blob. */
  readonly served = new Map<string, Set<string>>();
  rewinds = 0;

  constructor(docket: Docket) {
    this.#docket = docket;
  }

  requested(scene: Scene, serving: number, node: string, request: HttpRequest): void {
    const asked = blobRequestOf(request);
    if (asked === null) return;
    const pending: Pending = {
      node,
      request: asked,
      times: [],
      right: new Set(),
      repeats: false,
      isRepeat: false,
    };
    this.#pending.set(serving, pending);
    this.#consider(scene, pending);
    pending.isRepeat = pending.repeats;
  }

  crashed(node: string): void {
    for (const [serving, pending] of this.#pending) if (pending.node === node) this.#pending.delete(serving);
    this.#spoiling.delete(node);
  }

  /** Somebody is about to spoil a row by way of a node, or has done so. */
  spoils(node: string, begins: boolean): void {
    if (begins) this.#spoiling.add(node);
    else this.#spoiling.delete(node);
  }

  /** Whose blob a request that is being handled on a node brings bytes for: `user blob`. */
  uploads(node: string): readonly {readonly user: string; readonly blobId: string}[] {
    return [...this.#pending.values()].flatMap(({node: on, request}) => {
      if (on !== node || request.kind !== 'stage') return [];
      const {blobId, dataBase64} = (request.body ?? {}) as {blobId?: unknown; dataBase64?: unknown};
      return typeof blobId === 'string' && dataBase64 !== undefined
        ? [{user: request.user, blobId: blobId.trim()}]
        : [];
    });
  }

  committed(scene: Scene, node: string): void {
    const sql = scene.database(SERVER_PLACE, 'server');
    if (sql === null) return;
    const before = this.state;
    const after = readBlobState(sql);
    for (const pending of this.#pending.values()) this.#consider(scene, pending);
    const changed = canonicalJson(blobLines(before)) !== canonicalJson(blobLines(after));
    if (changed) this.#judgeChange(scene, node, before, after);
    this.state = after;
    for (const pending of this.#pending.values()) this.#consider(scene, pending);
    if (changed) this.#judgeIsolation(node);
  }

  #judgeChange(scene: Scene, node: string, before: BlobState, after: BlobState): void {
    const lines = canonicalJson(blobLines(after));
    const owed = this.#owedOn(node, before).find(
      change => canonicalJson(blobLines(afterChange(before, change))) === lines,
    );
    const times = this.#timesOn(scene, node);
    const swept = times.some(now => canonicalJson(blobLines(afterSweep(before, now))) === lines);
    const explained = owed !== undefined || swept || this.#spoiling.has(node);
    this.#enter(
      'VFS-B2',
      node,
      explained,
      'unasked',
      'changed blobs as no request that it was handling asks for',
      () => {
        const [was, is] = [blobLines(before), blobLines(after)];
        return {gone: was.filter(line => !is.includes(line)), come: is.filter(line => !was.includes(line))};
      },
    );
    if (owed?.kind === 'attached')
      this.#attachedBy.set(attachKey(owed.stagingId, after.stagings.get(owed.stagingId)), owed.payload);
    const key = owed?.kind === 'staged' ? after.bytes.get(owed.blobId)?.objectKey : undefined;
    if (owed?.kind === 'staged' && owed.content !== null && key !== undefined)
      this.#contents.set(key, owed.content);
    this.#judgeSteps(node, before, after, times);
  }

  /** Every staging has taken at most one step, and an edge of its machine. */
  #judgeSteps(node: string, before: BlobState, after: BlobState, times: readonly number[]): void {
    for (const id of new Set([...before.stagings.keys(), ...after.stagings.keys()])) {
      const [was, is] = [before.stagings.get(id), after.stagings.get(id)];
      const event = stepOf(was, is);
      if (event === null) continue;
      const legal = statesOf(was, times).some(from => stagingStep(from, event) !== null);
      this.#enter(
        'VFS-B1',
        node,
        legal,
        'edge',
        `took ${id} from ${was?.status ?? 'none'} by ${event}`,
        () => was,
      );
      if (event === 'DELETE' || event === 'STAGE') this.#ended.delete(id);
    }
  }

  /** Whatever is attached was attached by a staging that says so, and can be taken from nobody. */
  #judgeIsolation(node: string): void {
    const {links, stagings, entries} = this.state;
    for (const {itemId, blobId} of links.values()) {
      const attached = [...stagings.values()].some(one => one.blobId === blobId && one.status === 'attached');
      const isBlob = entries.get(blobId)?.type === 'blob';
      this.#enter(
        'VFS-B3',
        node,
        attached && isBlob,
        'isolation',
        `shows ${blobId} in ${itemId} though no staging was attached`,
        () => null,
      );
    }
  }

  /** The changes that requests in flight on a node would make of a state. */
  #owedOn(node: string, state: BlobState): BlobChange[] {
    return [...this.#pending.values()].flatMap(({node: on, request, times}) => {
      if (on !== node) return [];
      return times.flatMap(now => {
        const outcome = expectBlob(request, state, this.#memory, now);
        return outcome.kind === 'change' ? [outcome.change] : [];
      });
    });
  }

  #timesOn(scene: Scene, node: string): number[] {
    const program = scene.node(node)?.program;
    const now = program instanceof ServerProgram ? [program.host.clock.now(), program.readings.latestMs] : [];
    return [...now, ...[...this.#pending.values()].flatMap(one => (one.node === node ? one.times : []))];
  }

  /** Takes in what would be the right answer just now. One that comes after a change is right only once that is made. */
  #consider(scene: Scene, pending: Pending): void {
    const program = scene.node(pending.node)?.program;
    if (program instanceof ServerProgram) {
      const now = program.host.clock.now();
      if (pending.times.at(-1) !== now) pending.times.push(now);
    }
    for (const now of pending.times) {
      const outcome = expectBlob(pending.request, this.state, this.#memory, now);
      if (outcome.kind === 'answer') {
        pending.right.add(canonicalJson([outcome.status, outcome.body]));
        pending.repeats ||= outcome.row.endsWith(' again');
      }
      if (outcome.kind === 'bytes' && outcome.content !== null) pending.right.add(outcome.content);
      // a blob that was deleted answers so only as long as it is not there
      if (pending.request.kind === 'delete' && outcome.kind === 'answer' && outcome.status === 404)
        pending.right.add(canonicalJson([200, {deleted: true, blobId: pending.request.blobId.trim()}]));
    }
  }

  responded(scene: Scene, serving: number, node: string, response: HttpResponse): void {
    const pending = this.#pending.get(serving);
    if (pending === undefined) return;
    this.#consider(scene, pending);
    this.#pending.delete(serving);
    const {request, right} = pending;
    if (response.status === 500) return;
    const isBytes = request.kind === 'read' && response.status === 200;
    const actual = isBytes
      ? bytesOf(response)
      : canonicalJson([response.status, parsed(String(response.body))]);
    const claim = pending.isRepeat ? 'VFS-B9' : isBytes ? 'VFS-B14' : 'VFS-B8';
    this.#enter(
      claim,
      node,
      right.has(actual),
      `${request.kind}-${response.status}`,
      `answered ${request.kind} with ${response.status} where its tables say otherwise`,
      () => ({right: [...right], actual}),
    );
    if (isBytes) this.#serve(request.blobId, actual);
    if (response.status === 200 && (request.kind === 'attach' || request.kind === 'abandon'))
      this.#judgeEnd(node, request.stagingId, request.kind);
  }

  #serve(blobId: string, content: string): void {
    const given = this.served.get(blobId) ?? new Set();
    this.served.set(blobId, given.add(content));
  }

  #judgeEnd(node: string, stagingId: string, end: 'attach' | 'abandon'): void {
    const known = this.#ended.get(stagingId) ?? end;
    this.#ended.set(stagingId, known);
    this.#enter(
      'VFS-B4',
      node,
      known === end,
      'both',
      `answered both attach and abandon of ${stagingId} with success`,
      () => null,
    );
  }

  /** The database was put back: what is there now is the truth. */
  rewound(scene: Scene): void {
    const sql = scene.database(SERVER_PLACE, 'server');
    this.state = sql === null ? EMPTY : readBlobState(sql);
    this.#ended.clear();
    this.rewinds += 1;
  }

  #enter(
    claim: string,
    node: string,
    right: boolean,
    code: string,
    message: string,
    more: () => unknown,
  ): void {
    this.#docket.enter(claim, right ? null : {code, node, message: `${node} ${message}`, actual: more()});
  }
}

const attachKey = (id: string, row: StagingRow | undefined): string => `${id}@${row?.attachedAt ?? ''}`;

/** The states that a staging may have been in, at one of these times. */
function statesOf(row: StagingRow | undefined, times: readonly number[]): StagingState[] {
  if (row === undefined) return ['none'];
  const {status, expiresMs} = row;
  if (status === 'attached' || status === 'abandoned') return [status];
  if (status !== 'staged') return ['invalid'];
  const over = times.map(now => expiresMs !== null && expiresMs <= now);
  return [
    ...(over.includes(false) ? ['staged' as const] : []),
    ...(over.includes(true) ? ['expired' as const] : []),
  ];
}

function bytesOf({body}: HttpResponse): string {
  return base64Of(typeof body === 'string' ? body : new TextDecoder().decode(body));
}
