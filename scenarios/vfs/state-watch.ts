/** Judges every change of one client's state by itself, whatever answer it came from: queue, clocks, export. */
import {hydrated, pristine} from '../../src/model/vfs/client.ts';
import {sameState} from '../../src/model/vfs/compare.ts';
import {compareCursors} from '../../src/model/vfs/cursor.ts';
import {expectHydrate} from '../../src/model/vfs/hydrate.ts';
import type {ExportedState} from '../../src/model/vfs/types.ts';
import {writeIdOf} from '../../src/model/vfs/write-ids.ts';
import {judgePaging, type ListChanged} from './clock-paging.ts';
import {judgeSurvival, type LastWords} from './survival.ts';
import type {Verdicts} from './verdicts.ts';

const HYDRATE_ONE_IN = 5;
const PAGE_ONE_IN = 3;
const PAGE_LIMITS = 3;

export class StateWatch {
  readonly #clientId: string;
  readonly #verdicts: Verdicts;
  #seen: ExportedState | null = null;
  #leaving = new Set<string>();
  #changes = 0;
  /** Set while the state may jump: after a boot from a rewound disk, a move, a rematerialization. */
  #jump = true;
  /** What must be found again at the next boot; null where nothing is known of it. */
  #lastWords: LastWords | null = null;

  constructor(clientId: string, verdicts: Verdicts) {
    this.#clientId = clientId;
    this.#verdicts = verdicts;
  }

  /** The export as last looked at. */
  get seen(): ExportedState | null {
    return this.#seen;
  }

  /** The life ended: what it was about to do is forgotten; its disk is not. `promised`: what an answer was to make of it. */
  crashed(promised: ExportedState | null): void {
    this.#leaving.clear();
    // a life that ended before it was looked at says nothing of its own
    if (!this.#jump && this.#seen !== null) this.#lastWords = {held: this.#seen, promised};
    this.#jump = true;
  }

  /** Its disk was put back, or its state was being replaced: any state may be found at the next boot. */
  forgets(): void {
    this.#lastWords = null;
    this.#jump = true;
  }

  /** The next change may be any. */
  jumps(): void {
    this.#jump = true;
  }

  /** An operation may leave the queue: it was acknowledged, or its user gave it up. */
  leaves(opId: string): void {
    this.#leaving.add(opId);
  }

  /** Looks at the state after a happening that touched the client. Returns true if it has changed since the last look. */
  look(state: ExportedState, list: ListChanged): boolean {
    const before = this.#seen;
    if (before === state) return false;
    this.#seen = state;
    this.#changes += 1;
    this.#judgeSurvival(state);
    this.#judgeQueue(before, state);
    if (!this.#jump && before !== null) this.#judgeClocks(before, state);
    this.#jump = false;
    // the longer the queue, the rarer: judging an export takes as long as its queue is
    const oneIn = HYDRATE_ONE_IN + (state.pendingOperations.length >> 3);
    if (this.#changes % oneIn === 0) this.#judgeExport(state);
    if (this.#changes % PAGE_ONE_IN === 0) this.#judgePaging(state, list);
    return true;
  }

  #judgeSurvival(state: ExportedState): void {
    const lastWords = this.#lastWords;
    this.#lastWords = null;
    if (lastWords === null) return;
    const difference = judgeSurvival(lastWords, state);
    if (difference === null) this.#verdicts.right('VFS-I15');
    else {
      const message = `came back from a crash with another ${difference.path}`;
      this.#verdicts.wrong('VFS-I15', 'crash', message, difference.expected, difference.actual);
    }
  }

  #judgePaging({containerClocks}: ExportedState, list: ListChanged): void {
    const limit = 1 + (Math.trunc(this.#changes / PAGE_ONE_IN) % PAGE_LIMITS);
    const wrong =
      judgePaging(list, containerClocks, {from: null, limit}) ??
      judgePaging(list, containerClocks, {from: containerClocks.at(0) ?? null, limit});
    if (wrong === null) this.#verdicts.right('VFS-I14');
    else this.#verdicts.wrong('VFS-I14', 'list', `lists its changed containers wrongly: ${wrong}`);
  }

  #judgeQueue(before: ExportedState | null, state: ExportedState): void {
    let last = 0;
    for (const {writeId} of state.pendingOperations) {
      if (writeId <= last)
        this.#verdicts.wrong(
          'VFS-I3',
          'queue',
          `has two live operations with write ids ${last} and ${writeId}`,
        );
      last = writeId;
    }
    const known = state.reconcileState?.lastReconciledWriteIds ?? {};
    if (state.nextLocalWriteId <= Math.max(last, writeIdOf(known, this.#clientId)))
      this.#verdicts.wrong('VFS-I3', 'next', `would give write id ${state.nextLocalWriteId} again`);
    else this.#verdicts.right('VFS-I3');
    if (before === null || this.#jump) return;
    const now = new Set(state.pendingOperations.map(({opId}) => opId));
    for (const {opId} of before.pendingOperations) {
      if (now.has(opId)) continue;
      if (this.#leaving.delete(opId)) this.#verdicts.right('VFS-I7');
      else
        this.#verdicts.wrong(
          'VFS-I7',
          'unacknowledged',
          `dropped ${opId} from its queue without an acknowledgement`,
        );
    }
  }

  #judgeClocks(before: ExportedState, state: ExportedState): void {
    const now = new Map(state.containerClocks.map(clock => [clock.containerId, clock]));
    for (const clock of before.containerClocks) {
      const held = now.get(clock.containerId);
      if (held === undefined || compareCursors(held, clock) < 0) {
        const message = `moved the clock of ${clock.containerId} back`;
        this.#verdicts.wrong('VFS-I14', 'back', message, clock, held ?? 'none');
        return;
      }
    }
  }

  #judgeExport(state: ExportedState): void {
    const text: unknown = JSON.parse(JSON.stringify(state));
    const judged = expectHydrate(this.#clientId, pristine(), text, {flush: false, background: false});
    if (judged.kind === 'refuse')
      this.#verdicts.wrong('VFS-I15', 'export', `exports what it would not hydrate: ${judged.message}`);
    else if (!sameState(judged.state, hydrated(state, this.#clientId)))
      this.#verdicts.wrong('VFS-I15', 'round-trip', 'exports what hydrates to another state');
    else this.#verdicts.right('VFS-I15');
  }
}
