/** Requests: what every fate does to one, as the asker sees it and as the server did it. */
import {describe, expect, it} from 'vitest';
import type {HttpRequest, HttpResponse, Tamper} from '../../src/index.ts';
import {ok, play, playSound, post, told, type Play, type Script} from './toys/stage.ts';

/** Answers `<n>:<body>`, n counting what it was asked. */
const echo: Script = (host, say) => {
  let asked = 0;
  host.net.serve(async request => {
    asked += 1;
    say(`asked ${String(request.body)}`);
    return ok(`${asked}:${String(request.body)}`);
  });
};

/** Asks at the given times, and says what came of it. */
const asking =
  (times: readonly (readonly [atMs: number, body: string])[], timeoutMs = 5_000): Script =>
  (host, say) => {
    for (const [atMs, body] of times) {
      host.clock.after(atMs, () => {
        void told(host.net.request('server', post('/x', body), {timeoutMs})).then(answer =>
          say(`${body}: ${answer}`),
        );
      });
    }
  };

const KEY = 'asker>server POST /x';
const calm = {delayMs: 10};

/** One echo server, one asker, every leg 10 ms unless told. */
const staged = (
  times: readonly (readonly [number, string])[],
  fates: Play['fates'],
  rest: Partial<Play> = {},
): Play => ({
  nodes: {server: echo, asker: asking(times)},
  fates: {
    ...Object.fromEntries(
      [1, 2, 3, 4].flatMap(n => [
        [`${KEY} #${n} req`, calm],
        [`${KEY} #${n} res`, calm],
      ]),
    ),
    ...fates,
  },
  ...rest,
});

describe('a request that meets nothing', () => {
  it('is served once and answered after both legs', async () => {
    expect(await playSound(staged([[100, 'a']], {}))).toEqual(['110 server asked a', '120 asker a: 200 1:a']);
  });

  it('takes 1 to 20 ms a leg where nothing is said of it', async () => {
    const said = await playSound({nodes: {server: echo, asker: asking([[100, 'a']])}});
    const [asked, answered] = said.map(line => Number(line.split(' ')[0]));
    expect(asked).toBeGreaterThan(100);
    expect(asked).toBeLessThanOrEqual(120);
    expect(answered).toBeGreaterThan(asked ?? 0);
    expect(answered).toBeLessThanOrEqual(140);
  });
});

describe('a request whose fate is', () => {
  const cases: readonly (readonly [string, Play['fates'], readonly string[]])[] = [
    [
      'to be lost',
      {[`${KEY} #1 req`]: {delayMs: 10, act: 'lose-request'}},
      ['5100 asker a: NetError timeout'],
    ],
    [
      'that its answer is lost',
      {[`${KEY} #1 res`]: {delayMs: 10, act: 'lose-response'}},
      ['110 server asked a', '5100 asker a: NetError timeout'],
    ],
    [
      'to be duplicated',
      {[`${KEY} #1 req`]: {delayMs: 10, act: 'duplicate', arg: 30}},
      ['110 server asked a', '120 asker a: 200 1:a', '140 server asked a'],
    ],
    [
      'to meet a proxy before the server',
      {[`${KEY} #1 req`]: {delayMs: 10, act: 'http-status', arg: 4}},
      ['110 asker a: 504 {"error":"temporarily unavailable"}'],
    ],
    [
      'to meet a proxy behind the server',
      {[`${KEY} #1 res`]: {delayMs: 10, act: 'http-status', arg: 5}},
      ['110 server asked a', '120 asker a: 429 <html><body>Bad gateway</body></html>'],
    ],
    [
      'to be reset after the server acted',
      {[`${KEY} #1 res`]: {delayMs: 10, act: 'reset'}},
      ['110 server asked a', '120 asker a: NetError reset'],
    ],
    [
      'to be late beyond its timeout',
      {[`${KEY} #1 req`]: {delayMs: 6_000, act: 'delay', arg: 5_990}},
      ['5100 asker a: NetError timeout', '6100 server asked a'],
    ],
    [
      'that its answer is late beyond its timeout',
      {[`${KEY} #1 res`]: {delayMs: 6_000, act: 'delay', arg: 5_990}},
      ['110 server asked a', '5100 asker a: NetError timeout'],
    ],
    [
      'that its answer is cut short',
      {[`${KEY} #1 res`]: {delayMs: 10, act: 'truncate', arg: 700}},
      ['110 server asked a', '120 asker a: 200 1:'],
    ],
    [
      'that its answer is a page of HTML',
      {[`${KEY} #1 res`]: {delayMs: 10, act: 'not-json'}},
      ['110 server asked a', '120 asker a: 200 <!doctype html><title>Sign in to the network</title>'],
    ],
  ];

  it.each(cases)('%s: it is seen and done so', async (_, fates, said) => {
    const {outcome, said: actual} = await play(staged([[100, 'a']], fates));
    expect(outcome.violation).toBe(null);
    expect(actual).toEqual(said);
    const [key, fate] = Object.entries(fates ?? {})[0] ?? ['', null];
    expect(outcome.fates[key]).toEqual(fate);
    expect(outcome.hazards[fate?.act ?? '']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('to be overtaken: the later one is served first', async () => {
    const {outcome, said} = await play(
      staged(
        [
          [100, 'a'],
          [101, 'b'],
        ],
        {[`${KEY} #1 req`]: {delayMs: 50, act: 'reorder', arg: 40}},
      ),
    );
    expect(said).toEqual([
      '111 server asked b',
      '121 asker b: 200 1:b',
      '150 server asked a',
      '160 asker a: 200 2:a',
    ]);
    expect(outcome.hazards['reorder']?.effective).toBe(1);
  });

  it('that an old answer comes in place of the new one: the server acted all the same', async () => {
    const {outcome, said} = await play(
      staged(
        [
          [100, 'a'],
          [200, 'b'],
          [300, 'c'],
        ],
        {[`${KEY} #3 res`]: {delayMs: 10, act: 'late-replay', arg: 2}},
      ),
    );
    expect(said.slice(4)).toEqual(['310 server asked c', '320 asker c: 200 1:a']);
    expect(outcome.hazards['late-replay']?.effective).toBe(1);
  });

  it('that an old answer comes where there is none: the new one comes', async () => {
    const {outcome, said} = await play(
      staged([[100, 'a']], {[`${KEY} #1 res`]: {delayMs: 10, act: 'late-replay', arg: 1}}),
    );
    expect(said[1]).toBe('120 asker a: 200 1:a');
    expect(outcome.hazards['late-replay']).toEqual({offered: 1, delivered: 1, effective: 0});
  });

  it('to be duplicated: the fate of the answer to the copy is its own', async () => {
    const said = await playSound(
      staged([[100, 'a']], {
        [`${KEY} #1 req`]: {delayMs: 10, act: 'duplicate', arg: 30},
        [`${KEY} #1 res`]: {delayMs: 10, act: 'lose-response'},
        [`${KEY} #1 res of the copy`]: {delayMs: 10},
      }),
    );
    expect(said).toEqual(['110 server asked a', '140 server asked a', '150 asker a: 200 2:a']);
  });
});

describe('a tampered answer', () => {
  const shout: Tamper = {
    id: 'shout',
    matches: ({path}) => path === '/x',
    apply: answer => ({...answer, body: String(answer.body).toUpperCase()}),
  };
  const stamp: Tamper = {
    id: 'stamp',
    matches: ({path}) => path === '/x',
    apply: answer => ({...answer, headers: {...answer.headers, stamped: 'yes'}}),
  };
  const nobody: Tamper = {id: 'nobody', matches: () => false, apply: () => null};
  const tampers = [nobody, shout];

  it.each([
    ['named', 'tamper:shout'],
    ['picked among those that match', 'tamper'],
  ])('arrives as the tamper makes it, %s', async (_, act) => {
    const {outcome, said} = await play(
      staged([[100, 'a']], {[`${KEY} #1 res`]: {delayMs: 10, act, arg: 1}}, {system: {tampers}}),
    );
    expect(said).toEqual(['110 server asked a', '120 asker a: 200 1:A']);
    expect(outcome.hazards['tamper:shout']?.effective).toBe(1);
  });

  it('arrives untouched where the tamper has nothing to change', async () => {
    const {outcome, said} = await play(
      staged(
        [[100, '7']],
        {[`${KEY} #1 res`]: {delayMs: 10, act: 'tamper:shout', arg: 1}},
        {system: {tampers}},
      ),
    );
    expect(said[1]).toBe('120 asker 7: 200 1:7');
    expect(outcome.hazards['tamper:shout']?.effective ?? 0).toBe(0);
  });

  it('arrives from a stubborn peer each time, while that lasts, in the one way that was picked', async () => {
    const times = [100, 200, 300, 400].map(atMs => [atMs, `a${atMs}`] as const);
    const fault = {kind: 'stubborn-peer', on: 'asker', at: 150, lasts: 200, arg: 1};
    const {outcome, said} = await play(staged(times, {}, {system: {tampers}, faults: [fault]}));
    const heard = said.filter(line => line.includes('asker')).map(line => line.split(': ')[1]);
    expect(heard).toEqual(['200 1:a100', '200 2:A200', '200 3:A300', '200 4:a400']);
    expect(outcome.hazards['stubborn-peer']).toEqual({offered: 1, delivered: 1, effective: 2});
  });

  it('may differ in nothing but its headers', async () => {
    let stamped: string | undefined;
    const {outcome} = await play({
      ...staged(
        [],
        {[`${KEY} #1 res`]: {delayMs: 10, act: 'tamper:stamp', arg: 1}},
        {system: {tampers: [stamp]}},
      ),
      nodes: {
        server: echo,
        asker: async host => {
          stamped = (await host.net.request('server', post('/x'))).headers['stamped'];
        },
      },
    });
    expect(stamped).toBe('yes');
    expect(outcome.hazards['tamper:stamp']?.effective).toBe(1);
  });
});

describe('what crosses the network', () => {
  const crossing = async (sent: HttpRequest['body'], answered: HttpResponse['body']) => {
    const seen: {asked?: HttpRequest['body']; heard?: HttpResponse['body']} = {};
    await playSound({
      nodes: {
        server: host =>
          host.net.serve(async request => {
            seen.asked = request.body;
            const later = ok(answered);
            host.clock.after(1, () => answered instanceof Uint8Array && answered.fill(9));
            return later;
          }),
        asker: async host => {
          const answering = host.net.request('server', post('/x', sent));
          if (sent instanceof Uint8Array) sent.fill(9);
          seen.heard = (await answering).body;
        },
      },
    });
    return seen;
  };

  it('is text as UTF-8 would carry it', async () => {
    expect(await crossing('a\ud800b 😀', 'c\udfff')).toEqual({asked: 'a\ufffdb 😀', heard: 'c\ufffd'});
  });

  it('is a copy of the bytes: changing them after sending changes nothing', async () => {
    const seen = await crossing(new Uint8Array([1, 2]), new Uint8Array([3, 4]));
    expect(seen).toEqual({asked: new Uint8Array([1, 2]), heard: new Uint8Array([3, 4])});
  });

  it('is a copy of the bytes of a Buffer, too', async () => {
    const seen = await crossing(Buffer.from([1, 2]), Buffer.from([3, 4]));
    expect(seen).toEqual({asked: new Uint8Array([1, 2]), heard: new Uint8Array([3, 4])});
  });

  it('is a copy of the headers on both ways', async () => {
    const shared: Record<string, string> = {a: '1'};
    let seen: Readonly<Record<string, string>> = {};
    let heard: Readonly<Record<string, string>> = {};
    await playSound({
      nodes: {
        server: host =>
          host.net.serve(async request => {
            seen = request.headers;
            return {status: 200, headers: shared, body: ''};
          }),
        asker: async host => {
          heard = (await host.net.request('server', {...post('/x'), headers: shared})).headers;
          shared['a'] = '2';
        },
      },
    });
    expect([seen, heard]).toEqual([{a: '1'}, {a: '1'}]);
  });
});

describe('a server that cannot be asked', () => {
  it('refuses while it is down, and serves again when it is up', async () => {
    const times = [
      [100, 'a'],
      [200, 'b'],
      [700, 'c'],
    ] as const;
    const said = await playSound({
      ...staged(times, {}),
      faults: [{kind: 'crash', on: 'server', at: 150, lasts: 500, arg: 0}],
    });
    expect(said).toEqual([
      '110 server asked a',
      '120 asker a: 200 1:a',
      '211 asker b: NetError refused',
      '710 server asked c',
      '720 asker c: 200 1:c',
    ]);
  });

  it('resets what it was serving when it crashes', async () => {
    const said = await playSound({
      ...staged([[100, 'a']], {}),
      nodes: {
        server: (host, say) =>
          host.net.serve(async () => {
            say('asked');
            await host.clock.sleep(1_000);
            say('never');
            return ok();
          }),
        asker: asking([[100, 'a']]),
      },
      faults: [{kind: 'crash', on: 'server', at: 500, lasts: 100, arg: 0}],
    });
    expect(said).toEqual(['110 server asked', '501 asker a: NetError reset']);
  });

  it('is unreachable under a name that nobody has', async () => {
    const said = await playSound({
      nodes: {asker: async (host, say) => say(await told(host.net.request('nobody', post('/x'))))},
    });
    expect(said).toEqual(['1 asker NetError unreachable']);
  });

  it('refuses when it has no handler', async () => {
    const said = await playSound({
      ...staged([[100, 'a']], {}),
      nodes: {server: () => undefined, asker: asking([[100, 'a']])},
    });
    expect(said).toEqual(['111 asker a: NetError refused']);
  });

  it('answers nothing to a life that is over', async () => {
    const said = await playSound({
      ...staged([[100, 'a']], {[`${KEY} #1 res`]: {delayMs: 1_000}}),
      faults: [{kind: 'crash', on: 'asker', at: 500, lasts: 10_000, arg: 0}],
    });
    expect(said.slice(0, 1)).toEqual(['110 server asked a']);
    expect(said.filter(line => line.startsWith('1120 '))).toEqual([]);
  });

  it.each([
    [0, '0 asker NetError timeout'],
    [7.9, '7 asker NetError timeout'],
    [-5, '0 asker NetError timeout'],
    [Number.NaN, '0 asker NetError timeout'],
  ])('is given up after %s ms', async (timeoutMs, line) => {
    const said = await playSound({
      nodes: {
        server: host => host.net.serve(() => new Promise(() => undefined)),
        asker: async (host, say) => say(await told(host.net.request('server', post('/x'), {timeoutMs}))),
      },
      fates: {[`${KEY} #1 req`]: {delayMs: 50}},
    });
    expect(said).toEqual([line]);
  });

  it('is given up after 30 seconds unless told', async () => {
    const said = await playSound({
      nodes: {
        server: host => host.net.serve(() => new Promise(() => undefined)),
        asker: async (host, say) => say(await told(host.net.request('server', post('/x')))),
      },
    });
    expect(said).toEqual(['30000 asker NetError timeout']);
  });
});

describe('an address', () => {
  const served = async (play: Partial<Play>, times: readonly number[]) => {
    const server = {
      role: 'server',
      addresses: ['api'],
      script: ((host, say) =>
        host.net.serve(async () => {
          say('served');
          return ok();
        })) as Script,
    };
    const said = await playSound({
      nodes: {
        one: server,
        two: server,
        asker: host => {
          for (const atMs of times)
            host.clock.after(atMs, () => void told(host.net.request('api', post('/x'))));
        },
      },
      ...play,
    });
    return said.map(line => line.split(' ')[1]);
  };

  it('is served by turns by those who share it', async () => {
    const servers = await served(
      {},
      Array.from({length: 40}, (_, index) => 100 + index * 100),
    );
    const ones = servers.filter(server => server === 'one').length;
    expect(servers.length).toBe(40);
    expect(ones).toBeGreaterThan(8);
    expect(ones).toBeLessThan(32);
  });

  it('is served by those who run while another is down', async () => {
    const crash = {kind: 'crash', on: 'one', at: 50, lasts: 90_000, arg: 0};
    const servers = await served(
      {faults: [crash]},
      Array.from({length: 20}, (_, index) => 100 + index * 100),
    );
    expect(servers).toEqual(Array.from({length: 20}, () => 'two'));
  });
});
