/** What shrinking costs: runs that take far too long are given up until nothing else is left, and lists shrink by pieces. */
import {expect, it} from 'vitest';
import {run, type Claim, type Json, type OperationSpec} from '../../../src/index.ts';
import {shrink, type Shrunk} from '../../../src/sim/shrink/shrink.ts';
import {planOf, systemOf, type Play} from '../toys/stage.ts';

const FOR_EVER = {budgetMs: Number.MAX_SAFE_INTEGER, wallClock: () => 0};
const STORM_MS = 6_000;

/** What the ledger of these plays knows: the ticks of a node's clock so far, and when the end comes. */
interface Doom {
  ticks: number;
  endAt: number | null;
  sooner: number;
}

/** An operation that only tells the ledger what it was given. */
const telling = (kind: string): OperationSpec => ({
  role: 'node',
  weight: 1,
  draw: () => null,
  run: (args, doing) => {
    doing.note(kind, args);
    return Promise.resolve();
  },
});

/** A node whose clock ticks every ms, and a ledger that `change` makes of what the operations tell. */
function playOf(
  steps: NonNullable<Play['steps']>,
  change: (ledger: Doom, note: string, data: Json) => void,
  more: readonly Claim[] = [],
): Play {
  return {
    nodes: {
      node: async (host, say) => {
        const start = host.clock.now();
        while (host.clock.now() < start + STORM_MS) {
          await host.clock.sleep(1);
          say('tick');
        }
      },
    },
    steps,
    plan: {stormMs: STORM_MS},
    system: {
      operations: Object.fromEntries(steps.map(({kind}) => [kind, telling(kind)])),
      ledger: () => ({ticks: 0, endAt: null, sooner: 0}),
      observe: (seen, ledger) => {
        if (seen.kind !== 'note') return;
        if (seen.note === 'say') (ledger as Doom).ticks += 1;
        else change(ledger as Doom, seen.note, seen.data);
      },
      claims: [
        {
          id: 'DOOM',
          sentence: 'the end does not come',
          when: 'always',
          check: (_, ledger) => {
            const {ticks, endAt, sooner} = ledger as Doom;
            if (endAt === null) return null;
            return ticks < endAt - sooner ? 'holds' : {code: 'end', node: 'node', message: 'it is over'};
          },
        },
        ...more,
      ],
    },
  };
}

/** Keeps a run going until the node's clock stops. */
const REST: Claim = {
  id: 'REST',
  sentence: 'the clock stops',
  when: 'settled',
  check: (_, ledger) => ((ledger as Doom).ticks >= STORM_MS ? 'holds' : {code: 'ticks', message: 'it ticks'}),
};

const SIGNATURE = 'DOOM/-/end/node';

async function shrunk(play: Play): Promise<Shrunk> {
  return shrink(systemOf(play, []), planOf(play), {signature: SIGNATURE, ...FOR_EVER});
}

it('tries again at leisure what it gave up for taking long: a plan that fails late, with one step fewer', async () => {
  const play = playOf(
    [
      {kind: 'doom', on: 'node', at: 10},
      {kind: 'hurry', on: 'node', at: 20},
    ],
    (ledger, note) => {
      if (note === 'doom') ledger.endAt = 5_000;
      else ledger.sooner = 4_900;
    },
    [REST],
  );
  const early = await run(systemOf(play, []), {plan: planOf(play)});
  const {plan, violation, complete} = await shrunk(play);
  expect([early.violation?.signature, violation.signature, complete]).toEqual([SIGNATURE, SIGNATURE, true]);
  // far beyond the quarter and the thousand that a run may take longer at first
  expect(violation.happening).toBeGreaterThan(3 * (early.violation?.happening ?? 0) + 1_000);
  expect(plan.operations.map(({kind}) => kind)).toEqual(['doom']);
});

it('gives a run up after so many happenings as it is told', async () => {
  const play = playOf([], () => undefined);
  const whole = await run(systemOf(play, []), {plan: planOf(play)});
  const cut = await run(systemOf(play, []), {plan: planOf(play), within: 100});
  const more = await run(systemOf(play, []), {plan: planOf(play), within: whole.happenings + 1});
  expect([whole.verdict, more.digest]).toEqual(['ok', whole.digest]);
  expect(cut.happenings).toBe(100);
  expect(cut.violation?.signature).toBe('SIM-BUDGET/storm/happenings/-');
});

it('shortens a list by pieces: one of 256 items is found in a few dozen runs', async () => {
  const list = Array.from({length: 256}, (_, index) => ({name: `n${index}`}));
  const play = playOf([{kind: 'load', on: 'node', at: 10, args: list}], (ledger, _, data) => {
    if ((data as typeof list).some(({name}) => name === 'n200')) ledger.endAt = 1;
  });
  const {plan, complete, runs} = await shrunk(play);
  expect(plan.operations.map(({args}) => args)).toEqual([[{name: 'n200'}]]);
  expect(complete).toBe(true);
  expect(runs).toBeLessThan(50);
});

it('cuts long lists down before anything else, since they make every run long', async () => {
  const list = Array.from({length: 512}, (_, index) => ({name: `n${index}`}));
  const steps = Array.from({length: 20}, (_, index) => ({kind: 'noise', on: 'node', at: 20 + index}));
  const play = playOf(
    [{kind: 'load', on: 'node', at: 10, args: {items: list}}, ...steps],
    (ledger, note, data) => {
      if (note === 'load' && (data as {items: typeof list}).items.some(({name}) => name === 'n300'))
        ledger.endAt = 100;
    },
  );
  const longest: (readonly [operations: number, items: number])[] = [];
  await shrink(systemOf(play, []), planOf(play), {
    signature: SIGNATURE,
    ...FOR_EVER,
    onSmaller: ({plan: {operations}}) => {
      const {items} = operations.find(({kind}) => kind === 'load')?.args as {items: unknown[]};
      longest.push([operations.length, items.length]);
    },
  });
  // first of all the storm is cut behind the violation
  expect(longest.slice(0, 6)).toEqual([
    [21, 512],
    [21, 256],
    [21, 128],
    [21, 64],
    [21, 32],
    [21, 16],
  ]);
  expect(longest.at(-1)).toEqual([1, 1]);
});

it('makes a field simple in all items of a list at once', async () => {
  const list = Array.from({length: 40}, (_, index) => ({
    level: index + 1,
    size: index + 1,
    isOpen: true,
    isKept: true,
    name: `n${index}`,
  }));
  const play = playOf([{kind: 'load', on: 'node', at: 10, args: list}], (ledger, _, data) => {
    if ((data as typeof list).length === list.length) ledger.endAt = 1;
  });
  const {plan, complete, runs} = await shrunk(play);
  expect(plan.operations.map(({args}) => args)).toEqual([
    list.map(({name}) => ({level: 0, size: 0, isOpen: false, isKept: false, name})),
  ]);
  expect(complete).toBe(true);
  // 79 pieces cannot go, before and after the time of the step is made round; the fields alone would take 160 runs
  expect(runs).toBeLessThan(170);
});

it('tries a piece of members that are all the same once, wherever it is', async () => {
  const list = Array.from({length: 300}, (_, index) => ({level: index + 1}));
  const play = playOf([{kind: 'load', on: 'node', at: 10, args: list}], (ledger, _, data) => {
    if ((data as typeof list).length > 250) ledger.endAt = 1;
  });
  const {plan, complete, runs} = await shrunk(play);
  expect(plan.operations.map(({args}) => args)).toEqual([Array.from({length: 251}, () => ({level: 0}))]);
  expect(complete).toBe(true);
  expect(runs).toBeLessThan(60);
});
