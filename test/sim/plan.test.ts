/** Plans: what is refused, how they are drawn, and that every part of one is one. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';
import {
  drawPlan,
  parsePlan,
  run,
  seedAt,
  UnreadableError,
  UsageError,
  type Plan,
  type System,
} from '../../src/index.ts';
import {counterSystem} from './toys/counter.ts';
import {planOf, systemOf, type Play} from './toys/stage.ts';

const sound = counterSystem({server: 'sound'});
const drawn = drawPlan(sound, seedAt('plans', 0));

/** The drawn plan with one change, as text. */
const changed = (change: Record<string, unknown>): string => JSON.stringify({...drawn, ...change});

const without = (key: keyof Plan): string => {
  const rest: Record<string, unknown> = {...drawn};
  delete rest[key];
  return JSON.stringify(rest);
};

const operation = {id: 'o1', at: 0, kind: 'add', target: 0, args: null};
const fault = {id: 'f1', at: 0, kind: 'crash', target: 0, lasts: 1, arg: 1};
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('a plan that was written down', () => {
  it('is read as it was', () => {
    expect(parsePlan(JSON.stringify(drawn), 'p.json')).toEqual(drawn);
  });

  it.each([
    ['nothing', ''],
    ['not JSON', '{"schema": '],
    ['a list', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['another schema', changed({schema: 'syncstorm.plan/2'})],
    ['no schema', without('schema')],
    ['no system', without('system')],
    ['an empty system', changed({system: ''})],
    ['no seed', without('seed')],
    ['a short seed', changed({seed: '0x1'})],
    ['a seed in upper case', changed({seed: '0x00000000000000AB'})],
    ['no fates', without('fates')],
    ['no weather', without('weather')],
    ['no operations', without('operations')],
    ['an unknown member', changed({extra: 1})],
    ['an unknown member of an operation', changed({operations: [{...operation, extra: 1}]})],
    ['an unknown member of a fault', changed({faults: [{...fault, extra: 1}]})],
    ['an unknown member of a fate', changed({fates: {k: {delayMs: 1, extra: 1}}})],
    ['operations that are no list', changed({operations: {}})],
    ['an operation without arguments', changed({operations: [{id: 'o', at: 0, kind: 'add', target: 0}]})],
    ['an operation without an id', changed({operations: [{...operation, id: ''}]})],
    ['an operation in the past', changed({operations: [{...operation, at: -1}]})],
    ['an operation at half a millisecond', changed({operations: [{...operation, at: 0.5}]})],
    ['a target below zero', changed({operations: [{...operation, target: -1}]})],
    ['a time beyond exact integers', changed({operations: [{...operation, at: 2 ** 53}]})],
    ['a time as text', changed({operations: [{...operation, at: '0'}]})],
    ['a fault that lasts less than nothing', changed({faults: [{...fault, lasts: -1}]})],
    ['a fault with half a strength', changed({faults: [{...fault, arg: 0.5}]})],
    ['a fault without a length', changed({faults: [{...fault, lasts: undefined}]})],
    ['weather with half a chance', changed({weather: {delay: 0.5}})],
    ['weather as text', changed({weather: {delay: 'often'}})],
    ['a delay below zero', changed({fates: {k: {delayMs: -1}}})],
    ['an endless number', JSON.stringify(drawn).replace('"world":{', '"world":{"x":1e999,')],
    ['a storm of no length that is known', changed({stormMs: null})],
    ['happenings below zero', changed({maxHappenings: -1})],
    ['a member __proto__', JSON.stringify(drawn).replace('"world":{', '"__proto__":{},"world":{')],
    ['a world with __proto__', JSON.stringify(drawn).replace('"world":{', '"world":{"__proto__":{"a":1},')],
    ['weather with __proto__', JSON.stringify(drawn).replace('"weather":{', '"weather":{"__proto__":1,')],
    [
      'fates with __proto__',
      JSON.stringify(drawn).replace('"fates":null', '"fates":{"__proto__":{"delayMs":1}}'),
    ],
    ['a world 100 deep', JSON.stringify(drawn).replace('"world":{', `"world":{"x":${nested(100)},`)],
    [
      'arguments 200,000 deep',
      changed({operations: []}).replace('"operations":[]', `"operations":[{"args":${nested(200_000)}}]`),
    ],
  ])('is refused where it has %s', (_, text) => {
    expect(() => parsePlan(text, 'p.json')).toThrow(UnreadableError);
  });

  it('is refused with its source and the place where it does not fit', () => {
    expect(() => parsePlan(changed({operations: [operation, {...operation, at: -1}]}), 'dir/p.json')).toThrow(
      /^dir\/p\.json: operations\.1\.at: /,
    );
  });

  it.each([
    ['of another system', {system: 'other'}],
    ['of a variant that there is not', {variant: 'other'}],
    ['with an operation that nobody knows', {operations: [{...operation, kind: 'subtract'}]}],
    ['with an operation named as what every object has', {operations: [{...operation, kind: 'constructor'}]}],
    ['with a fault that nobody knows', {faults: [{...fault, kind: 'earthquake'}]}],
    ['with a fault named as what every object has', {faults: [{...fault, kind: 'constructor'}]}],
    ['with weather for a fault', {faults: [{...fault, kind: 'delay'}]}],
  ])('is not run %s', async (_, change) => {
    await expect(run(sound, {plan: {...drawn, ...change}})).rejects.toThrow(UnreadableError);
  });
});

describe('a run', () => {
  it.each([{}, {seed: seedAt('x', 0), plan: drawn}])(
    'is refused without exactly one of seed and plan',
    async options => {
      await expect(run(sound, options)).rejects.toThrow(UsageError);
    },
  );

  it('is refused for a seed that is not in its one form, and for a variant that there is not', async () => {
    await expect(run(sound, {seed: '0x1'})).rejects.toThrow(UsageError);
    await expect(run(sound, {seed: seedAt('x', 0), variant: 'other'})).rejects.toThrow(UsageError);
  });

  it('goes on after one that was refused', async () => {
    const refused = run(sound, {seed: 'no'});
    const next = run(sound, {seed: seedAt('x', 0)});
    await expect(refused).rejects.toThrow(UsageError);
    expect((await next).verdict).toBe('ok');
  });
});

/** A system with hazards and operations of every sort. */
const play: Play = {
  nodes: {a: () => undefined, b: () => undefined},
  system: {
    operations: Object.fromEntries(
      ['one', 'two', 'three', 'always', 'never'].map(kind => [
        kind,
        {
          weight: kind === 'never' ? 0 : 1,
          role: 'a',
          draw: random => random.integer(0, 1000),
          run: () => undefined,
          ...(kind === 'always' ? {essential: true} : {}),
        },
      ]),
    ),
    hazards: {
      delay: ['a'],
      tamper: ['a'],
      'slow-statement': ['a'],
      crash: ['a'],
      partition: ['b'],
      'clock-jump-back': ['a'],
    },
    size: {operations: [30, 40], stormMs: [1_000, 2_000]},
  },
};

describe('drawing a plan', () => {
  const system = systemOf(play, []);
  const plans = Array.from({length: 400}, (_, index) => drawPlan(system, seedAt('swarm', index)));

  it('draws the same plan for the same seed, and another for another', () => {
    expect(drawPlan(system, seedAt('swarm', 7))).toEqual(plans[7]);
    expect(new Set(plans.map(plan => JSON.stringify(plan))).size).toBe(400);
  });

  it('draws what a plan may be: within its sizes, in order of time, readable again', () => {
    for (const plan of plans) {
      expect(plan.stormMs).toBeGreaterThanOrEqual(1_000);
      expect(plan.stormMs).toBeLessThanOrEqual(2_000);
      expect(plan.operations.length).toBeGreaterThanOrEqual(30);
      expect(plan.operations.length).toBeLessThanOrEqual(40);
      for (const steps of [plan.operations, plan.faults]) {
        expect(steps.map(({at}) => at)).toEqual(steps.map(({at}) => at).sort((a, b) => a - b));
        expect(steps.every(({at}) => at >= 0 && at <= plan.stormMs)).toBe(true);
      }
      expect(parsePlan(JSON.stringify(plan), 'drawn')).toEqual(plan);
    }
  });

  it('switches each hazard of the weather off in about half of the seeds', () => {
    for (const hazard of ['delay', 'tamper', 'slow-statement']) {
      const off = plans.filter(({weather}) => (weather[hazard] ?? 0) === 0).length;
      expect([hazard, Math.abs(off - 200) < 50]).toEqual([hazard, true]);
    }
    expect(
      plans.some(({weather}) => Object.keys(weather).some(id => !(id in (play.system?.hazards ?? {})))),
    ).toBe(false);
  });

  it('switches each fault off in about half of the seeds', () => {
    for (const hazard of ['crash', 'partition', 'clock-jump-back']) {
      const on = plans.filter(({faults}) => faults.some(({kind}) => kind === hazard)).length;
      // one in nine draws no fault at all, and some faults that are on are never drawn
      expect([hazard, on > 90 && on < 230]).toEqual([hazard, true]);
    }
  });

  it('switches each operation off in about half of the seeds, but not an essential one, nor draws one of weight 0', () => {
    for (const kind of ['one', 'two', 'three']) {
      const off = plans.filter(({operations}) => operations.every(planned => planned.kind !== kind)).length;
      expect([kind, Math.abs(off - 200) < 50]).toEqual([kind, true]);
    }
    const kinds = plans.map(({operations}) => new Set(operations.map(({kind}) => kind)));
    expect(kinds.every(set => set.has('always'))).toBe(true);
    expect(kinds.some(set => set.has('never'))).toBe(false);
  });

  it('cuts a node off for ever in some seeds and ends every other fault', () => {
    const faults = plans.flatMap(plan => plan.faults);
    const endless = faults.filter(({lasts}) => lasts === null);
    expect(endless.length).toBeGreaterThan(0);
    expect(endless.every(({kind}) => kind === 'partition')).toBe(true);
  });
});

/** The plan without the steps that the mask does not name. */
const part = (plan: Plan, operations: number, faults: number): Plan => ({
  ...plan,
  operations: plan.operations.filter((_, index) => (operations >> index) % 2 === 1),
  faults: plan.faults.filter((_, index) => (faults >> index) % 2 === 1),
});

const fatesOf = async (system: System, plan: Plan) => (await run(system, {plan})).fates;

describe('a part of a plan', () => {
  const mask = fc.nat(0xffff);

  test.prop([fc.nat(100_000), mask, mask], {numRuns: 60})(
    'is a plan that runs',
    async (seed, operations, faults) => {
      const plan = part(drawPlan(sound, seedAt('parts', seed)), operations, faults);
      const outcome = await run(sound, {plan});
      expect(outcome.violation).toBe(null);
      expect(outcome.plan).toEqual(plan);
    },
  );

  it('leaves every message that both have the fate that it had', async () => {
    let compared = 0;
    for (let index = 0; index < 50; index += 1) {
      const plan = drawPlan(sound, seedAt('fates', index));
      const all = await fatesOf(sound, plan);
      const fewer = {
        ...plan,
        operations: plan.operations.filter((_, at) => at !== index % plan.operations.length),
      };
      for (const [key, fate] of Object.entries(await fatesOf(sound, fewer))) {
        if (all[key] === undefined) continue;
        expect([key, fate]).toEqual([key, all[key]]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(80);
  });

  it('runs alike with its fates drawn and with them written down', async () => {
    for (let index = 0; index < 40; index += 1) {
      const plan = drawPlan(sound, seedAt('explicit', index));
      const first = await run(sound, {plan});
      const second = await run(sound, {plan: {...plan, fates: first.fates}});
      expect(second.digest).toBe(first.digest);
      expect(second.fates).toEqual(first.fates);
    }
  });

  it('may have nothing in it', async () => {
    const outcome = await run(systemOf(play, []), {plan: {...planOf(play), stormMs: 0}});
    expect([outcome.verdict, outcome.messages]).toEqual(['ok', 0]);
  });

  it.each(['crash', 'pause', 'hung-statement', 'clock-freeze', 'clog', 'partition-one-way'])(
    'ends a %s that has no end with the storm',
    async kind => {
      const faults = [{id: 'f1', at: 1, kind, target: 0, lasts: null, arg: 0}];
      const outcome = await run(systemOf({...play, faults: [{kind, on: 'a', at: 1}]}, []), {
        plan: {...planOf(play), faults},
      });
      expect(outcome.violation).toBe(null);
    },
  );
});
