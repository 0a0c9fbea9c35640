/** The guard in mode `virtual`: code that never heard of a host runs on one. */
import {randomBytes, randomInt, randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {EPOCH_MS} from '../../src/sim/clock.ts';
import {play, ok, type Play, type Say, type Script} from './toys/stage.ts';

const staged = (nodes: Play['nodes'], rest: Partial<Play> = {}): Play => ({
  nodes,
  ...rest,
  system: {globals: 'virtual', ...rest.system},
});

/** What a node that knows nothing of hosts says. */
async function saidBy(engine: (say: Say) => unknown, rest: Partial<Play> = {}) {
  const {outcome, said} = await play(staged({node: (_, say) => engine(say)}, rest));
  expect(outcome.violation).toBe(null);
  return said;
}

describe('in mode virtual', () => {
  it('the time is the time of the node', async () => {
    const said = await saidBy(async say => {
      await sleep(250);
      say(`${Date.now() - EPOCH_MS} ${new Date().toISOString()} ${performance.now() - EPOCH_MS}`);
      say(String(process.hrtime.bigint() - BigInt(EPOCH_MS) * 1_000_000n));
    });
    expect(said).toEqual(['250 node 250 2026-01-01T00:00:00.250Z 250', '250 node 250000000']);
  });

  it('the time is bent as the clock of the node is', async () => {
    const said = await saidBy(
      async say => {
        await sleep(250);
        say(String(Date.now() - EPOCH_MS));
      },
      {faults: [{kind: 'clock-jump-forward', on: 'node', at: 100, arg: 7_000}]},
    );
    expect(said).toEqual(['250 node 7250']);
  });

  it('timers are timers of the node', async () => {
    const said = await saidBy(say => {
      const never = setTimeout(() => say('never'), 30);
      setTimeout(
        (a: string, b: string) => {
          say(`${a}${b}`);
          clearTimeout(never);
        },
        20,
        'x',
        'y',
      );
      setImmediate(() => say('immediately'));
      let rounds = 0;
      const interval = setInterval(() => {
        rounds += 1;
        say(`round ${rounds}`);
        if (rounds === 3) clearInterval(interval);
      }, 100);
      const byNumber = setTimeout(() => say('never'), 50);
      clearTimeout(Number(byNumber));
      setTimeout(() => say('refreshed'), 60)
        .refresh()
        .unref();
    });
    expect(said).toEqual([
      '1 node immediately',
      '20 node xy',
      '60 node refreshed',
      '100 node round 1',
      '200 node round 2',
      '300 node round 3',
    ]);
  });

  it('timers of the harness are the real ones all the while', async () => {
    let fired = 0;
    const mine = setTimeout(() => (fired += 1), 0);
    const cleared = setTimeout(() => (fired += 10), 0);
    await play(
      staged(
        {node: () => void Array.from({length: 50}, (_, index) => setTimeout(() => undefined, index))},
        {system: {observe: () => clearTimeout(cleared)}},
      ),
    );
    await sleep(5);
    clearTimeout(mine);
    expect(fired).toBe(1);
  });

  it('chance is the chance of the node: the same in every run', async () => {
    const engine = (say: Say): void => {
      say(
        `${Math.random()} ${crypto.randomUUID()} ${randomUUID()} ${randomBytes(4).toString('hex')} ${randomInt(6)}`,
      );
      say(crypto.getRandomValues(new Uint8Array(8)).join());
    };
    const first = await saidBy(engine);
    expect(await saidBy(engine)).toEqual(first);
    expect(first[0]).toMatch(
      /^0 node 0\.\d+ [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} [0-9a-f]{8}-\S+ [0-9a-f]{8} [0-5]$/,
    );
  });

  it('what ticks and immediates await is over before anything else happens', async () => {
    const ticking: Script = (host, say) => {
      for (let round = 1; round <= 3; round += 1) {
        setTimeout(() => {
          process.nextTick(() => {
            void (async () => {
              await Promise.resolve();
              process.nextTick(() => say(`${host.id} ${Date.now() - EPOCH_MS}`));
            })();
          });
        }, round * 10);
      }
    };
    const {said} = await play(staged({a: ticking, b: ticking}));
    expect(said).toEqual(
      [10, 20, 30].flatMap(atMs => ['a', 'b'].map(node => `${atMs} ${node} ${node} ${atMs}`)),
    );
  });

  it('fetch asks the node that the URL names', async () => {
    const {said} = await play(
      staged({
        server: host =>
          host.net.serve(async ({method, path, headers, body}) => ({
            status: 201,
            headers: {'x-answer': 'yes'},
            body: JSON.stringify([method, path, headers['content-type'], String(body)]),
          })),
        client: async (_, say) => {
          const answer = await fetch('http://server/a?b=c', {
            method: 'PUT',
            headers: {'Content-Type': 'text/x'},
            body: 'héllo',
          });
          say(
            `${answer.status} ${answer.ok} ${answer.headers.get('x-answer')} ${JSON.stringify(await answer.json())}`,
          );
          const bytes = await fetch('http://server/', {method: 'POST', body: new Uint8Array([104, 105])});
          say(await bytes.text());
        },
      }),
    );
    expect(said.map(line => line.split(' ').slice(1).join(' '))).toEqual([
      'client 201 true yes ["PUT","/a?b=c","text/x","héllo"]',
      'client ["POST","/",null,"104,105"]',
    ]);
  });

  it.each([
    ['lost', 'lose-response', 30_000],
    ['reset', 'reset', 20],
  ])('fetch rejects as the real one does when its answer is %s', async (_, act, atMs) => {
    const {said} = await play(
      staged(
        {
          server: host => host.net.serve(async () => ok()),
          client: async (__, say) => {
            try {
              await fetch('http://server/x');
            } catch (error) {
              say(`${String(error)} ${error instanceof TypeError} ${String((error as Error).cause)}`);
            }
          },
        },
        {
          fates: {
            'client>server GET /x #1 req': {delayMs: 10},
            'client>server GET /x #1 res': {delayMs: 10, act},
          },
        },
      ),
    );
    const code = act === 'reset' ? 'reset' : 'timeout';
    expect(said).toEqual([`${atMs} client TypeError: fetch failed true NetError: GET /x to server: ${code}`]);
  });

  it('fetch can be aborted, by hand or by time', async () => {
    const asking = async (say: Say, signal: AbortSignal): Promise<void> => {
      try {
        await fetch('http://server/x', {signal});
      } catch (error) {
        say((error as Error).name);
      }
    };
    const {outcome, said} = await play(
      staged({
        server: host => host.net.serve(() => new Promise(() => undefined)),
        client: async (_, say) => {
          const controller = new AbortController();
          setTimeout(() => controller.abort(), 100);
          await asking(say, controller.signal);
          await asking(say, controller.signal);
          await asking(say, AbortSignal.timeout(200));
        },
      }),
    );
    expect(outcome.violation).toBe(null);
    expect(said).toEqual(['100 client AbortError', '100 client AbortError', '300 client TimeoutError']);
  });

  /** A replica as people write one who never heard of a simulator. */
  const engine: Script = (host, say) => {
    const items = new Map<string, number>();
    host.net.serve(async request => {
      const incoming = JSON.parse(String(request.body)) as [string, number][];
      for (const [id, at] of incoming) items.set(id, Math.max(at, items.get(id) ?? 0));
      return ok(JSON.stringify([...items]));
    });
    const other = host.id === 'a' ? 'b' : 'a';
    const beat = setInterval(() => {
      if (Math.random() < 0.5) items.set(crypto.randomUUID(), Date.now());
    }, 70);
    const sync = async (): Promise<void> => {
      const answer = await fetch(`http://${other}/sync`, {method: 'POST', body: JSON.stringify([...items])});
      for (const [id, at] of (await answer.json()) as [string, number][]) items.set(id, at);
      say(`${items.size} ${[...items.keys()].sort((x, y) => (x < y ? -1 : 1)).join()}`);
    };
    const round = (): void => {
      sync()
        .catch((error: unknown) => say(String(error)))
        .finally(() => setTimeout(round, 100 + Math.floor(Math.random() * 50)));
    };
    round();
    setTimeout(() => clearInterval(beat), 1_500);
  };

  const wild: Partial<Play> = {
    plan: {
      weather: {'lose-request': 5, 'lose-response': 5, delay: 4, truncate: 6, reset: 6},
      stormMs: 60_000,
    },
    fates: null,
    faults: [{kind: 'crash', on: 'b', at: 900, lasts: 300, arg: 0}],
    trace: true,
  };

  it('an engine that was not written for a host runs deterministically', async () => {
    const first = await play(staged({a: engine, b: engine}, wild));
    const second = await play(staged({a: engine, b: engine}, wild));
    expect(first.outcome.violation).toBe(null);
    expect(second.outcome.trace).toEqual(first.outcome.trace);
    expect(second.outcome.digest).toBe(first.outcome.digest);
    expect(first.said.length).toBeGreaterThan(10);
    expect(first.said.some(line => line.includes('TypeError: fetch failed'))).toBe(true);
  });

  it.runIf('WebSocket' in globalThis)(
    'a WebSocket, which no host can answer for, is refused and found',
    async () => {
      const {outcome} = await play(staged({node: () => void new WebSocket('ws://server/')}));
      expect(outcome.violation).toMatchObject({claim: 'SIM-GUARD', node: 'node', code: 'WebSocket'});
    },
  );
});
