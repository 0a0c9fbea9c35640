/** What a lie does to a client that believes it: found by comparing the honest answer with the one that was delivered. */
import type {HttpRequest, HttpResponse} from '../../src/host.ts';
import {compareCursors, laterCursor} from '../../src/model/vfs/cursor.ts';
import {isAcl} from '../../src/model/vfs/fields.ts';
import {compareText} from '../../src/model/vfs/order.ts';
import {aclKey, linkKey} from '../../src/model/vfs/replay.ts';
import type {AclEntry, Cursor, FeedItem, Link, PushStatus, WriteIds} from '../../src/model/vfs/types.ts';
import {writeIdOf} from '../../src/model/vfs/write-ids.ts';
import {
  askedFrom,
  readAcknowledgement,
  readCheckpoint,
  readPage,
  readResults,
  readSnapshot,
  routeOf,
  sentOpIds,
} from './tampers-reading.ts';

/** What a grant or a link is known by. */
export type Register =
  ({readonly kind: 'acl'} & Omit<AclEntry, 'accessLevel'>) | ({readonly kind: 'link'} & Link);

/** Positions after `after` (null: from the beginning) up to and with `upTo`. */
export interface Stretch {
  readonly after: Cursor | null;
  readonly upTo: Cursor;
}

/** What is untrue in an answer, if the client takes it in. Whether it does is for the model to say. All lists are sorted. */
export interface Harm {
  /** Feed ids of items that the client's cursor passes without their being applied, or not as they are. */
  readonly withheldItems: readonly string[];
  /** Client op ids that the client drops from its queue though the server applied them not in this push. */
  readonly forgedAcks: readonly string[];
  /** Client op ids that the server has applied and the client is told are stale or invalid. */
  readonly deniedAcks: readonly string[];
  /** Feed ids of items that the client applies and the honest answer does not hold. Items of the feed may be among them. */
  readonly foreignItems: readonly string[];
  /** Where the client's cursor passes positions of which the honest answer says nothing: rows there that the page lacks are lost. */
  readonly passedOver: Stretch | null;
  /** Registers that may be wrong in the client until their next item. */
  readonly registers: readonly Register[];
  /** Replicas told to have written more than they have: honest answers to come will look like regressions. */
  readonly raisedWriteIds: readonly string[];
  /** The position that the client's checkpoint moves to though the server vouches for less, or null. */
  readonly raisedCursor: Cursor | null;
}

export const NO_HARM: Harm = {
  withheldItems: [],
  forgedAcks: [],
  deniedAcks: [],
  foreignItems: [],
  passedOver: null,
  registers: [],
  raisedWriteIds: [],
  raisedCursor: null,
};

/**
 * The harm of `delivered` as the answer to `request`, measured by what the server answered to it: `honest`, or null if the
 * server never did. Works for any pair, old answers that come again included; an answer that no client can read does none.
 */
export function harmOf(request: HttpRequest, honest: HttpResponse | null, delivered: HttpResponse): Harm {
  switch (routeOf(request)) {
    case 'pull':
      return harmOfPage(request, honest, delivered);
    case 'push':
      return harmOfResults(request, honest, delivered);
    case 'reconcile':
      return harmOfAcknowledgement(request, honest, delivered);
    case 'snapshot':
      return harmOfSnapshot(honest, delivered);
    case null:
      return NO_HARM;
  }
}

/** Whether there is any. */
export const isHarmful = (harm: Harm): boolean =>
  Object.values(harm).some((part: unknown) => (Array.isArray(part) ? part.length > 0 : part !== null));

interface Placed {
  readonly item: FeedItem;
  readonly position: Cursor;
}

function harmOfPage(request: HttpRequest, honest: HttpResponse | null, delivered: HttpResponse): Harm {
  const asked = askedFrom(request);
  const given = readPage(delivered);
  if (given === null) return NO_HARM;
  const truth = honest === null ? null : readPage(honest);
  const place = ({told, positions}: NonNullable<typeof given>): ReadonlyMap<string, Placed> =>
    new Map(
      told.flatMap((item, index): [string, Placed][] => {
        const position = positions[index];
        // What lies at or before the cursor is refused, or dropped, but never applied.
        if (position === undefined || (asked !== null && compareCursors(position, asked) <= 0)) return [];
        return [[item.opId, {item, position}]];
      }),
    );
  const taken = place(given);
  const due = truth === null ? new Map<string, Placed>() : place(truth);
  const reached = furthest(taken, asked);
  const vouched = furthest(due, asked);
  const wrong = [...due.values()].filter(({item, position}) => {
    const counterpart = taken.get(item.opId);
    if (counterpart !== undefined) return !sameItem(counterpart, {item, position});
    return reached !== null && compareCursors(position, reached) <= 0;
  });
  const foreign = [...taken.values()].filter(({item}) => !due.has(item.opId));
  const told = laterCursor(reached, given.told.length === 0 ? given.nextCursor : null);
  const known = laterCursor(vouched, truth?.told.length === 0 ? truth.nextCursor : null);
  const counterparts = wrong.flatMap(({item}) => taken.get(item.opId) ?? []);
  return {
    ...NO_HARM,
    withheldItems: sortedIds(wrong),
    foreignItems: sortedIds(foreign),
    passedOver: reached !== null && isAfter(reached, vouched) ? {after: vouched, upTo: reached} : null,
    registers: sortedRegisters(
      [...wrong, ...foreign, ...counterparts].flatMap(({item}) => registerOf(item) ?? []),
    ),
    raisedWriteIds: raised(truth?.ids ?? {}, given.ids),
    raisedCursor: told !== null && isAfter(told, known) ? told : null,
  };
}

/** Where a reader stands who has applied `items` after `asked`. */
function furthest(items: ReadonlyMap<string, Placed>, asked: Cursor | null): Cursor | null {
  let reached = asked;
  for (const {position} of items.values()) reached = laterCursor(reached, position);
  return reached;
}

const isAfter = (a: Cursor, b: Cursor | null): boolean => b === null || compareCursors(a, b) > 0;

/** Whether two items do the same at the same position; who is said to have made them, a client does not keep. */
function sameItem(a: Placed, b: Placed): boolean {
  if (compareCursors(a.position, b.position) !== 0) return false;
  const fields = isAcl(b.item.opType)
    ? (['opType', 'itemId', 'principalType', 'principalId', 'accessLevel'] as const)
    : (['opType', 'itemId', 'parentId', 'childId'] as const);
  return fields.every(field => a.item[field] === b.item[field]);
}

function registerOf({
  opType,
  itemId,
  principalType,
  principalId,
  parentId,
  childId,
}: FeedItem): Register | null {
  if (!isAcl(opType)) {
    return parentId === null || childId === null ? null : {kind: 'link', parentId, childId};
  }
  if (principalType === null || principalId === null) return null;
  return {kind: 'acl', itemId, principalType, principalId};
}

const keyOfRegister = (register: Register): string =>
  register.kind === 'acl' ? `acl ${aclKey(register)}` : `link ${linkKey(register)}`;

/** Each once. */
function sortedRegisters(registers: readonly Register[]): readonly Register[] {
  const byKey = new Map(registers.map(register => [keyOfRegister(register), register]));
  return [...byKey].sort(([a], [b]) => compareText(a, b)).map(([, register]) => register);
}

const sortedIds = (placed: readonly Placed[]): readonly string[] =>
  placed.map(({item}) => item.opId).sort(compareText);

const raised = (vouched: WriteIds, told: WriteIds): readonly string[] =>
  Object.keys(told)
    .filter(replicaId => writeIdOf(told, replicaId) > writeIdOf(vouched, replicaId))
    .sort(compareText);

const isAcknowledged = (status: PushStatus | undefined): boolean =>
  status === 'applied' || status === 'alreadyApplied' || status === 'outdatedOp';

function harmOfResults(request: HttpRequest, honest: HttpResponse | null, delivered: HttpResponse): Harm {
  const sent = sentOpIds(request).map(opId => opId.trim());
  const given = readResults(delivered)?.told ?? [];
  const told = new Map(given.map(({opId, status}) => [opId, status]));
  // Results that do not match the batch are refused as a whole.
  if (given.length !== sent.length || sent.some(opId => !told.has(opId))) return NO_HARM;
  const results = honest === null ? null : readResults(honest);
  const truth = new Map(results?.told.map(({opId, status}) => [opId, status]) ?? []);
  const differing = (toldSo: boolean): readonly string[] =>
    sent
      .filter(opId => isAcknowledged(told.get(opId)) === toldSo && isAcknowledged(truth.get(opId)) !== toldSo)
      .sort(compareText);
  return {...NO_HARM, forgedAcks: differing(true), deniedAcks: differing(false)};
}

/** What the client told is not raised by being told back. */
function harmOfAcknowledgement(
  request: HttpRequest,
  honest: HttpResponse | null,
  delivered: HttpResponse,
): Harm {
  const given = readAcknowledgement(delivered);
  const asking = readCheckpoint(request);
  if (given === null || (asking !== null && asking.clientId !== given.clientId)) return NO_HARM;
  const truth = (honest === null ? null : readAcknowledgement(honest)) ?? asking;
  return {
    ...NO_HARM,
    raisedWriteIds: raised(truth?.ids ?? {}, given.ids),
    raisedCursor: isAfter(given.cursor, truth?.cursor ?? null) ? given.cursor : null,
  };
}

/**
 * A snapshot is judged against the honest one, register by register. An old one that comes again seems to be wrong wherever
 * something has changed since, though its reader will still be given those changes.
 */
function harmOfSnapshot(honest: HttpResponse | null, delivered: HttpResponse): Harm {
  const given = readSnapshot(delivered)?.state ?? null;
  if (given === null) return NO_HARM;
  const truth = (honest === null ? null : readSnapshot(honest)?.state) ?? null;
  const [ours, theirs] = [registersIn(truth?.replaySnapshot), registersIn(given.replaySnapshot)];
  const differing = [...ours, ...theirs].filter(([key, {level}]) => {
    const [one, other] = [ours.get(key), theirs.get(key)];
    return one === undefined || other === undefined || one.level !== level || other.level !== level;
  });
  const {cursor} = given.replaySnapshot;
  const vouched = truth?.replaySnapshot.cursor ?? null;
  const checkpoint = given.reconcileState?.cursor ?? null;
  const known = truth?.reconcileState?.cursor ?? null;
  return {
    ...NO_HARM,
    passedOver: cursor !== null && isAfter(cursor, vouched) ? {after: vouched, upTo: cursor} : null,
    registers: sortedRegisters(differing.map(([, {register}]) => register)),
    raisedWriteIds: raised(
      truth?.reconcileState?.lastReconciledWriteIds ?? {},
      given.reconcileState?.lastReconciledWriteIds ?? {},
    ),
    raisedCursor: checkpoint !== null && isAfter(checkpoint, known) ? checkpoint : null,
  };
}

interface Held {
  readonly register: Register;
  readonly level: string | null;
}

function registersIn(
  content: {readonly acl: readonly AclEntry[]; readonly links: readonly Link[]} | undefined,
): ReadonlyMap<string, Held> {
  const {acl, links} = content ?? {acl: [], links: []};
  const held: readonly Held[] = [
    ...acl.map(({accessLevel, ...entry}) => ({
      register: {kind: 'acl', ...entry} as const,
      level: accessLevel,
    })),
    ...links.map(link => ({register: {kind: 'link', ...link} as const, level: null})),
  ];
  return new Map(held.map(one => [keyOfRegister(one.register), one]));
}
