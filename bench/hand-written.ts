/** The same toy in a loop written for it alone: a heap, seeded delays, losses and duplicates, one check at the end, no more. */
import seedrandom from 'seedrandom';
import {BareHeap} from './bare-heap.ts';
import {KEYS, namesOf, Replica, REPLICAS} from './replicas.ts';

const LONGEST_DELAY_MS = 20;
const BETWEEN_ROUNDS_MS = 200;
/** One message in so many is lost, one comes twice, one comes very late. */
const LOST_ONE_IN = 19;
const TWICE_ONE_IN = 16;
const LATE_ONE_IN = 11;
const LATE_MS = 1_000;

/** Runs one seed; resolves to the number of messages. Throws if the replicas do not come to agree. */
export async function runByHand(seed: string, operations: number, stormMs: number): Promise<number> {
  const random = seedrandom.alea(seed);
  const below = (bound: number): number => (random.int32() >>> 0) % bound;
  const heap = new BareHeap();
  const replicas = namesOf(REPLICAS).map(id => new Replica(id, REPLICAS));
  const byName = new Map(replicas.map(replica => [replica.id, replica]));
  let messages = 0;
  let stormy = true;

  const deliver = (to: string, body: string, at: number): void =>
    heap.push(at, () => byName.get(to)?.receive(body));
  const tell = (from: Replica, body: string, now: number): void => {
    for (const peer of from.peers) {
      messages += 1;
      let at = now + 1 + below(LONGEST_DELAY_MS);
      if (stormy) {
        if (below(LOST_ONE_IN) === 0) continue;
        if (below(TWICE_ONE_IN) === 0) deliver(peer, body, at + below(LATE_MS));
        if (below(LATE_ONE_IN) === 0) at += below(LATE_MS);
      }
      deliver(peer, body, at);
    }
  };

  for (let index = 0; index < operations; index += 1) {
    const replica = replicas[below(REPLICAS)] as Replica;
    const [key, value] = [`key${1 + below(KEYS)}`, below(1_000)];
    heap.push(below(stormMs), now => tell(replica, replica.put(key, value), now));
  }
  const settle = (now: number): void => {
    stormy = false;
    if (agree(replicas)) return;
    for (const replica of replicas) tell(replica, replica.everything(), now);
    heap.push(now + BETWEEN_ROUNDS_MS, settle);
  };
  heap.push(stormMs, settle);

  for (let event = heap.pop(); event !== null; event = heap.pop()) {
    await event.act(event.at);
  }
  if (!agree(replicas)) throw new Error(`the replicas of ${seed} do not agree`);
  return messages;
}

const agree = ([first, ...others]: readonly Replica[]): boolean => {
  const text = first?.text;
  return others.every(replica => replica.text === text);
};
