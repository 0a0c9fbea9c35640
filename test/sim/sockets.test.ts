/** Sockets: ordered until they break, and of whose end one side may never hear. */
import {describe, expect, it} from 'vitest';
import type {NetError, Socket} from '../../src/index.ts';
import {play, playSound, type Play, type Say, type Script} from './toys/stage.ts';

const listen: Script = (host, say) =>
  host.net.listen(socket => {
    say(`accepts ${socket.peer}`);
    socket.onMessage(body => say(`gets ${String(body)}`));
    socket.onClose(reason => say(`ends: ${reason}`));
  });

/** Dials at 0 and does the rest with the socket, if it gets one. */
const dialing =
  (then: (socket: Socket, host: Parameters<Script>[0], say: Say) => unknown, timeoutMs = 1_000): Script =>
  async (host, say) => {
    try {
      const socket = await host.net.dial('server', {timeoutMs});
      say(`has ${socket.peer}`);
      socket.onMessage(body => say(`gets ${String(body)}`));
      socket.onClose(reason => say(`ends: ${reason}`));
      await then(socket, host, say);
    } catch (error) {
      say(`fails: ${(error as NetError).name} ${(error as NetError).code}`);
    }
  };

/** Everything takes 10 ms, the way back of a dial 1 ms. */
const fates: NonNullable<Play['fates']> = Object.fromEntries(
  ['client>server dial #1', 'client>server dial #2']
    .concat(
      ['client>server', 'server>client'].flatMap(link =>
        Array.from({length: 9}, (_, index) => `${link} socket #${index + 1}`),
      ),
    )
    .map(key => [key, {delayMs: 10}]),
);

const staged = (client: Script, rest: Partial<Play> = {}): Play => ({
  nodes: {server: listen, client},
  ...rest,
  fates: {...fates, ...rest.fates},
});

const sendAt =
  (...times: readonly number[]) =>
  (socket: Socket, host: Parameters<Script>[0]): void => {
    for (const atMs of times) host.clock.after(atMs - 11, () => socket.send(String(atMs)));
  };

const OPEN = ['10 server accepts client', '11 client has server'];

describe('a socket', () => {
  it('carries messages both ways in order, and its close after them', async () => {
    const said = await playSound({
      fates,
      nodes: {
        server: (host, say) =>
          host.net.listen(socket => {
            socket.onMessage(body => {
              say(`gets ${String(body)}`);
              socket.send(`re ${String(body)}`);
            });
            socket.onClose(reason => say(`ends: ${reason}`));
          }),
        client: dialing(async (socket, host) => {
          socket.send('a');
          socket.send('b');
          await host.clock.sleep(100);
          socket.send('c');
          socket.close();
          socket.send('never');
        }),
      },
    });
    expect(said).toEqual([
      '11 client has server',
      '21 server gets a',
      '21 server gets b',
      '31 client gets re a',
      '31 client gets re b',
      '121 server gets c',
      '121 server ends: closed',
    ]);
  });

  it('keeps the order of its messages when one of them is late', async () => {
    const {outcome, said} = await play(
      staged(dialing(sendAt(100, 110, 120)), {
        fates: {'client>server socket #1': {delayMs: 500, act: 'delay', arg: 490}},
      }),
    );
    expect(said).toEqual([...OPEN, '600 server gets 100', '600 server gets 110', '600 server gets 120']);
    expect(outcome.hazards['delay']?.effective).toBe(1);
  });

  it('keeps the order of its messages when a pause ends just as one arrives', async () => {
    const {said} = await play(
      staged(dialing(sendAt(100, 110)), {
        fates: {'client>server socket #2': {delayMs: 180}},
        faults: [{kind: 'pause', on: 'server', at: 90, lasts: 200}],
      }),
    );
    expect(said).toEqual([...OPEN, '290 server gets 100', '290 server gets 110']);
  });

  it('may be reset in mid-stream: both ends learn of it, the message and all after it are lost', async () => {
    const {outcome, said} = await play(
      staged(dialing(sendAt(100, 101, 200)), {
        fates: {'client>server socket #2': {delayMs: 30, act: 'reset'}},
      }),
    );
    expect(said).toEqual([
      ...OPEN,
      '110 server gets 100',
      '131 client ends: reset',
      '131 server ends: reset',
    ]);
    expect(outcome.hazards['reset']?.effective).toBe(1);
  });

  it('is text as UTF-8 would carry it, or a copy of bytes', async () => {
    const seen: unknown[] = [];
    await playSound({
      nodes: {
        server: host => host.net.listen(socket => socket.onMessage(body => seen.push(body))),
        client: dialing(socket => {
          const bytes = Buffer.from([1, 2]);
          socket.send(bytes);
          bytes.fill(9);
          socket.send('a\ud800');
        }),
      },
    });
    expect(seen).toEqual([new Uint8Array([1, 2]), 'a\ufffd']);
  });

  it('keeps messages, and the end of the stream, for a receiver that is set later', async () => {
    const said = await playSound({
      fates,
      nodes: {
        server: (host, say) =>
          host.net.listen(socket => {
            host.clock.after(1_000, () => {
              socket.onMessage(body => say(`gets ${String(body)}`));
              socket.onClose(reason => say(`ends: ${reason}`));
            });
          }),
        client: dialing(socket => {
          socket.send('a');
          socket.send('b');
          socket.close();
        }),
      },
    });
    expect(said).toEqual([
      '11 client has server',
      '1010 server gets a',
      '1010 server gets b',
      '1010 server ends: closed',
    ]);
  });

  it('that is closed by its own end tells that end nothing', async () => {
    const {said} = await play(staged(dialing(socket => socket.close())));
    expect(said).toEqual([...OPEN, '12 server ends: closed']);
  });
});

describe('a socket across a partition', () => {
  it('loses a message and with it all that are sent later; the sender gives up, the other end hears nothing', async () => {
    const {outcome, said} = await play(
      staged(dialing(sendAt(100, 200, 5_000, 20_000)), {
        faults: [{kind: 'partition', on: 'server', at: 150, lasts: 100}],
      }),
    );
    expect(said).toEqual([...OPEN, '110 server gets 100', '15200 client ends: reset']);
    expect(outcome.hazards['partition']?.effective).toBe(1);
  });

  it('stays open where nothing was sent meanwhile', async () => {
    const {said} = await play(
      staged(dialing(sendAt(100, 300)), {faults: [{kind: 'partition', on: 'server', at: 150, lasts: 100}]}),
    );
    expect(said).toEqual([...OPEN, '110 server gets 100', '310 server gets 300']);
  });

  it('stays open at the other end when it is closed, until that end sends in vain', async () => {
    const {said} = await play({
      fates,
      nodes: {
        server: (host, say) =>
          host.net.listen(socket => {
            socket.onClose(reason => say(`ends: ${reason}`));
            host.clock.after(1_000, () => socket.send('hello?'));
          }),
        client: dialing((socket, host) => void host.clock.after(100, () => socket.close())),
      },
      faults: [{kind: 'partition', on: 'server', at: 50, lasts: 200}],
    });
    expect(said).toEqual(['11 client has server', '16010 server ends: reset']);
  });

  it('counts clogs and slow links as effective', async () => {
    const {outcome, said} = await play(
      staged(dialing(sendAt(100, 300)), {
        faults: [
          {kind: 'clog', on: 'server', at: 90, lasts: 100},
          {kind: 'slow-link', on: 'server', at: 290, lasts: 100, arg: 3},
        ],
      }),
    );
    expect(said).toEqual([...OPEN, '190 server gets 100', '330 server gets 300']);
    expect([outcome.hazards['clog']?.effective, outcome.hazards['slow-link']?.effective]).toEqual([1, 1]);
  });
});

describe('a half-open socket', () => {
  it('is gone at the far end only; the node learns of it when it sends', async () => {
    const {outcome, said} = await play(
      staged(dialing(sendAt(100, 500)), {faults: [{kind: 'half-open', on: 'client', at: 200, lasts: 50}]}),
    );
    expect(said).toEqual([
      ...OPEN,
      '110 server gets 100',
      '201 server ends: reset',
      '15500 client ends: reset',
    ]);
    expect(outcome.hazards['half-open']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('is not to be had where there is no socket', async () => {
    const {outcome} = await play(
      staged(() => undefined, {faults: [{kind: 'half-open', on: 'client', at: 200, lasts: 50}]}),
    );
    expect(outcome.hazards['half-open']).toEqual({offered: 1, delivered: 0, effective: 0});
  });
});

describe('a crash of one end', () => {
  it.each([
    ['server', 'client'],
    ['client', 'server'],
  ])('of the %s resets the %s', async (on, other) => {
    const {said} = await play(
      staged(
        dialing(() => undefined),
        {faults: [{kind: 'crash', on, at: 100, lasts: 50, arg: 0}]},
      ),
    );
    expect(said.slice(0, 3)).toEqual([...OPEN, `101 ${other} ends: reset`]);
  });

  it('is not heard of across a partition', async () => {
    const {said} = await play(
      staged(
        dialing(() => undefined),
        {
          faults: [
            {kind: 'partition', on: 'server', at: 90, lasts: 50},
            {kind: 'crash', on: 'server', at: 100, lasts: 20, arg: 0},
          ],
        },
      ),
    );
    expect(said).toEqual(OPEN);
  });
});

describe('a dial', () => {
  const dialed = async (rest: Partial<Play>) =>
    (
      await play(
        staged(
          dialing(() => undefined),
          rest,
        ),
      )
    ).said;

  it('is refused by a node that does not listen', async () => {
    expect(await dialed({nodes: {server: () => undefined, client: dialing(() => undefined)}})).toEqual([
      '11 client fails: NetError refused',
    ]);
  });

  it('is refused by a node that is down', async () => {
    const said = await dialed({faults: [{kind: 'crash', on: 'server', at: 5, lasts: 100, arg: 0}]});
    expect(said).toEqual(['11 client fails: NetError refused']);
  });

  it('is unreachable under a name that nobody has', async () => {
    expect(await dialed({nodes: {client: dialing(() => undefined)}})).toEqual([
      '1 client fails: NetError unreachable',
    ]);
  });

  it('times out across a partition', async () => {
    const client: Script = async (host, say, context) => {
      await host.clock.sleep(20);
      await dialing(() => undefined)(host, say, context);
    };
    const said = await dialed({
      nodes: {server: listen, client},
      faults: [{kind: 'partition', on: 'server', at: 10, lasts: 100}],
    });
    expect(said).toEqual(['1020 client fails: NetError timeout']);
  });

  it('times out when its answer is lost, and the far end then sends in vain', async () => {
    const said = await dialed({
      nodes: {
        server: (host, say) =>
          host.net.listen(socket => {
            say('accepts');
            socket.onClose(reason => say(`ends: ${reason}`));
            socket.send('hello');
          }),
        client: dialing(() => undefined),
      },
      faults: [{kind: 'partition-one-way', on: 'server', at: 0, lasts: 50, arg: 1}],
    });
    expect(said).toEqual([
      '10 server accepts',
      '1000 client fails: NetError timeout',
      '15010 server ends: reset',
    ]);
  });

  it('may be reset', async () => {
    const said = await dialed({fates: {'client>server dial #1': {delayMs: 10, act: 'reset'}}});
    expect(said).toEqual(['10 client fails: NetError reset']);
  });

  it('that comes too late is hung up on', async () => {
    const said = await dialed({fates: {'client>server dial #1': {delayMs: 2_000, act: 'delay', arg: 1_990}}});
    expect(said).toEqual([
      '1000 client fails: NetError timeout',
      '2000 server accepts client',
      '2002 server ends: closed',
    ]);
  });

  it('of a life that is over is not accepted', async () => {
    const said = await dialed({
      fates: {'client>server dial #1': {delayMs: 200}},
      faults: [{kind: 'crash', on: 'client', at: 100, lasts: 1_000, arg: 0}],
    });
    expect(said).toEqual(['1110 server accepts client', '1111 client has server']);
  });

  it('leaves nothing behind that happens later', async () => {
    const {outcome} = await play({
      ...staged(dialing(() => undefined)),
      plan: {stormMs: 50, patienceMs: 50_000},
    });
    expect(outcome.virtualMs).toBeLessThan(100);
    expect(outcome.happenings).toBeLessThan(12);
  });
});
