/** Watches one device's blob queue: each answer to its head against the reference, and every change of what is queued. */
import type {AnswerSeen, HttpRequest} from '../../../src/index.ts';
import type {BlobQueueState, QueuedBlob, SetAsideBlob} from '../../../src/impl/vfs/blobs/queue-store.ts';
import {
  expectReaction,
  isRouteFailure,
  type QueueAnswer,
  type Reaction,
} from '../../../src/model/vfs/blob-queue.ts';
import {canonicalJson} from '../../../src/model/vfs/compare.ts';
import type {Docket} from '../docket.ts';
import {answerOf} from '../exchanges.ts';
import {Verdicts} from '../verdicts.ts';
import {isRequestOf, parsed, queueRequestOf} from './requests.ts';

/** What an operation is owed because of an answer: it may leave the queue so, and in no other way. */
interface Owed {
  readonly seq: number;
  readonly reaction: Reaction;
}

export class QueueWatch {
  readonly #verdicts: Verdicts;
  #seen: BlobQueueState | null = null;
  #owed: Owed | null = null;
  #tries = {seq: 0, tries: 0, failures: 0, behind: 0};
  /** Writes of the user's that are under way. */
  #writing = 0;
  /** What comes next may be anything: its disk was put back. */
  #jump = true;
  #afterCrash = false;

  constructor(node: string, docket: Docket) {
    this.#verdicts = new Verdicts(node, docket);
  }

  crashed(): void {
    this.#afterCrash = true;
    this.#tries = {seq: 0, tries: 0, failures: 0, behind: 0};
  }

  forgets(): void {
    this.#jump = true;
  }

  writes(begins: boolean): void {
    this.#writing += begins ? 1 : -1;
  }

  /** A flush ended: whatever it was about to try again it tries anew. */
  flushEnded(): void {
    this.#tries = {seq: 0, tries: 0, failures: 0, behind: 0};
  }

  /** A request of the queue leaves the device. */
  sent(request: HttpRequest, {pending}: BlobQueueState): void {
    const asked = queueRequestOf(request);
    if (asked === null) return;
    const [head] = pending;
    if (head !== undefined && isRequestOf(head.operation, asked)) this.#verdicts.right('VFS-B11');
    else
      this.#verdicts.wrong(
        'VFS-B11',
        'order',
        `sent a ${asked.kind} that is not the head of its queue`,
        head,
        asked,
      );
  }

  /** An answer is about to reach the device. Gives the operation that it was told is done; null if it was not. */
  answered(request: HttpRequest, seen: AnswerSeen, {pending}: BlobQueueState): QueuedBlob | null {
    const asked = queueRequestOf(request);
    const [head] = pending;
    if (asked === null || head === undefined || !isRequestOf(head.operation, asked)) return null;
    const {seq, operation} = head;
    if (this.#tries.seq !== seq) this.#tries = {seq, tries: 0, failures: 0, behind: 0};
    const answer = queueAnswerOf(seen);
    this.#tries.tries += 1;
    if (isRouteFailure(operation, answer)) this.#tries.failures += 1;
    let reaction = expectReaction(operation, answer, this.#tries);
    if (reaction.kind === 'behind') {
      this.#tries = {...this.#tries, tries: 0, failures: 0, behind: this.#tries.behind + 1};
      if (this.#tries.behind > 1) reaction = {...reaction, kind: 'aside'};
    }
    this.#owed = {seq, reaction};
    return reaction.kind === 'done' ? head : null;
  }

  /** Looks at the queue after a happening that touched the device. */
  look(state: BlobQueueState): void {
    const before = this.#seen;
    if (before === state) return;
    this.#seen = state;
    const [jump, afterCrash] = [this.#jump, this.#afterCrash];
    this.#jump = false;
    this.#afterCrash = false;
    if (jump || before === null) return;
    const claim = afterCrash ? 'VFS-B13' : 'VFS-B11';
    const wrong = this.#difference(before, state);
    if (wrong === null) this.#verdicts.right(claim);
    else this.#verdicts.wrong(claim, 'queue', wrong, before, state);
    if (afterCrash) this.#writing = 0;
  }

  #difference(before: BlobQueueState, after: BlobQueueState): string | null {
    const left = before.pending.filter(({seq}) => after.pending.every(one => one.seq !== seq));
    const come = after.pending.filter(({seq}) => before.pending.every(one => one.seq !== seq));
    const kept = after.pending.filter(one => !come.includes(one));
    if (canonicalJson(kept) !== canonicalJson(before.pending.filter(one => !left.includes(one))))
      return 'changed what was queued, or its order';
    if (come.length > 0 && this.#writing === 0) return 'queued what nobody asked it to';
    if (come.some(({seq}) => before.pending.some(one => one.seq > seq)))
      return 'queued something ahead of others';
    const [gone, more] = left;
    if (more !== undefined || (gone !== undefined && gone !== before.pending[0]))
      return 'dropped more than its head';
    const aside = after.setAside.filter(({seq}) => before.setAside.every(one => one.seq !== seq));
    const back = before.setAside.filter(({seq}) => after.setAside.every(one => one.seq !== seq));
    if (back.length > 0 && this.#writing === 0) return 'took back what nobody asked it to';
    return gone === undefined
      ? aside.length > 0
        ? 'set aside what was not queued'
        : null
      : this.#judgeEnd(gone, aside);
  }

  #judgeEnd(gone: QueuedBlob, aside: readonly SetAsideBlob[]): string | null {
    const owed = this.#owed?.seq === gone.seq ? this.#owed.reaction : null;
    this.#owed = null;
    const [put] = aside;
    if (put === undefined)
      return owed?.kind === 'done' ? null : `dropped an operation that was ${owed?.kind ?? 'not answered'}`;
    if (owed?.kind !== 'aside') return `set an operation aside that was ${owed?.kind ?? 'not answered'}`;
    const same =
      put.status === owed.status &&
      put.message === owed.message &&
      canonicalJson(put.operation) === canonicalJson(gone.operation);
    return same ? null : 'set an operation aside with other words than the server has';
  }
}

function queueAnswerOf(seen: AnswerSeen): QueueAnswer {
  const answer = answerOf(seen);
  return answer.kind === 'failure'
    ? {kind: 'failure'}
    : {kind: 'http', status: answer.status, body: parsed(answer.body)};
}
