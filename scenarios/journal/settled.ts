/** What must come to hold of the journal once the storm is over. */
import type {Claim} from '../../src/index.ts';
import {concurrentPairs, shownOf, type Written} from '../../src/model/journal/merge-oracle.ts';
import {canonicalValue, compareText} from '../../src/model/journal/order.ts';
import type {JournalLedger} from './ledger.ts';

const pairOf = (...opIds: readonly string[]): string => canonicalValue(opIds.toSorted(compareText));

export const settledClaims: readonly Claim<JournalLedger>[] = [
  {
    id: 'JOURNAL-C3',
    sentence: 'every recorded conflict is one of all pairs of which neither had seen the other',
    when: 'settled',
    check: (_scene, {server}) => {
      let judged = false;
      for (const {state, type, id, shown} of server.allObjects()) {
        judged = true;
        const written: Written[] = state.all.map(({operation}) => ({
          ...operation,
          clock: operation.vectorClock,
        }));
        const pairs = new Set(concurrentPairs(written).map(([a, b]) => pairOf(a.opId, b.opId)));
        const stray = state.conflicts.find(
          ({winner, loser}) => !pairs.has(pairOf(winner.operation.opId, loser.operation.opId)),
        );
        if (stray !== undefined)
          return {code: 'pair', message: `a conflict of ${type} ${id} is none`, actual: stray};
        const oracle = shownOf(written)?.lastOpId;
        if (oracle !== shown.lastOpId)
          return {
            code: 'oracles',
            message: `two oracles disagree on ${type} ${id}`,
            expected: oracle,
            actual: shown,
          };
      }
      return judged ? 'holds' : null;
    },
  },
];
