/** The guard in mode `forbid`: who reaches past its host is found, and nothing is left behind. */
import {randomBytes, randomUUID} from 'node:crypto';
import {setTimeout as timersSetTimeout} from 'node:timers';
import {scheduler, setTimeout as promisedSetTimeout} from 'node:timers/promises';
import {promisify} from 'node:util';
import {describe, expect, it} from 'vitest';
import {fuzz, run, type Host} from '../../src/index.ts';
import {planOf, play, systemOf, type Play} from './toys/stage.ts';

const nothing = (): void => undefined;

/** What a node does that reaches past its host, and what the guard calls it. */
const REACHES: readonly (readonly [what: string, reach: () => unknown])[] = [
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['Date()', () => Date()],
  ['Math.random', () => Math.random()],
  ['setTimeout', () => setTimeout(nothing, 1)],
  ['setInterval', () => setInterval(nothing, 1)],
  ['setImmediate', () => setImmediate(nothing)],
  ['performance.now', () => performance.now()],
  ['process.nextTick', () => process.nextTick(nothing)],
  ['process.hrtime', () => process.hrtime()],
  ['process.hrtime', () => process.hrtime.bigint()],
  ['fetch', () => fetch('http://server/')],
  ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['node:crypto randomUUID', () => randomUUID()],
  ['node:crypto randomBytes', () => randomBytes(1)],
  ['setTimeout', () => timersSetTimeout(nothing, 1)],
  ['node:timers/promises setTimeout', () => promisedSetTimeout(1)],
  ['node:timers/promises setTimeout', () => promisify(setTimeout)(1)],
  ['node:timers/promises scheduler', () => scheduler.wait(1)],
];

class Dated extends Date {}

/** Every guarded global as it is now. */
const globals = (): unknown[] => [
  Date,
  Math.random,
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval,
  clearImmediate,
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(performance), 'now')?.value,
  Object.hasOwn(performance, 'now'),
  // eslint-disable-next-line @typescript-eslint/unbound-method
  process.nextTick,
  process.hrtime,
  // eslint-disable-next-line @typescript-eslint/unbound-method
  process.hrtime.bigint,
  fetch,
  // eslint-disable-next-line @typescript-eslint/unbound-method
  AbortSignal.timeout,
  // eslint-disable-next-line @typescript-eslint/unbound-method
  crypto.randomUUID,
  // eslint-disable-next-line @typescript-eslint/unbound-method
  crypto.getRandomValues,
  randomUUID,
  randomBytes,
  timersSetTimeout,
  promisedSetTimeout,
  // eslint-disable-next-line @typescript-eslint/unbound-method
  scheduler.wait,
];

const reaching = (reach: (host: Host) => unknown): Play => ({
  nodes: {
    bystander: nothing,
    culprit: async host => {
      await host.clock.sleep(50);
      try {
        reach(host);
      } catch {
        // a node may swallow what it is told: it is found all the same
      }
      await host.clock.sleep(10);
    },
  },
});

describe('in mode forbid', () => {
  it.each(REACHES)(
    '%s by a node is a violation of that node, even when it swallows the error',
    async (what, reach) => {
      const {outcome} = await play(reaching(reach));
      expect(outcome.violation).toMatchObject({
        claim: 'SIM-GUARD',
        signature: `SIM-GUARD/-/${what}/culprit`,
        code: what,
        node: 'culprit',
        message: `culprit reached for ${what}`,
        atMs: 50,
      });
    },
  );

  it.each([
    ['in its boot', {nodes: {culprit: {boot: async () => Date.now()}}}],
    ['in a timer', {nodes: {culprit: (host: Host) => host.clock.after(5, () => Date.now())}}],
    [
      'after several awaits',
      {
        nodes: {
          culprit: async (host: Host) => (
            await host.clock.sleep(1),
            await Promise.resolve(),
            await Promise.resolve(),
            Date.now()
          ),
        },
      },
    ],
    [
      'in a handler',
      {
        nodes: {
          culprit: (host: Host) => host.net.receive(() => void Date.now()),
          other: (host: Host) => host.net.send('culprit', ''),
        },
      },
    ],
  ])('is seen %s', async (_, given) => {
    const {outcome} = await play(given);
    expect(outcome.violation).toMatchObject({claim: 'SIM-GUARD', node: 'culprit', code: 'Date.now'});
  });

  it('throws into the node, so that it cannot go on', async () => {
    let message = '';
    await play(
      reaching(() => {
        try {
          Date.now();
        } catch (error) {
          message = String(error);
        }
      }),
    );
    expect(message).toBe(
      'GuardError: culprit reached for Date.now; a node reaches the world only through its host',
    );
  });

  it('leaves alone what is a function of its arguments', async () => {
    const seen: unknown[] = [];
    const {outcome} = await play(
      reaching(() => {
        seen.push(
          new Date(5).toISOString(),
          Date.parse('2026-01-01T00:00:00Z'),
          Date.UTC(2026, 0, 1),
          new Date(2026, 0, 2) > new Date(2026, 0, 1),
          new Date(5) instanceof Date,
          new Dated(7).getTime(),
          new Dated(7) instanceof Dated,
          Date.name,
          Date.length,
          Math.max(1, 2),
          structuredClone(new Date(9)).getTime(),
        );
        clearTimeout(undefined);
      }),
    );
    expect(outcome.violation).toBe(null);
    expect(seen).toEqual([
      '1970-01-01T00:00:00.005Z',
      1_767_225_600_000,
      1_767_225_600_000,
      true,
      true,
      7,
      true,
      'Date',
      7,
      2,
      9,
    ]);
  });

  it.each([
    ['random()', 'SELECT random()'],
    ['randomblob()', 'SELECT hex(randomblob(4))'],
    ['current_timestamp', 'CREATE TABLE dated (at TEXT DEFAULT CURRENT_TIMESTAMP)'],
    ["'now'", "SELECT strftime('%s', 'now')"],
    ['datetime()', 'SELECT datetime()'],
  ])("%s of the database's engine is a violation, too", async (what, sql) => {
    const {outcome} = await play({
      nodes: {
        culprit: async host => {
          const database = await host.disk.open('db', []);
          await database.all(sql).catch(nothing);
        },
      },
    });
    expect(outcome.violation?.signature).toBe(`SIM-GUARD/-/sql ${what}/culprit`);
  });

  it.each([
    "SELECT 'now', 'random()' AS \"current_date\"",
    "SELECT datetime('2026-01-01', '+1 day') -- not random()",
    'SELECT randomness FROM (SELECT 1 AS randomness)',
  ])('SQL that only looks like it is none: %s', async sql => {
    const {outcome} = await play({
      nodes: {fine: async host => void (await (await host.disk.open('db', [])).all(sql))},
    });
    expect(outcome.violation).toBe(null);
  });

  it('lets operations, observers and claims of the harness do what they like', async () => {
    const {outcome} = await play({
      nodes: {node: host => host.probe('here')},
      system: {
        observe: () => void Date.now(),
        claims: [
          {id: 'A', sentence: 'a', when: 'always', check: () => (Math.random() < 2 ? 'holds' : null)},
          {id: 'B', sentence: 'b', when: 'settled', check: () => (performance.now() > 0 ? 'holds' : null)},
        ],
      },
    });
    expect(outcome.violation).toBe(null);
  });
});

describe('after a run', () => {
  it('all globals are the original ones', async () => {
    const before = globals();
    let during: unknown[] = [];
    await play(reaching(() => (during = globals())));
    expect(globals()).toEqual(before);
    before.forEach((original, index) => expect(globals()[index]).toBe(original));
    const replaced = during.filter((value, index) => value !== before[index]);
    // all but the mark that `performance` has no `now` of its own
    expect(replaced.length).toBe(before.length - 1);
  });

  it('they are so even when the run could not be carried out', async () => {
    const before = globals();
    const broken = systemOf(reaching(nothing), []);
    const observe = (): never => {
      throw new Error('a broken ledger');
    };
    await expect(run({...broken, observe}, {plan: planOf(reaching(nothing))})).rejects.toThrow(
      'a broken ledger',
    );
    expect(globals()).toEqual(before);
  });

  it('what a node kept of the guard is the real thing', async () => {
    let kept: (() => number) | null = null;
    const given = reaching(() => {
      kept = Date.now;
    });
    await play({...given, system: {globals: 'virtual'}});
    const [before, now, after] = [Date.now(), (kept as unknown as () => number)(), Date.now()];
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(after);
  });

  it('nothing stands before the globals any more, also where many runs shared one guard', async () => {
    const before = globals();
    const given = reaching(nothing);
    await fuzz(systemOf(given, []), {runs: 5, seedBase: 'guard', wallClock: () => Date.now()});
    expect(globals()).toEqual(before);
    before.forEach((original, index) => expect(globals()[index]).toBe(original));
  });

  it('a global that was replaced between two runs stays replaced', async () => {
    const real = Math.random;
    await play(reaching(nothing));
    const mine = (): number => 0.25;
    Math.random = mine;
    try {
      const {outcome} = await play(reaching(() => Math.random()));
      expect(outcome.violation?.code).toBe('Math.random');
      expect(Math.random).toBe(mine);
    } finally {
      Math.random = real;
    }
  });
});
