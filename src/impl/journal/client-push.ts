/** Pushing the outbox: batch by batch, in order, each result durable before the next batch goes out (spec 5). */
import type {ClientCore} from './client-core.ts';
import {JournalAnswerError} from './client-errors.ts';
import type {Change, ClientState, OutboxItem} from './client-state.ts';
import type {Transport} from './client-transport.ts';
import type {PushResult} from './protocol.ts';

export interface PushReport {
  /** Operation ids, in their order. */
  readonly acked: readonly string[];
  readonly held: readonly string[];
  readonly refused: readonly string[];
}

export interface PushOptions {
  readonly batchSize: number;
  /** Called when the results of a batch are durable. */
  readonly onBatch: () => void;
}

/**
 * Sends what is pending, and once more what is held. Rejects as the transport does, or with {@link JournalAnswerError};
 * then what earlier batches came to stays, and nothing else has changed.
 */
export async function pushOutbox(
  core: ClientCore,
  transport: Transport,
  {batchSize, onBatch}: PushOptions,
): Promise<PushReport> {
  const report = {acked: [] as string[], held: [] as string[], refused: [] as string[]};
  for (let sent = 0; ;) {
    const batch = nextBatch(core.state, sent, batchSize);
    const last = batch.at(-1);
    if (last === undefined) return report;
    const results = await transport.push({entries: batch.map(({entry}) => entry)});
    checkResults(batch, results);
    await core.change(state => ({change: settle(state, batch, results), result: null}));
    onBatch();
    for (const {opId, outcome, reason} of results) {
      const list = outcome !== 'rejected' ? report.acked : isHeld(reason) ? report.held : report.refused;
      if (opId !== null) list.push(opId);
    }
    sent = last.n;
  }
}

function nextBatch(state: ClientState, after: number, size: number): readonly OutboxItem[] {
  return state.outbox
    .filter(({n, status}) => n > after && (status === 'pending' || status === 'held'))
    .slice(0, size);
}

/** Results answer the entries one by one, or they are not believed at all. */
function checkResults(batch: readonly OutboxItem[], results: readonly PushResult[]): void {
  const matches =
    results.length === batch.length && batch.every(({entry}, at) => results[at]?.opId === entry.opId);
  if (!matches) throw new JournalAnswerError('MISMATCH', 'the results are not those of what was pushed');
}

/** What lacks its ground may yet find it; all other refusals are for good. */
const isHeld = (reason: PushResult['reason']): boolean => reason === 'CLOCK_UNSEEN';

function settle(state: ClientState, batch: readonly OutboxItem[], results: readonly PushResult[]): Change {
  const settled = batch.flatMap((item, at) => {
    const result = results[at];
    // one that another answer settled meanwhile, or that was made anew, is no longer this one
    const current = state.item(item.n)?.entry.opId === item.entry.opId;
    return result === undefined || !current ? [] : [settledItem(item, result)];
  });
  const dropOutbox = superseded(state, settled);
  return {outbox: settled.filter(({n}) => !dropOutbox.includes(n)), dropOutbox};
}

function settledItem(item: OutboxItem, {outcome, reason, changeSeq}: PushResult): OutboxItem {
  if (outcome !== 'rejected') return {...item, status: 'acked', reason: null, ackSeq: changeSeq ?? 0};
  return {...item, status: isHeld(reason) ? 'held' : 'refused', reason};
}

/** Earlier own operations on an object say nothing any more once a later one is in the journal. */
function superseded(state: ClientState, settled: readonly OutboxItem[]): readonly number[] {
  const now = new Map(settled.map(item => [item.n, item]));
  const over = new Set<number>();
  for (const last of settled) {
    if (last.status !== 'acked') continue;
    for (const {n} of state.itemsOf(last.entry)) {
      const status = (now.get(n) ?? state.item(n))?.status;
      if (n < last.n && (status === 'acked' || status === 'discarded')) over.add(n);
    }
  }
  return [...over];
}
