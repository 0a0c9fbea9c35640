/** Judges what a server made of one object: its row by the model, its conflicts by the operations that they speak of. */
import {policies, type PolicyName} from '../../src/impl/journal/merge/policies.ts';
import {canonicalJson, seedAt} from '../../src/index.ts';
import {apart, type Conflict, type Taken} from '../../src/model/journal/history.ts';
import {canonicalTags, canonicalValue, compareText} from '../../src/model/journal/order.ts';
import type {ObjectRecord} from '../../src/model/journal/tenant.ts';
import type {Value} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import type {ConflictRow, ObjectRow} from './server-rows.ts';

/** Where something was found: on which server, about which tenant's object. */
export interface Where {
  readonly node: string;
  readonly tenant: string;
  readonly policy: string;
}

const text = (value: unknown): string => canonicalValue(value as Value);

/** An object's row against what its operations come to. */
export function judgeRow(
  docket: Docket,
  where: Where,
  record: ObjectRecord,
  row: ObjectRow | undefined,
): void {
  const {shown, state} = record;
  const {node, tenant} = where;
  const name = `${record.type} ${record.id} of ${tenant}`;
  const judge = (
    claim: string,
    code: string,
    holds: boolean,
    wrong: string,
    expected: unknown,
    actual: unknown,
  ): void =>
    docket.enter(claim, holds, () => ({
      code,
      stage: 'object',
      node,
      message: `${node} ${wrong} of ${name}`,
      expected,
      actual,
    }));
  if (row === undefined) {
    judge('JOURNAL-S2', 'missing', false, 'shows nothing', shown.lastOpId, null);
    return;
  }
  const tombstone = state.maximal.find(({operation}) => operation.isTombstone);
  if (tombstone !== undefined)
    judge('JOURNAL-S3', 'alive', row.isTombstone, 'lost a deletion', tombstone.operation.opId, row.lastOpId);
  const [only] = state.maximal;
  if (state.maximal.length === 1 && only !== undefined)
    judge(
      'JOURNAL-S4',
      'lost',
      row.lastOpId === only.operation.opId,
      'does not show the operation that had seen all others',
      only.operation.opId,
      row.lastOpId,
    );
  const shuffled = foldShuffled(where.policy, state.all);
  judge(
    'JOURNAL-S1',
    'order',
    text(JSON.parse(row.state)) === shuffled,
    'made another state in this order',
    shuffled,
    row.state,
  );
  judge(
    'JOURNAL-S2',
    'winner',
    row.lastOpId === shown.lastOpId,
    'shows another operation',
    shown.lastOpId,
    row.lastOpId,
  );
  const payload = shown.isTombstone ? null : text(shown.payload);
  judge('JOURNAL-S2', 'payload', row.payload === payload, 'shows another payload', payload, row.payload);
  judge(
    'JOURNAL-S2',
    'tombstone',
    row.isTombstone === shown.isTombstone,
    'is wrong about the life',
    shown.isTombstone,
    row.isTombstone,
  );
  const tags = text(canonicalTags(shown.tags));
  judge('JOURNAL-S2', 'tags', row.tags === tags, 'shows other tags', tags, row.tags);
  const clock = text(shown.clock);
  judge('JOURNAL-S6', 'clock', row.clock === clock, 'has another clock', clock, row.clock);
  judge('JOURNAL-S6', 'seen', row.seenClock === clock, 'remembers another clock', clock, row.seenClock);
  judge(
    'JOURNAL-L2',
    'sequence',
    row.changeSeq === record.changeSeq,
    'counts another change',
    record.changeSeq,
    row.changeSeq,
  );
  const ever = text(canonicalTags([...record.everTags]));
  judge('JOURNAL-L2', 'ever-tags', row.everTags === ever, 'remembers other tags', ever, row.everTags);
  judgeActor(docket, where, record, row, name);
}

/** Who wrote what is shown can be told from the row alone, and is who the journal says. */
function judgeActor(
  docket: Docket,
  {node}: Where,
  {state, shown}: ObjectRecord,
  row: ObjectRow,
  name: string,
): void {
  const author = state.all.find(({operation}) => operation.opId === shown.lastOpId)?.operation;
  const holds = row.lastModifiedActor === author?.deviceId && row.winnerClock === text(author.vectorClock);
  docket.enter('JOURNAL-A1', holds, () => ({
    code: 'author',
    stage: 'object',
    node,
    message: `${node} names another author or clock for what ${name} shows`,
    expected: {actor: author?.deviceId, clock: author?.vectorClock},
    actual: {actor: row.lastModifiedActor, clock: row.winnerClock},
  }));
}

/** What the rule of merging makes of the operations in an order that nobody chose. */
function foldShuffled(policy: string, all: readonly Taken[]): string {
  const rule = policies[policy as PolicyName];
  const keyed = all.map(({operation}, index) => ({
    operation,
    key: seedAt(operation.opId, all.length * 31 + index),
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const state = keyed.reduce(
    (before: unknown, {operation}) =>
      rule.ingest(before, {...operation, payload: operation.payload, clock: operation.vectorClock}).state,
    rule.empty,
  );
  return text(rule.encode(state));
}

const pairOf = (a: string, b: string): string => canonicalJson([a, b].sort(compareText));

/** An object's recorded conflicts against those that its journal makes. */
export function judgeConflicts(
  docket: Docket,
  where: Where,
  record: ObjectRecord,
  rows: readonly ConflictRow[],
): void {
  const {node, tenant} = where;
  const {state} = record;
  const name = `${record.type} ${record.id} of ${tenant}`;
  const wrong = (claim: string, code: string, message: string, expected: unknown, actual: unknown): void =>
    docket.wrong(claim, {
      code,
      stage: 'conflicts',
      node,
      message: `${node} ${message} on ${name}`,
      expected,
      actual,
    });
  const owed = new Map(
    state.conflicts.map(conflict => [
      pairOf(conflict.winner.operation.opId, conflict.loser.operation.opId),
      conflict,
    ]),
  );
  const seen = new Set<string>();
  for (const row of rows) {
    const pair = pairOf(row.winner, row.loser);
    seen.add(pair);
    const [a, b] = [row.winner, row.loser].map(opId =>
      state.all.find(({operation}) => operation.opId === opId),
    );
    const due = owed.get(pair);
    if (a === undefined || b === undefined)
      wrong('JOURNAL-C1', 'orphan', 'records a conflict of what is not there', null, row);
    else if (!apart(a, b))
      wrong('JOURNAL-C5', 'ordered', 'records a conflict of two that were in order', null, row);
    else if (due === undefined)
      wrong('JOURNAL-C4', 'extra', 'records a conflict that its journal does not make', null, row);
    else if (!sameConflict(due, row))
      wrong('JOURNAL-S9', 'record', 'records a conflict otherwise than it was', recordOf(due), row);
  }
  for (const [pair, {winner, loser}] of owed) {
    if (seen.has(pair)) continue;
    const present = state.maximal.includes(winner) && state.maximal.includes(loser);
    const claim = present ? 'JOURNAL-C2' : 'JOURNAL-C4';
    wrong(
      claim,
      'missing',
      'does not record a conflict',
      [winner.operation.opId, loser.operation.opId],
      null,
    );
  }
  for (const claim of ['JOURNAL-C1', 'JOURNAL-C2', 'JOURNAL-C4', 'JOURNAL-C5']) docket.right(claim);
  if (rows.length > 0) docket.right('JOURNAL-S9');
}

const recordOf = ({winner, loser, reason}: Conflict): Omit<ConflictRow, 'first' | 'second'> => ({
  winner: winner.operation.opId,
  loser: loser.operation.opId,
  winningClock: text(winner.operation.vectorClock),
  losingClock: text(loser.operation.vectorClock),
  winningJournalId: winner.position,
  losingJournalId: loser.position,
  reason,
});

function sameConflict(due: Conflict, {first, second, ...row}: ConflictRow): boolean {
  return (
    canonicalJson(recordOf(due)) === canonicalJson(row) &&
    canonicalJson([first, second].sort(compareText)) ===
      canonicalJson([row.winner, row.loser].sort(compareText))
  );
}
