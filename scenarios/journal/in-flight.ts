/** The pushes and pulls that servers are working on, each with every answer that would be right by now, and how they end. */
import type {HttpRequest, HttpResponse} from '../../src/index.ts';
import type {Author, Tenant} from '../../src/model/journal/tenant.ts';
import type {Operation} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import {judgePull, rightAnswers, type Handed, type PendingPull} from './judge-pull.ts';
import {claimRows, judgePush, judgeStrayRows, type PendingPush} from './judge-push.ts';
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
}

export class InFlight {
  readonly #side: ServerSide;
  readonly #docket: Docket;
  readonly #pushes = new Map<number, PendingPush & {readonly device: string}>();
  readonly #pulls = new Map<number, PendingPull>();
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
      const pending = {node, tenant, device, pushed, right: [], mayWait: false, done: null};
      this.#pushes.set(serving, pending);
      this.#expectPush(pending);
    } else if (route === 'pull') {
      const pending = {node, tenant, question: questionOf(request), right: []};
      this.#pulls.set(serving, pending);
      this.#expectPull(pending);
    }
  }

  /** A server died: what it was working on gets no answer. */
  crashed(node: string): void {
    for (const [serving, pending] of this.#pushes) if (pending.node === node) this.#pushes.delete(serving);
    for (const [serving, pending] of this.#pulls) if (pending.node === node) this.#pulls.delete(serving);
  }

  /** A tenant's state went on: from now on, what is right in its new state is right as well. */
  changed(tenant: string): void {
    for (const pending of this.#pushes.values()) if (pending.tenant === tenant) this.#expectPush(pending);
    for (const pending of this.#pulls.values()) if (pending.tenant === tenant) this.#expectPull(pending);
  }

  #expectPush(pending: PendingPush & {readonly device: string}): void {
    const {tenant, device, pushed} = pending;
    if (this.#side.mayWait(tenant)) pending.mayWait = true;
    if (pending.done !== null || pushed.kind !== 'entries') return;
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
    if (claimRows(pushes, rows) === null) judgeStrayRows(this.#docket, {node, tenant}, pushes, rows);
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

  /** Judges an answer as its server gave it. `calm`: no disk can have failed. */
  responded(serving: number, response: HttpResponse, calm: boolean): void {
    const push = this.#pushes.get(serving);
    const pull = this.#pulls.get(serving);
    this.#pushes.delete(serving);
    this.#pulls.delete(serving);
    if (push !== undefined) judgePush(this.#docket, push, response, calm);
    if (pull === undefined) return;
    const handed = judgePull(this.#docket, pull, response, calm);
    if (handed === null) return;
    const {cursor, ...position} = handed;
    this.#handed.set(`${pull.tenant} ${cursor}`, position);
    const history = `${pull.tenant} ${position.epoch}`;
    this.#highest.set(history, Math.max(this.#highest.get(history) ?? 0, position.seq));
  }

  /** What a cursor of a tenant's stands for. */
  positionOf(tenant: string, cursor: string): Handed | null {
    return this.#handed.get(`${tenant} ${cursor}`) ?? null;
  }
}
