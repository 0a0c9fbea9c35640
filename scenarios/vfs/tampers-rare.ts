/** Tampers that few moments give a chance to, or that take several answers: stubborn peers tell them more often. */
import type {TamperContext} from '../../src/sim/system.ts';
import {
  drawIndex,
  pageTamper,
  replaced,
  resultsTamper,
  tamperOf,
  withBody,
  type VfsTamper,
} from './tampers-form.ts';
import {
  askedFrom,
  earlierPages,
  ending,
  movedTime,
  readResults,
  readSnapshot,
  routeOf,
  type JsonObject,
  type Snapshot,
} from './tampers-reading.ts';

const LEVELS = ['read', 'write', 'admin'] as const;

/** How often a batch is called stale before it is acknowledged. */
const STALE_TURNS = 2;

/** How many honest answers so far spoke of the operation. */
const timesAnswered = ({earlier}: TamperContext, opId: string): number =>
  earlier.filter(answer => readResults(answer)?.told.some(told => told.opId === opId) === true).length;

/** A snapshot that says one thing more of some register that it has; null for one without registers. */
function inTwoVoices({body, replay, acl, links}: Snapshot, about: TamperContext): JsonObject | null {
  const index = drawIndex([...acl, ...links], about);
  const entry = index === null ? undefined : acl[index];
  if (index === null) return null;
  if (entry === undefined) {
    return {...body, replaySnapshot: {...replay, links: [...links, links[index - acl.length]]}};
  }
  const accessLevel = about.random.pick(LEVELS);
  const second = {...entry, accessLevel};
  // before it or after it: what is said last may not count for more
  const voices = about.random.oneIn(2) ? [second, entry] : [entry, second];
  return {...body, replaySnapshot: {...replay, acl: replaced<unknown>(acl, index, ...voices)}};
}

const LOST = {
  error: 'CRDT cursor is older than retained history; re-materialization required',
  code: 'crdt_rematerialization_required',
};

export const rareTampers: readonly VfsTamper[] = [
  pageTamper({
    id: 'pull-newer-then-older',
    sentence: 'After items that are new the page ends with one from before the cursor that was asked from.',
    refusedBy: ['pull:pullCursorRegression'],
    stubbornWeight: 10,
    change: ({body, items}, about) => {
      const {request, random} = about;
      const asked = askedFrom(request);
      const model = items.at(-1) ?? earlierPages(about).at(-1)?.items.at(-1);
      if (asked === null || model === undefined) return undefined;
      const made = (byMs: number): JsonObject => ({
        ...model,
        ...{opId: `made-${random.id(6)}`, occurredAt: movedTime(asked.changedAt, byMs)},
      });
      const newer = items.length > 0 ? items : [made(random.octave(1, 60_000))];
      const all = [...newer, made(-random.octave(1, 3_600_000))];
      return all.some(({occurredAt}) => occurredAt === null) ? undefined : ending(body, all);
    },
  }),
  pageTamper({
    id: 'pull-nothing-but-ids',
    sentence: 'A beginner is told of no items, and of more writes than there were, his own among them.',
    stubbornWeight: 20,
    change: ({body, ids}, {request, random}) => {
      const by = random.octave(1, 100);
      const raised = Object.entries(ids).map(([replica, id]): [string, number] => [replica, id + by]);
      if (askedFrom(request) !== null || raised.length === 0) return undefined;
      return {...ending(body, []), hasMore: false, lastReconciledWriteIds: Object.fromEntries(raised)};
    },
  }),
  resultsTamper({
    id: 'push-stale-by-turns',
    sentence:
      'What is pushed is called stale twice, and then acknowledged, so that a flush gets on, if slowly.',
    refusedBy: ['flush:staleWriteRecoveryExhausted'],
    detection: 'sometimes',
    answersNeeded: 3,
    stubbornWeight: 150,
    change: ({body, results, told}, about) => {
      const [head] = told;
      if (head === undefined || timesAnswered(about, head.opId) >= STALE_TURNS) return undefined;
      return {...body, results: results.map(result => ({...result, status: 'staleWriteId'}))};
    },
  }),
  tamperOf(
    ['pull', 'push', 'reconcile', 'snapshot'],
    {
      id: 'any-snapshot-in-two-voices',
      sentence: 'Readers are sent to a snapshot, which says two things of one register.',
      refusedBy: [
        'pull:pullRematerializationRequired',
        'snapshot acl contains duplicate principal entry',
        'snapshot links contain duplicate edge',
      ],
      stubbornWeight: 30,
    },
    (answer, about) => {
      if (routeOf(about.request) === 'pull') return withBody({...answer, status: 409}, LOST);
      const snapshot = routeOf(about.request) === 'snapshot' ? readSnapshot(answer) : null;
      const body = snapshot === null ? null : inTwoVoices(snapshot, about);
      return body === null ? null : withBody(answer, body);
    },
  ),
];
