/** Whatever the order, the batches and the repetitions in which operations arrive, the server ends in one state (spec 3.1, 12). */
import {expect, test} from 'vitest';
import type {PolicyName} from '../../../src/impl/journal/merge/policies.ts';
import type {PushEntry} from '../../../src/impl/journal/protocol.ts';
import {by, Serving, tombstone} from '../../impl/journal/serving.ts';

/** All orders of a list. */
function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((first, at) => {
    const rest = [...items.slice(0, at), ...items.slice(at + 1)];
    return orders(rest).map(order => [first, ...order]);
  });
}

const SHOWN = `SELECT object_type, object_id, payload, is_tombstone, vector_clock, winner_clock, tags, last_op_id,
  last_modified_actor FROM sync_objects ORDER BY object_type, object_id`;

/** What is shown in the end of each order, each once. */
async function ends(
  entries: readonly PushEntry[],
  policy: PolicyName = 'default',
): Promise<readonly unknown[]> {
  const seen = new Map<string, unknown>();
  for (const order of orders(entries)) {
    const at = await Serving.open({policy});
    await at.pushAll(...order);
    const rows = at.rows(SHOWN);
    seen.set(JSON.stringify(rows), rows);
  }
  return [...seen.values()];
}

/** A edits twice, B's write lands in between. */
const CE1 = [by('A', 'a', {A: 1}, 'z'), by('A', 'b', {A: 2}, 'a'), by('B', 'c', {B: 1}, 'm')];
/** A deletes and creates again, B writes beside. */
const CE2 = [tombstone('A', 'd', {A: 1}), by('A', 'r', {A: 2}, 'q'), by('B', 'u', {B: 1}, 's')];
/** The same value, written in two ways. */
const CE3 = [by('A', 'p', {A: 1}, {z: 1, a: 1}), by('B', 'q', {B: 1}, {m: 1})];
/** Equal payloads under different tags; a deletion that was taken back. */
const CE4 = [
  by('A', 'x', {A: 1}, 1, {tags: ['one']}),
  by('B', 'y', {B: 1}, 1, {tags: ['two']}),
  tombstone('C', 'd1', {C: 1}),
  by('C', 'd2', {C: 2}, 0),
];
/** U+FF5E and U+1F600: UTF-16 and UTF-8 disagree about them. */
const CE6 = [by('A', 'low', {A: 1}, '\uff5e'), by('B', 'high', {B: 1}, '\u{1f600}')];

test.each<readonly [string, readonly PushEntry[], object]>([
  ['CE-1', CE1, {payload: '"m"', last_op_id: 'c', vector_clock: '{"A":2,"B":1}', winner_clock: '{"B":1}'}],
  ['CE-2', CE2, {payload: '"s"', is_tombstone: 0, last_op_id: 'u', vector_clock: '{"A":2,"B":1}'}],
  ['CE-3', CE3, {payload: '{"m":1}', last_op_id: 'q', vector_clock: '{"A":1,"B":1}'}],
  ['CE-4', CE4, {payload: '1', last_op_id: 'y', tags: '["two"]', vector_clock: '{"A":1,"B":1,"C":2}'}],
  ['CE-6', CE6, {payload: '"\u{1f600}"', last_op_id: 'high'}],
])('%s ends in one state', async (_, entries, expected) => {
  expect(await ends(entries)).toMatchObject([[expected]]);
});

test('the documented rules end in several, and the counterexamples say in which', async () => {
  const winners = async (entries: readonly PushEntry[], policy: PolicyName): Promise<readonly string[]> =>
    (await ends(entries, policy))
      .map(rows => (rows as readonly {last_op_id: string}[])[0]?.last_op_id ?? '')
      .toSorted((a, b) => (a < b ? -1 : 1));
  expect(await winners(CE1, 'winner-clock')).toEqual(['a', 'b', 'c']);
  expect(await winners(CE1, 'join-clock')).toEqual(['a', 'c']);
  expect(await winners(CE2, 'join-clock')).toEqual(['d', 'u']);
  expect(await winners(CE1, 'lamport-lww')).toHaveLength(1);
});

test('batches, repetitions and other objects in between make no difference', async () => {
  const others = [by('A', 'o1', {A: 1}, 1, {objectId: 'n2'}), by('A', 'o2', {A: 2}, 2, {objectId: 'n2'})];
  const [a, b, c] = CE1;
  const runs: readonly (readonly (readonly unknown[])[])[] = [
    [[a], [b], [...others]],
    [[a, others[0], b, others[1]]],
    [[b, a, b, others[1]], [a, others[0]], [b]],
  ];
  const found = new Set<string>();
  for (const batches of runs) {
    const at = await Serving.open();
    for (const batch of batches) await at.push('acme/A', ...batch);
    await at.push('acme/B', c, c);
    found.add(JSON.stringify(at.rows(SHOWN)));
  }
  expect(found.size).toBe(1);
});

test('devices under other names end alike', async () => {
  const renamed = (name: (device: string) => string): readonly PushEntry[] =>
    CE1.map(entry => ({
      ...entry,
      deviceId: name(entry.deviceId),
      vectorClock: Object.fromEntries(
        Object.entries(entry.vectorClock).map(([device, count]) => [name(device), count]),
      ),
    }));
  const [one] = await ends(renamed(device => device));
  const [other] = await ends(renamed(device => (device === 'A' ? 'C' : 'A')));
  expect(other).toMatchObject([{payload: '"m"', last_op_id: 'c', vector_clock: '{"A":1,"C":2}'}]);
  expect(one).toMatchObject([{payload: '"m"', last_op_id: 'c', vector_clock: '{"A":2,"B":1}'}]);
});
