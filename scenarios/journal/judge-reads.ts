/** Judges what servers tell of their journal and of the legacy exchange: audits, legacy pushes and pulls, by what they hold. */
import {AUDIT_PATHS} from '../../src/impl/journal/server-audit.ts';
import {LIMITS, PATHS} from '../../src/impl/journal/protocol.ts';
import {canonicalJson, type HttpRequest, type HttpResponse} from '../../src/index.ts';
import {apart, conflictOf, meet, NOTHING, type ObjectState} from '../../src/model/journal/history.ts';
import {compareText} from '../../src/model/journal/order.ts';
import type {Tenant} from '../../src/model/journal/tenant.ts';
import type {Clock} from '../../src/model/journal/types.ts';
import type {LegacyLine} from './legacy.ts';
import {bodyOf} from './wire.ts';

/** What is held of a tenant at some moment. */
export interface Held {
  readonly tenant: Tenant;
  readonly legacy: readonly LegacyLine[];
}

/** A question whose answer depends on what is held. `told` makes an answer comparable with what is owed. */
export interface Reading {
  readonly claim: string;
  readonly stage: string;
  readonly owed: (held: Held) => string;
  readonly told: (response: HttpResponse) => string;
}

/** What a request asks, if it is one of these questions, well asked. */
export function readingOf(request: HttpRequest): Reading | null {
  const [path = '', query = ''] = request.path.split('?');
  if (path === PATHS.legacyPull) return legacyPull(new URLSearchParams(query));
  if (path === PATHS.legacyPush) return legacyPush(request);
  const question = path.slice(PATHS.audit.length);
  if (!AUDIT_PATHS.includes(path)) return null;
  const parameters = new URLSearchParams(query);
  return AUDITS.get(question)?.(parameters.get('type') ?? '', parameters.get('id') ?? '') ?? null;
}

const audit = (owed: (held: Held) => unknown, told: (body: Body) => unknown): Reading => ({
  claim: 'JOURNAL-A1',
  stage: 'audit',
  owed: held => canonicalJson(owed(held)),
  told: response => canonicalJson(told(bodyOf(response) as Body)),
});

interface Body {
  readonly history: readonly {
    opId: string;
    outcome: string;
    shown: {lastOpId: string} | null;
    journalId: number;
  }[];
  readonly matches: boolean;
  readonly orderFree: boolean;
  readonly operation: {readonly opId: string; readonly journalId: number} | null;
  readonly findings: readonly unknown[];
  readonly pairs: readonly {
    readonly winningOpId: string;
    readonly losingOpId: string;
    readonly winningClock: Clock;
    readonly losingClock: Clock;
    readonly reason: string;
  }[];
  readonly conflicts: readonly {readonly winningOpId: string; readonly losingOpId: string}[];
  readonly objects: readonly {readonly objectId: string; readonly shown: {readonly lastOpId: string}}[];
}

const stateOf = ({tenant}: Held, type: string, id: string): ObjectState =>
  tenant.object(type, id)?.state ?? NOTHING;

/** Every row of an object with what it met, told anew. */
function storyOf(state: ObjectState): unknown[] {
  let before = NOTHING;
  return state.all.map(one => {
    const {met, after} = meet(before, one);
    before = after;
    return {opId: one.operation.opId, outcome: met, journalId: one.position};
  });
}

/** Every two of which neither had seen the other, with who of them is shown, both clocks and the reason. */
function pairsOf({all}: ObjectState): string[] {
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter(other => apart(one, other))
      .map(other => {
        const {winner, loser, reason} = conflictOf(one, other);
        const [won, lost] = [winner.operation, loser.operation];
        return canonicalJson([won.opId, lost.opId, won.vectorClock, lost.vectorClock, reason]);
      }),
  );
}

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted(compareText);

const AUDITS: ReadonlyMap<string, (type: string, id: string) => Reading> = new Map([
  [
    'history',
    (type: string, id: string) =>
      audit(
        held => ({story: storyOf(stateOf(held, type, id)), matches: true, orderFree: true}),
        ({history, matches, orderFree}) => ({
          story: history.map(({opId, outcome, journalId}) => ({opId, outcome, journalId})),
          matches,
          orderFree,
        }),
      ),
  ],
  [
    'value',
    (type, id) =>
      audit(
        ({tenant}) => tenant.object(type, id)?.shown.lastOpId ?? null,
        ({operation}) => operation?.opId ?? null,
      ),
  ],
  [
    'concurrent',
    (type, id) =>
      audit(
        held => sorted(pairsOf(stateOf(held, type, id))),
        ({pairs}) =>
          sorted(
            pairs.map(({winningOpId, losingOpId, winningClock, losingClock, reason}) =>
              canonicalJson([winningOpId, losingOpId, winningClock, losingClock, reason]),
            ),
          ),
      ),
  ],
  [
    'conflicts',
    (type, id) =>
      audit(
        held =>
          sorted(
            stateOf(held, type, id).conflicts.map(
              ({winner, loser}) => `${winner.operation.opId} ${loser.operation.opId}`,
            ),
          ),
        ({conflicts}) => sorted(conflicts.map(({winningOpId, losingOpId}) => `${winningOpId} ${losingOpId}`)),
      ),
  ],
  [
    'at',
    (type, id) =>
      audit(
        ({tenant}) => {
          const shown = tenant.object(type, id)?.shown.lastOpId;
          return shown === undefined ? [] : [shown];
        },
        ({objects}) => objects.map(({shown}) => shown.lastOpId),
      ),
  ],
  [
    'check',
    () =>
      audit(
        () => [],
        ({findings}) => findings,
      ),
  ],
]);

function legacyPull(query: URLSearchParams): Reading {
  const since = Number(query.get('since') ?? 0);
  const limit = Number(query.get('limit') ?? LIMITS.pageDefault);
  return {
    claim: 'JOURNAL-G1',
    stage: 'legacy',
    owed: ({legacy}) => {
      const entries = legacy.filter(({entryId}) => entryId > since).slice(0, limit);
      return canonicalJson({entries, cursor: entries.at(-1)?.entryId ?? since});
    },
    told: response => canonicalJson(bodyOf(response)),
  };
}

/** A push is answered by what was new of it, whatever of that has been written by now. */
function legacyPush(request: HttpRequest): Reading {
  const {entries} = bodyOf(request) as {readonly entries: readonly {readonly opId: string}[]};
  const pushed = new Set(entries.map(({opId}) => opId));
  return {
    claim: 'JOURNAL-G1',
    stage: 'legacy',
    owed: ({legacy}) => {
      const known = legacy.filter(({opId}) => pushed.has(opId)).length;
      return canonicalJson({accepted: pushed.size - known, cursor: legacy.length + pushed.size - known});
    },
    told: response => canonicalJson(bodyOf(response)),
  };
}
