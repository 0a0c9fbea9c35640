/** What must not matter to an object: the order of arrival, repetitions, batches, the names of devices, what is superseded already. */
import {beforeAll, describe, expect, test} from 'vitest';
import type {JournalLedger} from '../../../scenarios/journal/ledger.ts';
import {journal} from '../../../scenarios/journal/system.ts';
import {antichain, type Antichain} from '../../../src/impl/journal/merge/antichain.ts';
import type {Operation} from '../../../src/impl/journal/merge/operation.ts';
import {Materialization} from '../../../src/impl/journal/server-materialization.ts';
import {writeOf} from '../../../src/impl/journal/write.ts';
import {canonicalJson, run, seedAt, type Stream} from '../../../src/index.ts';
import {Stream as Chance} from '../../../src/sim/random.ts';

const SEEDS = 12;

/** The operations of every object that a campaign's ledgers hold, in their order of arrival. */
const histories: Operation[][] = [];

beforeAll(async () => {
  for (let index = 0; index < SEEDS; index += 1) {
    let kept: JournalLedger | null = null;
    const watched = {
      ...journal,
      ledger: (world: Parameters<typeof journal.ledger>[0]) => (kept = journal.ledger(world)),
    };
    await run(watched, {seed: seedAt('metamorphic', index)});
    const objects = (kept as JournalLedger | null)?.server.allObjects() ?? [];
    for (const {state} of objects)
      histories.push(state.all.map(({operation}) => ({...operation, clock: operation.vectorClock})));
  }
}, 60_000);

const fold = (all: readonly Operation[]): Antichain =>
  all.reduce((state: Antichain, one) => antichain.ingest(state, one).state, antichain.empty);

const shown = (all: readonly Operation[]): string => canonicalJson(antichain.expose(fold(all)));

function shuffled<T>(items: readonly T[], chance: Stream): T[] {
  const left = [...items];
  return items.map(() => left.splice(chance.integer(0, left.length - 1), 1)[0] as T);
}

/** The same history materialized in batches, as a server takes pushes in. */
function inBatches(all: readonly Operation[], size: number): string {
  let [objects, head] = [[] as Materialization['changed'], 0];
  for (let at = 0; at < all.length; at += size) {
    const batch = new Materialization(antichain, head, objects);
    for (const one of all.slice(at, at + size))
      batch.ingest(writeOf({objectType: 'note', objectId: 'x'}, 's', one));
    [objects, head] = [batch.changed.length > 0 ? batch.changed : objects, batch.changeHead];
  }
  return canonicalJson([objects[0]?.exposed, head]);
}

describe('histories of whole runs', () => {
  test('are many, and some are of many devices', () => {
    expect(histories.length).toBeGreaterThan(SEEDS);
    expect(
      Math.max(...histories.map(all => new Set(all.map(({deviceId}) => deviceId)).size)),
    ).toBeGreaterThan(2);
  });

  test('come to the same in any order, and with any repeated', () => {
    for (const [index, all] of histories.entries()) {
      const chance = Chance.keyed('0x1', `order ${index}`);
      expect(shown(shuffled(all, chance))).toBe(shown(all));
      expect(shown(shuffled([...all, ...all.slice(0, 3)], chance))).toBe(shown(all));
    }
  });

  test('come to the same row and the same number of changes in batches of any size', () => {
    for (const all of histories) expect(inBatches(all, all.length)).toBe(inBatches(all, 1));
  });

  test('do not depend on how devices are called', () => {
    const renamed = (clock: Operation['clock']): Operation['clock'] =>
      Object.fromEntries(Object.entries(clock).map(([device, count]) => [`the ${device}`, count]));
    for (const all of histories) {
      const other = all.map(one => ({...one, deviceId: `the ${one.deviceId}`, clock: renamed(one.clock)}));
      const [here, there] = [antichain.expose(fold(all)), antichain.expose(fold(other))];
      expect(there?.lastOpId).toBe(here?.lastOpId);
      expect(there?.clock).toEqual(here === null ? undefined : renamed(here.clock));
    }
  });

  test('are not changed by what they have superseded already', () => {
    for (const all of histories) {
      const [first] = all;
      const last = antichain.expose(fold(all));
      if (first === undefined || last === null || all.length < 2) continue;
      const {winnerClock} = last;
      const below = Object.fromEntries(
        Object.entries(winnerClock).map(([device, count]) => [device, count - 1]),
      );
      const late = {...first, opId: 'late', payload: 'zzz', isTombstone: true, clock: below};
      expect(shown([...all, late])).toBe(shown(all));
    }
  });
});
