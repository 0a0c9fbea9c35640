/** Rows on happenings in which nothing happens: what the simulator's loop costs against a bare one. */
import {defineSystem, run, type Plan, type System} from '../src/index.ts';
import {Agenda} from '../src/sim/agenda.ts';
import {BareHeap} from './bare-heap.ts';
import {compare, mapSpread, timed, type Comparison, type Size} from './measure.ts';
import {plainPlan} from './plans.ts';
import type {Figures, Row} from './row.ts';

/** Tasks that sleep again and again, each for so many ms: the agenda holds as many entries. */
const TASKS = 64;
const SLEEP_MS = 7;
const REACH = {at: 'least', value: 1 / 3} as const;

const ROUNDS: Readonly<Record<Size, number>> = {full: 4_000, quick: 100};

/** The least that can be written: a heap, and one `await` an event. */
async function bareLoop(rounds: number): Promise<number> {
  const heap = new BareHeap();
  let events = 0;
  const task = (left: number) => (at: number) => {
    if (left > 0) heap.push(at + SLEEP_MS, task(left - 1));
  };
  for (let index = 0; index < TASKS; index += 1) heap.push(index % SLEEP_MS, task(rounds));
  for (let event = heap.pop(); event !== null; event = heap.pop()) {
    await event.act(event.at);
    events += 1;
  }
  return events;
}

/** The simulator's agenda with its barrier after each happening, as the loop of a run has them. */
async function agendaLoop(rounds: number): Promise<number> {
  // the barrier drains everything only from within a microtask
  await Promise.resolve();
  const agenda = new Agenda();
  const barrier = (resolve: () => void): void => process.nextTick(resolve);
  let happenings = 0;
  const task = (left: number) => (): void => {
    if (left > 0) agenda.add(SLEEP_MS, null, 'world', task(left - 1));
  };
  for (let index = 0; index < TASKS; index += 1) agenda.add(index % SLEEP_MS, null, 'world', task(rounds));
  for (let happening = agenda.next(); happening !== null; happening = agenda.next()) {
    happening.act();
    await new Promise<void>(barrier);
    happenings += 1;
  }
  return happenings;
}

/** A task of a node: every happening wakes one, and all that it does is to sleep again. */
async function sleepAgainAndAgain(sleep: (ms: number) => Promise<void>, rounds: number): Promise<void> {
  for (let round = 0; round <= rounds; round += 1) await sleep(SLEEP_MS);
}

/** The same tasks over a heap of promises to keep, with one `await` an event. */
async function bareTasks(rounds: number): Promise<number> {
  const heap = new BareHeap();
  let [now, events] = [0, 0];
  const sleep = (ms: number): Promise<void> => new Promise(resolve => heap.push(now + ms, () => resolve()));
  for (let index = 0; index < TASKS; index += 1) void sleepAgainAndAgain(sleep, rounds);
  for (let event = heap.pop(); event !== null; event = heap.pop()) {
    now = event.at;
    await event.act(now);
    events += 1;
  }
  return events;
}

const sleepers: System<null> = defineSystem<null>({
  name: 'sleepers',
  summary: 'tasks that do nothing but sleep',
  drawWorld: () => ({rounds: 0}),
  nodes: world => [
    {
      id: 'sleeper',
      role: 'sleeper',
      boot: ({clock}) => {
        const rounds = Number(world['rounds']);
        const sleep = (ms: number): Promise<void> => clock.sleep(ms);
        for (let index = 0; index < TASKS; index += 1) void sleepAgainAndAgain(sleep, rounds);
        return Promise.resolve({});
      },
    },
  ],
  operations: {},
  size: {operations: [0, 0], stormMs: [0, 0]},
  settling: [],
  hazards: {},
  ledger: () => null,
  claims: [],
  goals: [],
});

const sleepersPlan = (rounds: number): Plan =>
  plainPlan(sleepers, {rounds}, (rounds + 2) * SLEEP_MS, (rounds + 2) * TASKS + 1_000);

/** A whole run of async tasks that sleep: with trace and digest, lives, guard, budget and claims, of which there are none. */
async function wholeRun(plan: Plan): Promise<number> {
  const {happenings, violation} = await run(sleepers, {plan});
  if (violation !== null) throw new Error(`sleeping broke ${violation.signature}`);
  return happenings;
}

function figuresOf({quotient, first, second}: Comparison): Figures {
  // how many happenings we do in the time of one bare event
  return {
    figure: mapSpread(quotient, value => 1 / value),
    details: {'ns a happening': first.median * 1_000, 'ns a bare event': second.median * 1_000},
  };
}

type Loop = (rounds: number) => Promise<number>;

const against = (
  name: string,
  measure: string,
  ours: (rounds: number) => () => Promise<number>,
  bare: Loop,
): Row => ({
  name,
  measure,
  reach: REACH,
  take: async size => {
    const rounds = ROUNDS[size];
    const side = ours(rounds);
    return figuresOf(
      await compare(
        () => timed(side),
        () => timed(() => bare(rounds)),
        size,
      ),
    );
  },
});

export const loopRow = against(
  'loop',
  'empty happenings on the agenda with its barrier : events of a bare heap loop with one await',
  rounds => () => agendaLoop(rounds),
  bareLoop,
);

export const happeningsRow = against(
  'happenings',
  'happenings of a whole run of async tasks that only sleep : the same tasks on a bare heap loop',
  rounds => {
    const plan = sleepersPlan(rounds);
    return () => wholeRun(plan);
  },
  bareTasks,
);
