/** Judges what servers make of pushes: which rows they bring into the journal, and what each entry is told. */
import type {HttpResponse} from '../../src/index.ts';
import {contentOf} from '../../src/model/journal/entry.ts';
import {canonicalValue, sameClock} from '../../src/model/journal/order.ts';
import type {Owed} from '../../src/model/journal/tenant.ts';
import type {Clock, Operation, Value} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import {bodyOf, type Pushed} from './wire.ts';

/** What a push must be told, and bring, if it is dealt with in one of the states that it met. */
export interface RightPush {
  readonly owed: readonly Owed[];
  readonly taken: readonly Operation[];
}

export interface PendingPush {
  readonly node: string;
  readonly tenant: string;
  readonly pushed: Pushed;
  readonly right: RightPush[];
  /** Writes waited for a rebuild, or for one to be asked for, at some moment. */
  mayWait: boolean;
  /** The commits that may be this push's own: several pushes of the same content share one. */
  readonly brought: Brought[];
}

/** A commit that some push in flight made, and who may have made it. */
interface Brought {
  readonly right: RightPush;
  readonly claimants: Set<PendingPush>;
}

interface Told {
  readonly opId: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly objectClock: Clock | null;
  readonly changeSeq: number | null;
}

/** Finds the pushes that may have brought rows, in whole and in order; false if there is none. */
export function claimRows(pushes: Iterable<PendingPush>, rows: readonly Operation[]): boolean {
  const content = rows.map(contentOf).join('\n');
  const claimants = [...pushes].filter(({right}) => {
    const taken = right.at(-1)?.taken ?? [];
    return taken.length === rows.length && taken.map(contentOf).join('\n') === content;
  });
  const right = claimants[0]?.right.at(-1);
  if (right === undefined) return false;
  const brought = {right, claimants: new Set(claimants)};
  for (const push of claimants) push.brought.push(brought);
  return true;
}

/** Rows that no push in flight accounts for: says what is wrong with the first that was not to be. */
export function judgeStrayRows(
  docket: Docket,
  {node, tenant}: {readonly node: string; readonly tenant: string},
  pushes: Iterable<PendingPush>,
  rows: readonly Operation[],
): void {
  const about = (claim: string, code: string, what: string, expected: unknown, actual: unknown): void =>
    docket.wrong(claim, {
      code,
      stage: 'push',
      node,
      message: `${node} ${what} in ${tenant}`,
      expected,
      actual,
    });
  const brought = new Set(rows.map(({opId}) => opId));
  for (const {pushed, right} of pushes) {
    const last = right.at(-1);
    if (pushed.kind !== 'entries' || last === undefined) continue;
    if (!last.owed.some(({opId}) => opId !== null && brought.has(opId))) continue;
    for (const [index, owed] of last.owed.entries()) {
      const row = rows.find(({opId}) => opId === owed.opId);
      if (owed.outcome === 'rejected' || owed.outcome === 'duplicate') {
        if (row === undefined || last.taken.some(({opId}) => opId === owed.opId)) continue;
        about(
          claimOf(owed),
          'taken',
          `took ${row.opId}, which is ${owed.outcome}`,
          [...(owed.reasons ?? [])],
          row,
        );
        return;
      }
      if (row === undefined) {
        about('JOURNAL-S8', 'left-out', `keeps no row of ${String(owed.opId)}`, pushed.entries[index], null);
        return;
      }
    }
    about(
      'JOURNAL-S8',
      'content',
      'journals something else than was pushed, or in another order',
      last.taken,
      rows,
    );
    return;
  }
  about('JOURNAL-S8', 'stray', 'journals what nobody pushed', null, rows);
}

/** The claim that speaks of an entry which must not be taken. */
function claimOf({outcome, reasons}: Owed): string {
  const first = [...(reasons ?? [])][0] ?? '';
  if (outcome === 'duplicate' || first === 'OP_ID_REUSE') return 'JOURNAL-S5';
  return first.startsWith('CLOCK') ? 'JOURNAL-Q1' : 'JOURNAL-B1';
}

/** Judges the answer to a push as its server gave it. `calm`: no disk can have failed. */
export function judgePush(docket: Docket, push: PendingPush, response: HttpResponse, calm: boolean): void {
  const {node, tenant, pushed} = push;
  const wrong = (claim: string, code: string, what: string, expected: unknown, actual: unknown): void =>
    docket.wrong(claim, {
      code,
      stage: 'push',
      node,
      message: `${node} ${what} in ${tenant}`,
      expected,
      actual,
    });
  const {status} = response;
  if (pushed.kind === 'refused') {
    if (status === pushed.status) docket.right('JOURNAL-B1');
    else wrong('JOURNAL-B1', 'no-push', 'did not refuse what is no push', pushed.status, status);
    return;
  }
  if (status !== 200) {
    const excused = (status === 503 && push.mayWait) || (status === 500 && !calm);
    if (!excused)
      wrong('JOURNAL-B1', 'refused', `refused a push as a whole: ${status}`, 200, bodyOf(response));
    else if (ownCommit(push) !== null)
      wrong('JOURNAL-B1', 'half-way', 'took a push that it refused', status, null);
    return;
  }
  judgeResults(docket, push, bodyOf(response), wrong);
}

/** What a push certainly did: the commit that nobody else can have made. */
function ownCommit(push: PendingPush): RightPush | null {
  return push.brought.find(({claimants}) => claimants.size === 1 && claimants.has(push))?.right ?? null;
}

/** A push says that it made a commit: nobody else can say so any more. False if there is none that it can have made. */
function settleCommit(push: PendingPush): boolean {
  const made = push.brought.find(({claimants}) => claimants.has(push));
  made?.claimants.clear();
  return made !== undefined;
}

/** A push is over: what it did not lay claim to was another's. */
export function withdraw(push: PendingPush): void {
  for (const {claimants} of push.brought) claimants.delete(push);
}

type Wrong = (claim: string, code: string, what: string, expected: unknown, actual: unknown) => void;

function judgeResults(docket: Docket, push: PendingPush, body: unknown, wrong: Wrong): void {
  const {results, applied, conflicts} = body as {
    results: readonly Told[];
    applied: number;
    conflicts: number;
  };
  const own = ownCommit(push);
  const candidates = own === null ? push.right : [own];
  const right = candidates.find(
    ({owed}) =>
      owed.length === results.length && owed.every((one, index) => isTold(one, results[index] as Told)),
  );
  if (right === undefined) {
    blame(candidates.at(-1)?.owed ?? [], results, wrong);
    return;
  }
  if (right.taken.length > 0 && !settleCommit(push)) {
    wrong('JOURNAL-S8', 'unwritten', 'acknowledged what it did not write', right.taken, null);
    return;
  }
  const kept = right.owed.filter(({outcome}) => /^(applied|conflict_.*)$/.test(outcome));
  const disputed = kept.filter(({outcome}) => outcome !== 'applied');
  if (applied !== kept.length || conflicts !== disputed.length) {
    wrong(
      'JOURNAL-B1',
      'count',
      'counts its results wrongly',
      [kept.length, disputed.length],
      [applied, conflicts],
    );
    return;
  }
  for (const {outcome, reasons} of right.owed) {
    if (outcome === 'duplicate') docket.right('JOURNAL-S5');
    else if (outcome === 'rejected') docket.right(claimOf({outcome, reasons} as Owed));
  }
  docket.right('JOURNAL-B1');
}

function isTold(owed: Owed, told: Told): boolean {
  return (
    owed.opId === told.opId &&
    owed.outcome === told.outcome &&
    (owed.reasons === null ? told.reason === null : owed.reasons.has(told.reason as never)) &&
    owed.changeSeq === told.changeSeq &&
    (owed.objectClock === null || told.objectClock === null
      ? owed.objectClock === told.objectClock
      : sameClock(owed.objectClock, told.objectClock))
  );
}

/** Names the first entry that was told something else than it is owed. */
function blame(owed: readonly Owed[], results: readonly Told[], wrong: Wrong): void {
  if (owed.length !== results.length) {
    wrong('JOURNAL-B1', 'length', 'does not answer each entry', owed.length, results.length);
    return;
  }
  for (const [index, one] of owed.entries()) {
    const told = results[index] as Told;
    if (isTold(one, told)) continue;
    const name = `entry ${index} (${String(one.opId)})`;
    const facts = {...one, reasons: [...(one.reasons ?? [])]};
    if (one.opId !== told.opId)
      wrong('JOURNAL-B1', 'order', `answers ${name} with another's result`, one.opId, told.opId);
    else if (one.outcome !== told.outcome)
      wrong(outcomeClaim(one, told), 'outcome', `told ${name} another outcome`, facts, told);
    else if (one.changeSeq !== told.changeSeq)
      wrong('JOURNAL-L2', 'told-sequence', `told ${name} another change`, facts, told);
    else if (sameValue(one.objectClock, told.objectClock))
      wrong('JOURNAL-B1', 'reason', `told ${name} another reason`, facts, told);
    else wrong('JOURNAL-S6', 'told-clock', `told ${name} another clock`, facts, told);
    return;
  }
}

function outcomeClaim(owed: Owed, told: Told): string {
  if (owed.outcome === 'rejected' || owed.outcome === 'duplicate') return claimOf(owed);
  if (told.outcome === 'duplicate') return 'JOURNAL-S5';
  return told.outcome === 'rejected' ? 'JOURNAL-B1' : 'JOURNAL-S9';
}

const sameValue = (a: unknown, b: unknown): boolean =>
  canonicalValue(a as Value) === canonicalValue(b as Value);
