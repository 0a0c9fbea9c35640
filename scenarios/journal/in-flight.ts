/** The pushes and pulls that servers are working on, each with every answer that would be right by now, and how they end. */
import type {HttpRequest, HttpResponse} from '../../src/index.ts';
import type {Author, Tenant} from '../../src/model/journal/tenant.ts';
import type {Operation} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import {judgePull, rightAnswers, type Handed, type PendingPull} from './judge-pull.ts';
import {claimRows, judgePush, judgeStrayRows, withdraw, type PendingPush} from './judge-push.ts';
import {readingOf, type Held, type Reading} from './judge-reads.ts';
import {deviceOf, pushedEntries, questionOf, routeOf} from './wire.ts';

/** What is known of the servers' side at the moment. */
export interface ServerSide {
  /** Null for a device that nobody knows. */
  tenantOf(device: string): string | null;
  tenant(id: string): Tenant;
  /** Names the history that a tenant's changes are counted in. */
  epoch(tenant: string): string;
  /** Whether a tenant's writes wait for a rebuild, or its objects were made by another rule. */
  mayWait(tenant: string): boolean;
  author(device: string): Author;
  held(tenant: string): Held;
}

interface PendingReading {
  readonly node: string;
  readonly tenant: string;
  readonly device: string;
  readonly request: HttpRequest;
  readonly reading: Reading;
  readonly right: string[];
}

/** What may keep a server from answering as it should. */
export interface Hindrance {
  /** Some disk may have failed. */
  readonly stormy: boolean;
  /** The server has the second version of the protocol switched off. */
  readonly withoutV2: boolean;
}

export class InFlight {
  readonly #side: ServerSide;
  readonly #docket: Docket;
  readonly #pushes = new Map<number, PendingPush & {readonly device: string}>();
  readonly #pulls = new Map<number, PendingPull>();
  readonly #readings = new Map<number, PendingReading>();
  /** What every cursor that was ever handed out stands for, by tenant and text. */
  readonly #handed = new Map<string, Handed>();
  /** The highest change that any cursor of a history stands for, by tenant and epoch. */
  readonly #highest = new Map<string, number>();

  constructor(side: ServerSide, docket: Docket) {
    this.#side = side;
    this.#docket = docket;
  }

  /** A server took a request on. */
  requested(serving: number, node: string, request: HttpRequest): void {
    const device = deviceOf(request);
    const tenant = device === null ? null : this.#side.tenantOf(device);
    if (device === null || tenant === null) return;
    const route = routeOf(request);
    if (route === 'push') {
      const pushed = pushedEntries(request);
      const pending = {node, tenant, device, pushed, right: [], mayWait: false, brought: []};
      this.#pushes.set(serving, pending);
      this.#expectPush(pending);
      return;
    }
    if (route === 'pull') {
      const pending = {node, tenant, question: questionOf(request), right: []};
      this.#pulls.set(serving, pending);
      this.#expectPull(pending);
      return;
    }
    const reading = readingOf(request);
    if (reading === null) return;
    const pending = {node, tenant, device, request, reading, right: []};
    this.#readings.set(serving, pending);
    this.#expectReading(pending);
  }

  /** A server died: what it was working on gets no answer. */
  crashed(node: string): void {
    for (const [serving, pending] of this.#pushes) {
      if (pending.node !== node) continue;
      withdraw(pending);
      this.#pushes.delete(serving);
    }
    for (const all of [this.#pulls, this.#readings] as Map<number, {readonly node: string}>[])
      for (const [serving, pending] of all) if (pending.node === node) all.delete(serving);
  }

  /** A tenant's state went on: from now on, what is right in its new state is right as well. */
  changed(tenant: string): void {
    for (const pending of this.#pushes.values()) if (pending.tenant === tenant) this.#expectPush(pending);
    for (const pending of this.#pulls.values()) if (pending.tenant === tenant) this.#expectPull(pending);
    for (const pending of this.#readings.values())
      if (pending.tenant === tenant) this.#expectReading(pending);
  }

  #expectReading({reading, tenant, right}: PendingReading): void {
    right.push(reading.owed(this.#side.held(tenant)));
  }

  #expectPush(pending: PendingPush & {readonly device: string}): void {
    const {tenant, device, pushed} = pending;
    if (this.#side.mayWait(tenant)) pending.mayWait = true;
    if (pushed.kind !== 'entries') return;
    const draft = this.#side.tenant(tenant).draft();
    const author = this.#side.author(device);
    const owed = pushed.entries.map(entry => draft.offer(entry, author));
    pending.right.push({owed, taken: draft.newlyTaken});
  }

  #expectPull(pending: PendingPull): void {
    const {tenant} = pending;
    pending.right.push(
      ...rightAnswers(pending, this.#side.tenant(tenant), this.#side.epoch(tenant), cursor =>
        this.#handed.get(`${tenant} ${cursor}`),
      ),
    );
  }

  /** New rows of a tenant's journal, before they are taken into the model. */
  journaled(node: string, tenant: string, rows: readonly Operation[]): void {
    const pushes = [...this.#pushes.values()].filter(
      pending => pending.node === node && pending.tenant === tenant,
    );
    if (!claimRows(pushes, rows)) judgeStrayRows(this.#docket, {node, tenant}, pushes, rows);
    else this.#docket.right('JOURNAL-S8');
  }

  /** A change was counted: nobody may stand behind it already. */
  counted(node: string, tenant: string, changeSeq: number): void {
    const highest = this.#highest.get(`${tenant} ${this.#side.epoch(tenant)}`) ?? 0;
    this.#docket.enter('JOURNAL-L5', changeSeq > highest, () => ({
      code: 'behind',
      stage: 'sequence',
      node,
      message: `${node} made change ${changeSeq} of ${tenant} behind a cursor that it had handed out`,
      expected: `after ${highest}`,
      actual: changeSeq,
    }));
  }

  /** The legacy pushes that a server is working on. */
  legacyPushes(node: string, tenant: string): PendingReading[] {
    return [...this.#readings.values()].filter(
      pending =>
        pending.node === node && pending.tenant === tenant && routeOf(pending.request) === 'legacy-push',
    );
  }

  /** Judges an answer as its server gave it. */
  responded(serving: number, response: HttpResponse, hindrance: Hindrance): void {
    const push = this.#pushes.get(serving);
    const pull = this.#pulls.get(serving);
    const reading = this.#readings.get(serving);
    for (const all of [this.#pushes, this.#pulls, this.#readings]) all.delete(serving);
    const v2 = push ?? pull ?? (reading?.reading.claim === 'JOURNAL-A1' ? reading : undefined);
    if (hindrance.withoutV2 && v2 !== undefined) {
      this.#judgeOff(v2.node, response);
      return;
    }
    const calm = !hindrance.stormy;
    if (push !== undefined) {
      judgePush(this.#docket, push, response, calm);
      withdraw(push);
    }
    if (reading !== undefined) this.#judgeReading(reading, response, calm);
    if (pull !== undefined) this.#judgePull(pull, response, calm);
  }

  #judgeOff(node: string, response: HttpResponse): void {
    const off = response.status === 503 && String(response.body).includes('V2_DISABLED');
    this.#docket.enter('JOURNAL-G1', off, () => ({
      code: 'not-off',
      stage: 'v2',
      node,
      message: `${node} serves what is switched off`,
      actual: response.status,
    }));
  }

  #judgeReading({node, tenant, reading, right}: PendingReading, response: HttpResponse, calm: boolean): void {
    if (response.status === 500 && !calm) return;
    const answer = response.status === 200 ? reading.told(response) : String(response.status);
    this.#docket.enter(reading.claim, right.includes(answer), () => ({
      code: 'answer',
      stage: reading.stage,
      node,
      message: `${node} tells something of ${tenant} that it does not hold`,
      expected: right.at(-1),
      actual: answer,
    }));
  }

  #judgePull(pull: PendingPull, response: HttpResponse, calm: boolean): void {
    const handed = judgePull(this.#docket, pull, response, calm);
    if (handed === null) return;
    const {cursor, ...position} = handed;
    this.#handed.set(`${pull.tenant} ${cursor}`, position);
    const history = `${pull.tenant} ${position.epochs.at(-1) ?? ''}`;
    this.#highest.set(history, Math.max(this.#highest.get(history) ?? 0, position.seq));
  }
}
