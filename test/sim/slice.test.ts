/** The causal slice: exact answers on traces written by hand, and what it leaves of real ones. */
import {describe, expect, it} from 'vitest';
import {PLAN_SCHEMA, run, type Plan, type System} from '../../src/index.ts';
import {parseTrace} from '../../src/sim/events.ts';
import {causalSlice, sliceSteps} from '../../src/sim/slice.ts';
import {Story} from './story.ts';
import {counterSystem} from './toys/counter.ts';
import {registerSystem} from './toys/register.ts';

const sliceOf = (story: Story, places: Readonly<Record<string, string>> = {}): number[] =>
  causalSlice(story.events(), new Map(Object.entries(places)));

/** All events, but for those that are named. */
const allBut = (story: Story, ...left: readonly number[]): number[] =>
  story.events().flatMap(({n}) => (left.includes(n) ? [] : [n]));

describe('of one node', () => {
  it('is what it did before, and nothing of a node that it never heard of', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    const other = story.event('c2', 'boot', 1, '');
    story.event('c1', 'op', 'o1', 'edit', 'null');
    const otherOp = story.event('c2', 'op', 'o2', 'edit', 'null');
    const otherCommit = story.commit('c2');
    story.commit('c1');
    story.violation('c1');
    expect(sliceOf(story)).toEqual(allBut(story, other, otherOp, otherCommit));
  });

  it('is empty where nothing was violated', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    expect(sliceOf(story)).toEqual([]);
  });

  it('has of an earlier life what it committed, and why it ended', () => {
    const story = new Story();
    const boot = story.event('c1', 'boot', 1, '');
    const op = story.event('c1', 'op', 'o1', 'edit', 'null');
    const commit = story.commit('c1');
    const forgotten = story.event('c1', 'note', 'thought', '1');
    const crash = story.event('c1', 'crash', 'f1');
    const fault = story.now('c1', 'fault', 'f1', 'crash', 'begins');
    const over = story.event('c1', 'fault', 'f1', 'crash', 'ends');
    const again = story.event('c1', 'boot', 1, '');
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([boot, op, commit, crash, fault, again, violation]);
    expect([forgotten, over]).toEqual([4, 7]);
  });

  it('has what the program was doing when it crashed next to its own commit', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    story.event('c1', 'fault', 'f1', 'crash', 'begins');
    story.event('c1', 'op', 'o1', 'edit', 'null');
    story.event('c1', 'crash', 'f1 before-commit');
    story.event('c1', 'boot', 1, '');
    story.violation('c1');
    expect(sliceOf(story)).toEqual(allBut(story));
  });

  it('has the faults of its clock, and not those of others', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    story.event('c1', 'fault', 'f1', 'clock-skew', 'begins');
    const others = story.event('c2', 'fault', 'f2', 'clock-skew', 'begins');
    story.event('c1', 'op', 'o1', 'edit', 'null');
    story.violation('c1');
    expect(sliceOf(story)).toEqual(allBut(story, others));
  });

  it('has nothing of what was on a disk before it was emptied, and all of what it was put back to', () => {
    const told = (cause: string, kind: string): {story: Story; before: number[]} => {
      const story = new Story();
      const boot = story.event('c1', 'boot', 1, '');
      const commit = story.commit('c1');
      story.event('c1', 'crash', cause);
      story.now('c1', 'rewound', cause);
      story.now('c1', 'fault', 'f1', kind, 'begins');
      story.event('c1', 'boot', 1, '');
      story.violation('c1');
      return {story, before: [boot, commit]};
    };
    const wiped = told('wiped', 'wipe');
    expect(sliceOf(wiped.story)).toEqual(allBut(wiped.story, ...wiped.before));
    const restored = told('lost-tail', 'restore-backup');
    expect(sliceOf(restored.story)).toEqual(allBut(restored.story));
  });
});

describe('of nodes that talk', () => {
  it('has a request of another client only if it committed something before', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    const first = story.exchange('c2', 's1', 1, true);
    const reading = story.exchange('c2', 's1', 2, false);
    const asked = story.exchange('c1', 's1', 3, false);
    const later = story.exchange('c2', 's1', 4, true);
    const violation = story.violation('c1');
    // how the answer of the first came back to c2 changed nothing that c1 could see
    expect(sliceOf(story)).toEqual([1, ...first.slice(0, 3), ...asked, violation]);
    expect(reading.concat(later)).toHaveLength(9);
  });

  it('has every request before, where the server keeps nothing on its disk', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    const reading = story.exchange('c2', 's1', 1, false);
    const asked = story.exchange('c1', 's1', 2, false);
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([1, ...reading.slice(0, 3), ...asked, violation]);
  });

  it('tells two requests apart that are served at once', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    const before = story.exchange('c3', 's1', 9, true).slice(0, 3);
    const send2 = story.send('c2', 's1', 1);
    const send1 = story.send('c1', 's1', 2);
    const arrive2 = story.arrive('s1', 'c2', 1);
    const arrive1 = story.arrive('s1', 'c1', 2);
    const answer1 = story.answer('s1', 'c1', 2);
    const receive1 = story.receive('c1', 's1', 2);
    story.commit('s1');
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([1, ...before, send1, arrive1, answer1, receive1, violation]);
    expect([send2, arrive2]).toEqual([7, 9]);
  });

  it('has both where the trace does not say for which of them a commit was', () => {
    const story = new Story();
    const boot = story.event('s1', 'boot', 1, '');
    const sends = [story.send('c2', 's1', 1), story.send('c1', 's1', 2)];
    const arrivals = [story.arrive('s1', 'c2', 1), story.arrive('s1', 'c1', 2)];
    const commit = story.commit('s1');
    const answer = story.answer('s1', 'c1', 2);
    const receive = story.receive('c1', 's1', 2);
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([boot, ...sends, ...arrivals, commit, answer, receive, violation]);
  });

  it('keeps what was done for one request apart from what the server does by itself', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    story.commit('s1');
    const other = [story.send('c2', 's1', 1), story.arrive('s1', 'c2', 1)];
    other.push(story.event('s1', 'probe', 'busy'), story.answer('s1', 'c2', 1));
    const timer = story.event('s1', 'timer');
    const asked = story.exchange('c1', 's1', 2, false);
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([1, 2, timer, ...asked, violation]);
    expect(other).toEqual([3, 4, 5, 6]);
  });

  it('takes what a node tells while it serves and works for both', () => {
    const story = new Story();
    story.event('p1', 'boot', 1, '');
    story.commit('p1');
    story.event('p1', 'op', 'o1', 'edit', 'null');
    story.send('p2', 'p1', 1);
    story.arrive('p1', 'p2', 1);
    story.event('p1', 'note', 'said', '1');
    const answer = story.answer('p1', 'p2', 1);
    story.event('p1', 'op-end', 'o1');
    story.violation('p1');
    expect(sliceOf(story)).toEqual(allBut(story, answer));
  });

  it('has nothing of another node that a claim only speaks of', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    const other = story.event('c2', 'boot', 1, '');
    const violation = story.violation('c1', 'c1 is not what c2 is');
    expect(sliceOf(story)).toEqual([1, violation]);
    expect(other).toBe(2);
  });

  it('sees what another node committed at the place that they share', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    story.event('s2', 'boot', 1, '');
    const first = story.send('c2', 's1', 1);
    const arrive = story.arrive('s1', 'c2', 1);
    const commit = story.commit('s1', 'shared');
    story.answer('s1', 'c2', 1);
    const asked = story.exchange('c1', 's2', 2, false);
    const violation = story.violation('c1');
    const shared = {s1: 'shared', s2: 'shared'};
    expect(sliceOf(story, shared)).toEqual([1, 2, first, arrive, commit, ...asked, violation]);
    // at places of their own, the one knows nothing of the other
    expect(sliceOf(story)).toEqual([2, ...asked, violation]);
  });

  it('has what befell the messages that it needs, and no other fate', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    const early = story.commit('s1');
    const send = story.send('c1', 's1', 1);
    const slow = story.fate('c1', 'c1>s1 POST /it #1 req', 'delay');
    const arrive = story.arrive('s1', 'c1', 1);
    const answer = story.answer('s1', 'c1', 1);
    const lost = story.fate('s1', 'c1>s1 POST /it #1 res', 'lose-response');
    const other = story.send('c2', 's1', 2);
    const otherFate = story.fate('c2', 'c2>s1 POST /it #1 req', 'lose-request');
    const fail = story.event('c1', 'fail', 's1', 1, 'timeout');
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([1, early, send, slow, arrive, answer, lost, fail, violation]);
    expect([other, otherFate]).toEqual([8, 9]);
  });

  it('has a partition only where it was in force when a message of a failed request left', () => {
    const story = new Story();
    const past = story.event('c1', 'fault', 'f1', 'partition', 'begins');
    const pastEnd = story.event('c1', 'fault', 'f1', 'partition', 'ends');
    const cut = story.event('s1', 'fault', 'f2', 'partition', 'begins');
    const other = story.event('c2', 'fault', 'f3', 'partition', 'begins');
    const send = story.send('c1', 's1', 1);
    const fail = story.event('c1', 'fail', 's1', 1, 'timeout');
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([cut, send, fail, violation]);
    expect([past, pastEnd, other]).toEqual([1, 2, 4]);
  });

  it('leaves a partition out of a request that was answered', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    story.event('c1', 'fault', 'f1', 'partition-one-way', 'begins');
    const asked = story.exchange('c1', 's1', 1, true);
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([1, ...asked, violation]);
  });

  it('has the crash of the server behind an address that refused, or that forgot what it was asked', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    const asked = story.send('c1', 'api', 1);
    const arrive = story.arrive('s1', 'c1', 1);
    const crash = story.event('s1', 'crash', 'f1');
    const fault = story.now('s1', 'fault', 'f1', 'crash', 'begins');
    const reset = story.event('c1', 'fail', 'api', 1, 'reset');
    const again = story.send('c1', 'api', 2);
    const refused = story.event('c1', 'fail', 'api', 2, 'refused');
    const violation = story.violation('c1');
    const expected = [1, asked, arrive, crash, fault, reset, again, refused, violation];
    expect(sliceOf(story)).toEqual(expected);
  });

  it('has a server that was down, or not yet up with what its disk held, when it refused', () => {
    const story = new Story();
    const boot = story.event('s1', 'boot', 1, '');
    const commit = story.commit('s1');
    const crash = story.event('s1', 'crash', 'killed');
    const down = story.send('c1', 's1', 1);
    const first = story.event('c1', 'fail', 's1', 1, 'refused');
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([crash, down, first, violation]);
    const later = new Story();
    expect([later.event('s1', 'boot', 1, ''), later.commit('s1')]).toEqual([boot, commit]);
    later.event('s1', 'crash', 'killed');
    later.event('s1', 'boot', 1, '');
    later.send('c1', 's1', 1);
    later.event('c1', 'fail', 's1', 1, 'refused');
    later.violation('c1');
    expect(sliceOf(later)).toEqual(allBut(later));
  });

  it('has what stopped the server from answering: a crash after the request left, or a standstill', () => {
    const told = (code: string, crashes: boolean): {story: Story; boot: number} => {
      const story = new Story();
      const boot = story.event('s1', 'boot', 1, '');
      story.event('s1', 'fault', 'f1', 'pause', 'begins');
      story.send('c1', 's1', 1);
      if (crashes) story.event('s1', 'crash', 'killed');
      story.event('c1', 'fail', 's1', 1, code);
      story.violation('c1');
      return {story, boot};
    };
    const paused = told('timeout', false);
    expect(sliceOf(paused.story)).toEqual(allBut(paused.story, paused.boot));
    const crashed = told('reset', true);
    expect(sliceOf(crashed.story)).toEqual(allBut(crashed.story, crashed.boot, 2));
    const neither = told('unreachable', false);
    expect(sliceOf(neither.story)).toEqual(allBut(neither.story, neither.boot, 2));
  });

  it('has the answers that a replayed or tampered one may be made of', () => {
    const told = (act: string): {story: Story; mine: number[]; theirs: number[]; rest: number[]} => {
      const story = new Story();
      story.event('s1', 'boot', 1, '');
      story.commit('s1');
      const theirs = story.exchange('c2', 's1', 1, false).slice(0, 3);
      const mine = story.exchange('c1', 's1', 2, false).slice(0, 3);
      // its own life ends: what it did before counts no more by itself
      story.event('c1', 'boot', 1, '');
      const rest = [story.send('c1', 's1', 3), story.arrive('s1', 'c1', 3), story.answer('s1', 'c1', 3)];
      rest.push(story.receive('c1', 's1', 3, act), story.violation('c1'));
      return {story, mine, theirs, rest: [1, 2, (rest[0] ?? 0) - 1, ...rest]};
    };
    const sorted = (...lists: readonly number[][]): number[] => lists.flat().sort((a, b) => a - b);
    const honest = told('');
    expect(sliceOf(honest.story)).toEqual(sorted(honest.rest));
    const late = told('late-replay');
    expect(sliceOf(late.story)).toEqual(sorted(late.mine, late.rest));
    const tampered = told('tamper:mixed');
    expect(sliceOf(tampered.story)).toEqual(sorted(tampered.theirs, tampered.mine, tampered.rest));
  });

  it('has a stubborn peer where an answer was bent while it was in force', () => {
    const story = new Story();
    story.event('s1', 'boot', 1, '');
    story.event('c1', 'fault', 'f1', 'stubborn-peer', 'begins');
    const honest = story.exchange('c1', 's1', 1, true);
    const bent = [story.send('c1', 's1', 2), story.arrive('s1', 'c1', 2), story.answer('s1', 'c1', 2)];
    bent.push(story.receive('c1', 's1', 2, 'not-json'));
    const violation = story.violation('c1');
    expect(sliceOf(story)).toEqual([1, 2, ...honest, ...bent, violation]);
    const calm = new Story();
    calm.event('s1', 'boot', 1, '');
    calm.event('c1', 'fault', 'f1', 'stubborn-peer', 'begins');
    const all = calm.exchange('c1', 's1', 1, true);
    expect([1, ...all, calm.violation('c1')]).toEqual(sliceOf(calm));
  });

  it('follows messages without a number to the latest that was sent, with what may have befallen them', () => {
    const story = new Story();
    const send = story.send('p1', 'p2', 0, 'send');
    const fate = story.fate('p1', 'p1>p2 send #1', 'duplicate');
    const arrive = story.arrive('p2', 'p1', 0, 'send');
    const unheard = story.send('p1', 'p2', 0, 'send');
    const violation = story.violation('p2');
    expect(sliceOf(story)).toEqual([send, fate, arrive, violation]);
    expect(unheard).toBe(4);
  });

  it('follows a twin to the disk that it was copied from', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    const commit = story.commit('c1');
    const fault = story.event('c1', 'fault', 'f7', 'twin', 'begins');
    const boot = story.event('c1~f7', 'boot', 1, '');
    const later = story.commit('c1');
    const violation = story.violation('c1~f7');
    expect(sliceOf(story)).toEqual([1, commit, fault, boot, violation]);
    expect(later).toBe(5);
  });
});

describe('of a violation of the world', () => {
  const told = (message: string, node = ''): {story: Story; violation: number} => {
    const story = new Story();
    for (const id of ['c1', 'c2', 'c10']) story.event(id, 'boot', 1, '');
    for (const id of ['c1', 'c2', 'c10']) story.event(id, 'op', `o-${id}`, 'edit', 'null');
    return {story, violation: story.violation(node, message, 'settled')};
  };

  it('goes back from the last events of the nodes that it names', () => {
    const {story, violation} = told('c1 and c10 differ.');
    expect(sliceOf(story)).toEqual([1, 3, 4, 6, violation]);
    const named = told('c10 holds less', 'c2');
    expect(sliceOf(named.story)).toEqual([2, 3, 5, 6, named.violation]);
  });

  it('goes back from the last events of all where it names none', () => {
    const {story} = told('two replicas differ');
    expect(sliceOf(story)).toEqual(allBut(story));
  });

  it('has the end of the storm where settling led to it', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    const heal = story.event('', 'heal');
    const first = story.event('', 'round', 1);
    const second = story.event('', 'round', 2);
    const op = story.event('c1', 'op', 'settle-2-0', 'sync', 'null');
    const violation = story.violation('c1', '', 'settled');
    expect(sliceOf(story)).toEqual([1, heal, second, op, violation]);
    expect(first).toBe(3);
  });
});

describe('the steps of a plan', () => {
  const plan: Plan = {
    schema: PLAN_SCHEMA,
    system: 'story',
    variant: 'default',
    seed: '0x0000000000000001',
    world: {},
    operations: ['o1', 'o2', 'o3'].map(id => ({id, at: 1, kind: 'edit', target: 0, args: null})),
    faults: ['f1', 'f2'].map(id => ({id, at: 1, kind: 'clock-skew', target: 0, lasts: 1, arg: 1})),
    weather: {},
    fates: {
      'c1>s1 POST /it #1 req': {delayMs: 5, act: 'delay', arg: 5},
      'c2>s1 POST /it #1 req': {delayMs: 5, act: 'delay', arg: 5},
      'c1>s1 POST /it #9 req': {delayMs: 5, act: 'delay', arg: 5},
      'c1 sql c1/db begin #1': {delayMs: 7},
      'c2 sql c2/db begin #1': {delayMs: 7},
      'c1 sql c1/db commit #1': {delayMs: 7, act: 'slow-statement', arg: 7},
    },
    stormMs: 1,
    patienceMs: 1,
    maxHappenings: 1,
  };

  it('are those with an event in the slice, and fates without an event whose node has one', () => {
    const story = new Story();
    story.event('c1', 'boot', 1, '');
    story.event('c2', 'boot', 1, '');
    story.event('c1', 'fault', 'f1', 'clock-skew', 'begins');
    story.event('c2', 'fault', 'f2', 'clock-skew', 'begins');
    story.event('c1', 'op', 'o1', 'edit', 'null');
    story.event('c2', 'op', 'o2', 'edit', 'null');
    story.send('c1', 's1', 1);
    story.fate('c1', 'c1>s1 POST /it #1 req', 'delay');
    story.send('c2', 's1', 2);
    story.fate('c2', 'c2>s1 POST /it #1 req', 'delay');
    story.event('c1', 'fate', 'c1 sql c1/db commit #1', 'slow-statement', 7);
    story.event('c1', 'fail', 's1', 1, 'timeout');
    story.violation('c1');
    const events = story.events();
    const steps = sliceSteps(plan, events, causalSlice(events, new Map()));
    expect([...steps.operations]).toEqual(['o1']);
    expect([...steps.faults]).toEqual(['f1']);
    expect([...steps.fates].sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'c1 sql c1/db begin #1',
      'c1 sql c1/db commit #1',
      'c1>s1 POST /it #1 req',
    ]);
  });
});

/** The plan of a seed with its fates by name, and the same without what is not in the slice. */
async function cut(system: System<never>, seed: string) {
  const first = await run(system, {seed});
  const plan: Plan = {...first.plan, fates: first.fates};
  const {trace, violation} = await run(system, {plan, trace: true});
  const {events} = parseTrace(trace ?? []);
  const places = new Map(system.nodes(plan.world).map(({id, place}) => [id, place ?? id]));
  const slice = causalSlice(events, places);
  const {operations, faults, fates} = sliceSteps(plan, events, slice);
  const rest: Plan = {
    ...plan,
    operations: plan.operations.filter(({id}) => operations.has(id)),
    faults: plan.faults.filter(({id}) => faults.has(id)),
    fates: Object.fromEntries(Object.entries(plan.fates ?? {}).filter(([key]) => fates.has(key))),
  };
  return {events, slice, plan, rest, violation, again: (await run(system, {plan: rest})).violation};
}

describe('of a real trace', () => {
  it('is small where replicas work side by side, and what is left of the plan still fails', async () => {
    const system = registerSystem({replica: 'careless'}) as System<never>;
    let [found, sliced, all, kept, planned] = [0, 0, 0, 0, 0];
    for (let index = 1; index <= 30; index += 1) {
      const seed = `0x${index.toString(16).padStart(16, '0')}`;
      const {violation, again, events, slice, plan, rest} = await cut(system, seed);
      if (violation === null) continue;
      expect([seed, again?.signature]).toEqual([seed, violation.signature]);
      expect(slice.at(-1)).toBe(events.find(({k}) => k === 'violation')?.n);
      found += 1;
      sliced += slice.length;
      all += events.length;
      kept += rest.operations.length;
      planned += plan.operations.length;
    }
    expect(found).toBeGreaterThan(10);
    expect(sliced / all).toBeLessThan(0.8);
    expect(kept / planned).toBeLessThan(0.8);
  });

  it('keeps the requests that raced, one server or not', async () => {
    const system = counterSystem({server: 'lossy'}) as System<never>;
    for (let index = 1; index <= 30; index += 1) {
      const seed = `0x${index.toString(16).padStart(16, '0')}`;
      const {violation, again} = await cut(system, seed);
      if (violation !== null) expect([seed, again?.signature]).toEqual([seed, violation.signature]);
    }
  });
});
