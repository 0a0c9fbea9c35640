/** What one client has read of the feed, held against what it should have read by where its cursor stands (I8). */
import {sameValue} from '../../src/model/vfs/compare.ts';
import {feedItemOf} from '../../src/model/vfs/feed-row.ts';
import type {ExportedState, FeedItem} from '../../src/model/vfs/types.ts';
import type {Docket} from './docket.ts';
import type {Accepted} from './watch-client.ts';
import type {ServerWatch} from './watch-server.ts';

export class Reader {
  readonly node: string;
  readonly #user: string;
  readonly #server: ServerWatch;
  readonly #docket: Docket;
  #applied = new Set<string>();
  /** What the latest answer brings: not applied before its disk has it, and then all of it at once. */
  #taken: readonly FeedItem[] = [];
  /** Up to which feed index the client is known to have everything. */
  #settledTo = -1;
  #rewinds = 0;
  #act: string | null = null;
  #startOver = true;
  /** It believes something that no honest server told it, and cannot know. */
  deceived = false;

  constructor(node: string, user: string, server: ServerWatch, docket: Docket) {
    this.node = node;
    this.#user = user;
    this.#server = server;
    this.#docket = docket;
  }

  /** The client is about to take an answer in. */
  took({kind, items, act}: Accepted): void {
    this.#act = act;
    this.#taken = items;
    if (act !== null && !items.every(item => this.#isTrue(item))) this.deceived = true;
    if (kind === 'snapshot' && act !== null) this.deceived = true;
  }

  /** Whether an item is a row of the feed, and one that its user may see. */
  #isTrue(item: {readonly opId: string; readonly occurredAt: string}): boolean {
    const {feed} = this.#server;
    const row = feed.rows[this.#server.indexOf({changedAt: item.occurredAt, changeId: item.opId})];
    if (row === undefined || !feed.visible(this.#user, row)) return false;
    return sameValue(feedItemOf(row), item);
  }

  /** Its state was replaced from canonical state, or moved as it is: what lies behind the cursor is taken as read. */
  startOver(repaired: boolean): void {
    this.#startOver = true;
    if (repaired) this.deceived = false;
  }

  /** Judges where its cursor stands now. */
  look({replaySnapshot, reconcileState}: ExportedState): void {
    const {feed} = this.#server;
    const {cursor} = replaySnapshot;
    const index = this.#server.indexOf(cursor);
    const tail = this.#taken.at(-1);
    if (tail?.opId === cursor?.changeId && tail?.occurredAt === cursor?.changedAt) {
      for (const {opId} of this.#taken) this.#applied.add(opId);
      this.#taken = [];
    }
    if (this.#rewinds !== this.#server.rewinds) {
      // history was cut: what is behind the cursor is another feed's until the client starts over
      this.#rewinds = this.#server.rewinds;
      this.#settledTo = index;
    }
    const heads = feed.heads(this.#user);
    for (const [replica, id] of Object.entries(reconcileState?.lastReconciledWriteIds ?? {})) {
      if (id > (heads[replica] ?? 0)) this.deceived = true;
    }
    if (this.#startOver || index < this.#settledTo) {
      // it was put back or replaced: what it has is what lies behind its cursor, and all after that is to be read again
      this.#startOver = false;
      this.#settledTo = index;
      const behind = feed.rows.slice(0, index + 1).map(({id}) => id);
      this.#applied = new Set(behind.filter(id => this.#applied.has(id)));
    }
    if (index < 0) return;
    const missing = feed.missingBehind(this.#user, this.#settledTo, index, this.#applied);
    this.#settledTo = index;
    if (missing !== null && this.#act !== null) this.deceived = true;
    this.#docket.enter(
      'VFS-I8',
      missing === null || this.#act !== null
        ? null
        : {
            code: 'skipped',
            stage: 'pull',
            node: this.node,
            message: `${this.node} is past ${missing.id} (${missing.opType} ${missing.itemId}) and never applied it`,
            expected: missing.id,
          },
    );
  }
}
