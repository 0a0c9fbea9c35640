/** The sweep: what is counted, what is injected and where, what each injection finds, and that looking changes nothing. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {vfs} from '../../scenarios/vfs/system.ts';
import {drawPlan, parsePlan, run, seedAt, UsageError, type Plan, type System} from '../../src/index.ts';
import {injectedPlan, runInjection, sweepInjections, type Injected, type Sweep} from '../../src/sim/sweep.ts';
import {INJECTED, type Injection} from '../../src/sim/injection.ts';
import {tillSystem, type Flaw} from '../fixtures/till/till.ts';
import {registerSystem} from './toys/register.ts';
import {ok, planOf, post, systemOf, told, type Play} from './toys/stage.ts';

const TILL = join(import.meta.dirname, '../fixtures/till');
const oneSale = parsePlan(readFileSync(join(TILL, 'sweep/one-sale.json'), 'utf8'), 'one-sale');
const REFERENCE = join(import.meta.dirname, '../../scenarios/vfs/sweep/two-users.json');

const listOf = (flaw: Flaw, plan: Plan = oneSale): Promise<Sweep> => sweepInjections(tillSystem(flaw), plan);
const names = (injections: readonly Injection[]): string[] => injections.map(({name}) => name);

/** Every injection of a list with what came of it. */
async function swept(system: System, list: Sweep): Promise<(Injected & {name: string})[]> {
  const results: (Injected & {name: string})[] = [];
  for (const injection of list.injections) {
    results.push({name: injection.name, ...(await runInjection(system, list, injection))});
  }
  return results;
}

describe('the census', () => {
  test('has every message leg and statement that met the storm, in order', async () => {
    const {census} = await run(tillSystem('sound'), {plan: oneSale, census: 'all'});
    const lines = (census?.legs ?? []).map(
      ({atMs, node, leg, key, delayMs}) => `${atMs} ${node} ${leg} ${key}, ${delayMs} ms`,
    );
    expect(lines).toEqual([
      '0 books statement books sql books/books open #1, 0 ms',
      '0 till statement till sql till/till open #1, 0 ms',
      '100 till statement till sql till/till insert open #1, 0 ms',
      '200 till statement till sql till/till select open #1, 0 ms',
      '200 till request till>books POST /sales #1 req, 13 ms',
      '213 books statement books sql books/books begin #1, 0 ms',
      '213 books statement books sql books/books select sale #1, 0 ms',
      '213 books statement books sql books/books insert sale #1, 0 ms',
      '213 books statement books sql books/books update total #1, 0 ms',
      '213 books statement books sql books/books commit #1, 0 ms',
      '213 books response till>books POST /sales #1 res, 14 ms',
      '227 till statement till sql till/till delete open #1, 0 ms',
    ]);
    expect(census?.legs.map(({kind}) => kind).slice(3, 6)).toEqual([
      'sql till/till select open',
      'POST /sales',
      'sql books/books begin',
    ]);
    expect(census?.legs[10]?.instead).toEqual({earlier: 0, tampers: ['refused'], blank: 1});
  });

  test('has what began, whatever its depth, and nothing from after the storm', async () => {
    const faults = [{id: 'f1', at: 300, kind: 'crash', target: 0, lasts: 100, arg: 0}];
    const plan = {...oneSale, faults};
    for (const census of ['steps', 'all'] as const) {
      const outcome = await run(tillSystem('sound'), {plan, census});
      expect(outcome.census?.steps.map(({atMs, kind, id, node}) => `${atMs} ${kind} ${id} ${node}`)).toEqual([
        '0 boot books books',
        '0 boot till till',
        '100 operation o1 till',
        '200 operation o2 till',
        '300 fault f1 books',
        '400 boot books books',
      ]);
      expect(outcome.census?.legs.length).toBe(census === 'all' ? 13 : 0);
    }
    expect((await run(tillSystem('sound'), {plan})).census).toBeNull();
  });

  test('has statements also where no weather could strike them', async () => {
    const plan: Plan = {...oneSale, fates: null, weather: {'lose-request': 1}};
    const {census} = await run(tillSystem('sound'), {plan, census: 'all'});
    const statements = census?.legs.filter(({leg}) => leg === 'statement') ?? [];
    expect(statements.map(({key}) => key)).toEqual([
      'books sql books/books open #1',
      'till sql till/till open #1',
      'till sql till/till insert open #1',
      'till sql till/till select open #1',
    ]);
  });

  test('is taken without a trace: the digest is the same, of drawn fates and of named ones', async () => {
    for (let index = 0; index < 5; index += 1) {
      const seed = seedAt('census', index);
      const plain = await run(vfs, {seed});
      const counted = await run(vfs, {seed, census: 'all'});
      expect(counted.digest, seed).toBe(plain.digest);
      expect(counted.fates).toEqual(plain.fates);
      expect(counted.census?.legs.some(({instead}) => (instead?.tampers.length ?? 0) > 0)).toBe(true);
    }
    const plan = parsePlan(readFileSync(REFERENCE, 'utf8'), REFERENCE);
    expect((await run(vfs, {plan, census: 'all'})).digest).toBe((await run(vfs, {plan})).digest);
  });
});

describe('the list of injections', () => {
  test('is every hazard of the system at every place, numbered', async () => {
    const {injections, blank, violation} = await listOf('sound');
    const golden = readFileSync(join(TILL, 'injections.txt'), 'utf8');
    expect(injections.map(({id, name}) => `${id} ${name}\n`).join('')).toBe(golden);
    expect(blank).toBe(1);
    expect(violation).toBeNull();
  });

  test('is the same for the same plan, with no name twice', async () => {
    const plan = parsePlan(readFileSync(REFERENCE, 'utf8'), REFERENCE);
    const [first, second] = [await sweepInjections(vfs, plan), await sweepInjections(vfs, plan)];
    expect(second).toEqual(first);
    expect(new Set(names(first.injections)).size).toBe(first.injections.length);
    const declared = Object.keys(vfs.hazards).filter(id => id !== 'schema-change' && id !== 'tamper');
    const kinds = new Set(first.injections.map(({hazard}) => hazard));
    expect(declared.filter(id => !kinds.has(id))).toEqual([]);
    expect([...kinds].filter(id => id.startsWith('tamper:')).length).toBeGreaterThan(100);
  });

  test('is of what a plan met whose fates were drawn, with those fates by name', async () => {
    const system = registerSystem({replica: 'sound'});
    const drawn = drawPlan(system, '0x0000000000000007');
    const operations = [1, 2, 3].map(at => ({id: `o${at}`, at, kind: 'tell', target: 0, args: null}));
    const plan = {...drawn, operations, faults: [], weather: {'lose-request': 2}};
    expect(plan.fates).toBeNull();
    const {plan: explicit, digest, injections} = await sweepInjections(system, plan);
    const outcome = await run(system, {plan});
    expect(explicit.fates).toEqual(outcome.fates);
    expect(Object.keys(explicit.fates ?? {}).length).toBeGreaterThan(0);
    expect(digest).toBe(outcome.digest);
    const key = 'replica0>replica1 send #1';
    expect(names(injections.filter(({change}) => change.kind === 'fate' && change.key === key))).toEqual([
      `lose-request: ${key}`,
      `duplicate (1 ms later): ${key}`,
      `duplicate (4000 ms later): ${key}`,
      `delay (64 ms): ${key}`,
      `delay (2000 ms): ${key}`,
      `delay (20000 ms): ${key}`,
      `reorder (512 ms): ${key}`,
    ]);
  });

  test('replays each earlier answer, and cuts an answer at several places', async () => {
    const asking: Play = {
      nodes: {
        server: host => host.net.serve(async () => ok('yes')),
        asking: async (host, say) => {
          for (let round = 1; round <= 3; round += 1) say(await told(host.net.request('server', post('/x'))));
        },
      },
      system: {hazards: {'late-replay': ['asking'], truncate: ['asking'], reset: ['asking']}},
    };
    const {injections} = await sweepInjections(systemOf(asking, []), planOf(asking));
    const key = (number: number): string => `asking>server POST /x #${number} res`;
    const cuts = [0, 250, 500, 999];
    expect(names(injections)).toEqual(
      [1, 2, 3].flatMap(number => [
        `reset: ${key(number)}`,
        ...cuts.map(cut => `truncate (to ${cut} of 1000): ${key(number)}`),
        ...[1, 2].slice(0, number - 1).map(back => `late-replay (${back} back): ${key(number)}`),
      ]),
    );
  });

  test('breaks sockets, and makes them late', async () => {
    const talking: Play = {
      nodes: {
        server: host => host.net.listen(socket => socket.onMessage(() => undefined)),
        caller: async host => (await host.net.dial('server')).send('hello'),
      },
      system: {hazards: {delay: ['caller'], reset: ['caller'], 'half-open': ['caller']}},
      plan: {stormMs: 1_000},
    };
    const {injections} = await sweepInjections(systemOf(talking, []), planOf(talking));
    const keys = ['caller>server dial #1', 'caller>server socket #1'];
    expect(names(injections)).toEqual(
      keys.flatMap(key => [...[64, 2_000, 20_000].map(ms => `delay (${ms} ms): ${key}`), `reset: ${key}`]),
    );
  });

  test('has one moment where two steps begin at once', async () => {
    const [first, second] = oneSale.operations;
    const operations = [first, {...first, id: 'o9'}, second] as Plan['operations'];
    const {injections} = await listOf('sound', {...oneSale, operations});
    const forEver = names(injections).filter(name => name.includes(' for ever, '));
    expect(forEver).toEqual(
      ['before o1', 'after o1', 'before o2', 'after o2'].map(
        when => `partition on till for ever, just ${when}`,
      ),
    );
  });

  test('does not take the name of a fault that is there', async () => {
    const faults = [{id: INJECTED, at: 300, kind: 'crash', target: 0, lasts: 100, arg: 0}];
    await expect(listOf('sound', {...oneSale, faults})).rejects.toThrow(UsageError);
  });

  test('says that the plan itself fails', async () => {
    const fates = {'till>books POST /sales #1 res': {delayMs: 5, act: 'lose-response'}};
    const {violation} = await listOf('doubling', {...oneSale, fates});
    expect(violation?.signature).toBe('TILL-1/settled/twice/books');
  });
});

describe('an injection', () => {
  test('changes one fate, or adds one fault, and nothing else', async () => {
    const {plan, injections} = await listOf('sound');
    const find = (name: string): Injection =>
      injections.find(injection => injection.name === name) as Injection;
    const lost = injectedPlan(plan, find('lose-request: till>books POST /sales #1 req'));
    expect(lost).toEqual({
      ...plan,
      fates: {'till>books POST /sales #1 req': {delayMs: 13, act: 'lose-request', arg: 1}},
    });
    const crashed = injectedPlan(
      plan,
      find('crash (after its next commit) on books for 20000 ms, just before o2'),
    );
    expect(crashed).toEqual({
      ...plan,
      faults: [{id: INJECTED, at: 199, kind: 'crash', target: 0, lasts: 20_000, arg: 2}],
    });
  });

  test('finds nothing in what is sound', async () => {
    const results = await swept(tillSystem('sound'), await listOf('sound'));
    expect(results.filter(({verdict}) => verdict !== 'ok')).toEqual([]);
    // a copy that comes long after, and crashes of a server that has nothing to do
    expect(results.filter(({effective}) => !effective).map(({name}) => name)).toEqual([
      'duplicate (4000 ms later): till>books POST /sales #1 req',
      ...['before o1', 'after o1', 'before o2', 'after o2'].flatMap(when => [
        `crash (at once) on books for 10 ms, just ${when}`,
        `crash (at once) on books for 20000 ms, just ${when}`,
      ]),
      'crash (at once) on books for 500 ms, with till>books POST /sales #1 res on its way',
    ]);
  });

  test('finds a sale that is entered twice wherever an answer gets lost', async () => {
    const results = await swept(tillSystem('doubling'), await listOf('doubling'));
    const found = results.filter(({verdict}) => verdict === 'violation');
    expect(new Set(found.map(({violation}) => violation?.signature))).toEqual(
      new Set(['TILL-1/settled/twice/books']),
    );
    expect(found.map(({name}) => name)).toEqual([
      'duplicate (1 ms later): till>books POST /sales #1 req',
      'crash-after: books sql books/books commit #1',
      'lose-response: till>books POST /sales #1 res',
      'tamper:refused: till>books POST /sales #1 res',
      ...['busy', 'full', 'io'].map(code => `failed-statement (${code}): till sql till/till delete open #1`),
      'partition on till for 500 ms, just after o2',
      'partition on till for 40000 ms, just after o2',
      ...['before o1', 'after o1', 'before o2', 'after o2'].map(
        when => `crash (after its next commit) on books for 20000 ms, just ${when}`,
      ),
    ]);
  });

  test('finds what is torn between the two statements that belong together, and nowhere else', async () => {
    const results = await swept(tillSystem('torn'), await listOf('torn'));
    const found = results.filter(({verdict}) => verdict === 'violation');
    expect(found.map(({name, violation}) => `${violation?.signature} ${name}`)).toEqual(
      [
        'crash-after: books sql books/books insert sale #1',
        ...['busy', 'full', 'io'].map(
          code => `failed-statement (${code}): books sql books/books update total #1`,
        ),
        'crash-before: books sql books/books update total #1',
        ...['before o1', 'after o1', 'before o2', 'after o2'].map(
          when => `crash (after its next commit) on books for 20000 ms, just ${when}`,
        ),
      ].map(name => `TILL-1/settled/total/books ${name}`),
    );
  });

  test('gives what a thread can be told, whatever a claim holds up', async () => {
    const doubling = tillSystem('doubling');
    const claims = doubling.claims.map(claim => ({
      ...claim,
      check: (...given: Parameters<typeof claim.check>) => {
        const judgement = claim.check(...given);
        return typeof judgement === 'object' && judgement !== null
          ? {...judgement, expected: {once: () => 1}, actual: 2n}
          : judgement;
      },
    }));
    const system = {...doubling, claims};
    const list = await sweepInjections(system, oneSale);
    const lost = list.injections.find(({hazard}) => hazard === 'lose-response') as Injection;
    const {violation} = structuredClone(await runInjection(system, list, lost));
    expect(violation).toMatchObject({expected: {}, actual: 'a value that JSON cannot say (bigint)'});
  });

  test('is idle where it finds no target', async () => {
    const faults = [{id: 'f1', at: 150, kind: 'crash', target: 0, lasts: 300, arg: 0}];
    const list = await listOf('sound', {...oneSale, faults});
    const results = await swept(tillSystem('sound'), list);
    // the server is down just before it boots, and about o2
    expect(results.filter(({verdict}) => verdict === 'idle').map(({name}) => name)).toEqual(
      ['before o2', 'after o2', 'before the boot of books'].flatMap(when =>
        ['at once) on books for 10', 'at once) on books for 20000']
          .concat(['before its next commit) on books for 20000', 'after its next commit) on books for 20000'])
          .map(how => `crash (${how} ms, just ${when}`),
      ),
    );
  });

  test('is idle where its message never comes', async () => {
    const list = await listOf('sound');
    const fate = {delayMs: 1, act: 'lose-request'};
    const stray = {
      ...(list.injections[0] as Injection),
      change: {kind: 'fate', key: 'nobody #1 req', fate} as const,
    };
    expect(await runInjection(tillSystem('sound'), list, stray)).toMatchObject({
      verdict: 'idle',
      effective: false,
    });
  });

  test('is not taken for effective because the plan itself has the like', async () => {
    const faults = [{id: 'f1', at: 150, kind: 'crash', target: 0, lasts: 1_000, arg: 1}];
    const list = await listOf('sound', {...oneSale, faults});
    expect(list.struck).toEqual({crash: 1});
    const results = await swept(tillSystem('sound'), list);
    const early = results.find(({name}) => name === 'crash (at once) on books for 10 ms, just before o1');
    expect(early).toMatchObject({verdict: 'ok', effective: false});
  });

  test('skews the clock of every node both ways', async () => {
    const told: string[] = [];
    const ticking: Play = {
      nodes: Object.fromEntries(
        ['a', 'b', 'c'].map(id => [
          id,
          async (host, say) => {
            await host.clock.sleep(2);
            say(String(host.clock.now()));
          },
        ]),
      ),
      system: {hazards: {'clock-skew': ['a', 'b', 'c']}, operations: {}},
      plan: {stormMs: 1_000},
    };
    const system = systemOf(ticking, told);
    const calm = planOf(ticking);
    await run(system, {plan: calm});
    const honest = told.splice(0).map(line => Number(line.split(' ')[2]));
    const operations = [{id: 'o1', at: 1, kind: 'look', target: 0, args: null}];
    const looking = systemOf(
      {
        ...ticking,
        system: {
          ...ticking.system,
          operations: {look: {weight: 1, role: 'a', draw: () => null, run: () => undefined}},
        },
      },
      told,
    );
    const {plan, injections} = await sweepInjections(looking, {...calm, operations});
    const before = injections.filter(({name}) => name.endsWith('just before o1'));
    expect(names(before)).toEqual(
      ['a', 'b', 'c'].flatMap(id => [
        `clock-skew (ahead) on ${id} for 60000 ms, just before o1`,
        `clock-skew (behind) on ${id} for 60000 ms, just before o1`,
      ]),
    );
    const skews: number[][] = [];
    for (const injection of before) {
      told.splice(0);
      await run(looking, {plan: injectedPlan(plan, injection)});
      skews.push(told.map((line, index) => Number(line.split(' ')[2]) - (honest[index] ?? 0)));
    }
    expect(skews).toEqual(
      [0, 1, 2].flatMap(node =>
        [1_000_000, -1_000_000].map(skew => [0, 1, 2].map(index => (index === node ? skew : 0))),
      ),
    );
  });

  test('makes a stubborn peer tell just the lie that it names', async () => {
    const sound = tillSystem('sound');
    const refused = sound.tampers?.[0];
    const lie = (id: string, status: number, stubbornWeight?: number) => ({
      id,
      ...(stubbornWeight === undefined ? {} : {stubbornWeight}),
      matches: refused?.matches ?? (() => false),
      apply: (answer: {status: number; headers: Record<string, string>; body: string}) => ({
        ...answer,
        status,
      }),
    });
    const system = {
      ...sound,
      hazards: {'stubborn-peer': ['till'], tamper: ['till']},
      tampers: [lie('first', 501, 3), lie('second', 502), lie('third', 503, 40)],
    } as unknown as System;
    const {plan, injections} = await sweepInjections(system, oneSale);
    const stubborn = injections.filter(({hazard}) => hazard === 'stubborn-peer');
    expect(names(stubborn)).toEqual(
      ['first', 'second', 'third'].map(
        id => `stubborn-peer (${id}) on till for 60000 ms, from till>books POST /sales #1 res on`,
      ),
    );
    for (const [index, id] of ['first', 'second', 'third'].entries()) {
      const injection = stubborn[index] as Injection;
      const {hazards} = await run(system, {plan: injectedPlan(plan, injection)});
      expect(Object.keys(hazards).filter(hazard => hazard.startsWith('tamper:'))).toEqual([`tamper:${id}`]);
    }
  });
});
