/** Convergence: whether a settled client holds what the server's feed says that it should (I1). */

import {containerOf} from './clocks.ts';
import {canonicalJson, describeDifference, type Difference} from './compare.ts';
import {compareCursors} from './cursor.ts';
import type {FeedLedger} from './feed.ts';
import type {AclEntry, ContainerClock, ExportedState, Link} from './types.ts';

function judgeVisible(ledger: FeedLedger, userId: string, state: ExportedState): Difference | null {
  const expected = ledger.expectedReplica(userId);
  const {acl, links} = state.replaySnapshot;
  const seen = (itemId: string): boolean => ledger.visibleSince(userId, itemId) !== null;
  const kept = (itemId: string): boolean => seen(itemId) || !ledger.narrowed(userId);
  const actual: {readonly acl: readonly AclEntry[]; readonly links: readonly Link[]} = {
    acl: acl.filter(({itemId}) => kept(itemId)),
    links: links.filter(({childId}) => kept(childId)),
  };
  return describeDifference({acl: expected.acl, links: expected.links}, actual);
}

function judgeClocks(ledger: FeedLedger, userId: string, state: ExportedState): Difference | null {
  const actual = new Map(state.containerClocks.map(clock => [clock.containerId, clock]));
  for (const clock of ledger.expectedReplica(userId).clocks) {
    const held = actual.get(clock.containerId);
    const path = `containerClocks(${clock.containerId})`;
    if (held === undefined || compareCursors(held, clock) < 0) {
      return {
        path,
        expected: canonicalJson(clock),
        actual: held === undefined ? 'absent' : canonicalJson(held),
      };
    }
    if (compareCursors(held, clock) === 0) actual.delete(clock.containerId);
  }
  for (const clock of actual.values()) {
    if (isReal(ledger, userId, clock)) continue;
    return {
      path: `containerClocks(${clock.containerId})`,
      expected: 'a row of the feed',
      actual: clock.changeId,
    };
  }
  return null;
}

/** A clock that runs ahead of what the user can see now names a row that the user could see once. */
function isReal(ledger: FeedLedger, userId: string, clock: ContainerClock): boolean {
  const row = ledger.rows[ledger.indexOf(clock)];
  if (row === undefined || containerOf(row) !== clock.containerId) return false;
  return ledger.narrowed(userId) || ledger.visible(userId, row);
}

/**
 * Where the replica of a settled client (everything pushed, everything pulled) differs from the truth; null
 * if nowhere. For all that its user can see it must be equal. Only a user from whom something was hidden may
 * keep remains of it: entries of hidden items, and clocks that such items' rows had moved.
 */
export function judgeReplica(ledger: FeedLedger, userId: string, state: ExportedState): Difference | null {
  return judgeVisible(ledger, userId, state) ?? judgeClocks(ledger, userId, state);
}
