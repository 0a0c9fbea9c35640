/** Everything that follows from the facts of a ledger; thrown away and derived again when history is cut. */

import type {FeedRow, Register} from './feed-row.ts';
import type {Replica} from './replay.ts';
import type {ContainerClock} from './types.ts';
import {Visibility} from './visibility.ts';

/** What a settled reader holds. */
export interface ExpectedReplica extends Replica {
  readonly clocks: readonly ContainerClock[];
}

export class Derived {
  readonly rows: FeedRow[] = [];
  readonly visibility = new Visibility();
  readonly indexById = new Map<string, number>();
  /** Register key to the index of the last row that wrote it. */
  readonly lastOf = new Map<string, number>();
  readonly registersOf = new Map<string, Map<string, Register>>();
  /** User, replica and op id to the row that applied it. */
  readonly applied = new Map<string, FeedRow>();
  readonly heads = new Map<string, Map<string, number>>();
  /** User to the registers that must be repeated before it can know of them. */
  readonly owed = new Map<string, Map<string, Register>>();
  readonly replicas = new Map<string, ExpectedReplica>();
  /** The index of the last row that compaction took, or of the marker that replaced it. */
  floor = -1;
}
