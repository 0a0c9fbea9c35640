/** Partitions, clogs and slow links: which messages they touch, and when they end. */
import {describe, expect, it} from 'vitest';
import {ok, play, post, told, type Play, type PlayedFault, type Script} from './toys/stage.ts';

const echo: Script = (host, say) =>
  host.net.serve(async request => {
    say(`asked ${String(request.body)}`);
    return ok();
  });

const TIMES = [100, 200, 300, 400];

/** Asks at 100, 200, 300 and 400 ms, each leg taking 10 ms, with patience for 50 ms. */
const asker: Script = (host, say) => {
  for (const atMs of TIMES) {
    host.clock.after(atMs, () => {
      void told(host.net.request('server', post('/x', String(atMs)), {timeoutMs: 50})).then(answer =>
        say(`${atMs}: ${answer}`),
      );
    });
  }
};

const fates = Object.fromEntries(
  TIMES.flatMap((_, index) =>
    ['req', 'res'].map(leg => [`asker>server POST /x #${index + 1} ${leg}`, {delayMs: 10}]),
  ),
);

const staged = (...faults: readonly PlayedFault[]): Play => ({nodes: {server: echo, asker}, fates, faults});

const served = (atMs: number): string[] => [
  `${atMs + 10} server asked ${atMs}`,
  `${atMs + 20} asker ${atMs}: 200 `,
];
const lost = (atMs: number): string[] => [`${atMs + 50} asker ${atMs}: NetError timeout`];
const unanswered = (atMs: number): string[] => [`${atMs + 10} server asked ${atMs}`, ...lost(atMs)];

describe('a partition', () => {
  it.each(['server', 'asker'])('of the %s loses what is sent either way, and ends by itself', async on => {
    const {outcome, said} = await play(staged({kind: 'partition', on, at: 150, lasts: 200}));
    expect(said).toEqual([...served(100), ...lost(200), ...lost(300), ...served(400)]);
    expect(outcome.hazards['partition']).toEqual({offered: 1, delivered: 1, effective: 2});
  });

  it.each([
    ['to the server', 'server', 0, lost],
    ['from the server', 'server', 1, unanswered],
    ['to the asker', 'asker', 0, unanswered],
    ['from the asker', 'asker', 1, lost],
  ])('may be one-way: %s', async (_, on, arg, seen) => {
    const {outcome, said} = await play(staged({kind: 'partition-one-way', on, at: 150, lasts: 100, arg}));
    expect(said).toEqual([...served(100), ...seen(200), ...served(300), ...served(400)]);
    expect(outcome.hazards['partition-one-way']?.effective).toBe(1);
  });

  it('lets through what was on its way before', async () => {
    const {said} = await play(staged({kind: 'partition', on: 'server', at: 205, lasts: 50}));
    expect(said.slice(2, 4)).toEqual(['210 server asked 200', '250 asker 200: NetError timeout']);
  });

  it('of two faults lasts until both have ended', async () => {
    const {said} = await play(
      staged(
        {kind: 'partition', on: 'server', at: 150, lasts: 200},
        {kind: 'partition', on: 'server', at: 180, lasts: 50},
      ),
    );
    expect(said).toEqual([...served(100), ...lost(200), ...lost(300), ...served(400)]);
  });

  it('for ever leaves a node cut off, which then owes nothing', async () => {
    const cutOff: (boolean | undefined)[] = [];
    const {outcome, said} = await play({
      ...staged({kind: 'partition', on: 'asker', at: 150, lasts: null}),
      system: {
        claims: [
          {
            id: 'SEEN',
            sentence: 'it is seen',
            when: 'settled',
            check: scene => {
              cutOff.push(scene.node('asker')?.cutOff, scene.node('server')?.cutOff);
              return 'holds';
            },
          },
        ],
      },
    });
    expect(said).toEqual([...served(100), ...lost(200), ...lost(300), ...lost(400)]);
    expect([outcome.verdict, cutOff]).toEqual(['ok', [true, false]]);
  });

  it('ends when the storm does', async () => {
    const {said} = await play({
      ...staged({kind: 'partition', on: 'asker', at: 150, lasts: 90_000}),
      plan: {stormMs: 250, patienceMs: 1_000},
      system: {
        claims: [
          {
            id: 'LATE',
            sentence: 'half a second has passed',
            when: 'settled',
            check: scene => (scene.nowMs > 500 ? 'holds' : {code: 'early', message: 'not yet'}),
          },
        ],
      },
    });
    expect(said.slice(0, 3)).toEqual([...served(100), ...lost(200)]);
    expect(said.filter(line => line.includes('asked 300'))).toHaveLength(1);
    expect(said.some(line => line.includes('300: 200'))).toBe(true);
  });
});

describe('a clog', () => {
  it("holds a node's messages back and lets them all arrive when it ends", async () => {
    const {outcome, said} = await play(staged({kind: 'clog', on: 'server', at: 150, lasts: 160}));
    expect(said).toEqual([
      ...served(100),
      ...lost(200),
      '310 server asked 200',
      '310 server asked 300',
      '320 asker 300: 200 ',
      ...served(400),
    ]);
    expect(outcome.hazards['clog']?.effective).toBe(1);
  });
});

describe('a slow link', () => {
  it('makes messages take many times longer', async () => {
    const {outcome, said} = await play(staged({kind: 'slow-link', on: 'asker', at: 150, lasts: 100, arg: 3}));
    expect(said.slice(0, 4)).toEqual([
      ...served(100),
      '230 server asked 200',
      '250 asker 200: NetError timeout',
    ]);
    expect(outcome.hazards['slow-link']?.effective).toBe(2);
  });

  it('does not keep what is late anyway beyond all patience', async () => {
    const {said} = await play({
      ...staged({kind: 'slow-link', on: 'asker', at: 150, lasts: 100, arg: 64}),
      fates: {...fates, 'asker>server POST /x #2 req': {delayMs: 20_000, act: 'delay', arg: 19_990}},
    });
    expect(said).toContain('60200 server asked 200');
  });
});
