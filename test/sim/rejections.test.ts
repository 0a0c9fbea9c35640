/** Errors that a node lets escape: each is found, told apart, and never ends the harness. */
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {ok, play, post, type Play, type Script} from './toys/stage.ts';

const violated = async (given: Play) => (await play(given)).outcome.violation;

/** Rejections that reached whoever else listens: a test runner, say. */
const leaked: unknown[] = [];
const leak = (reason: unknown): void => void leaked.push(reason);

beforeEach(() => {
  leaked.length = 0;
  process.on('unhandledRejection', leak);
});

afterEach(async () => {
  await new Promise(resolve => setImmediate(resolve));
  process.off('unhandledRejection', leak);
  expect(leaked).toEqual([]);
});

/** As careless code does. */
const rejectWith = async (reason: unknown): Promise<never> => {
  throw reason;
};

const bystander: Script = host => host.net.serve(async () => ok());

describe('a node that lets an error escape', () => {
  it('by leaving a rejection unhandled', async () => {
    const found = await violated({
      nodes: {
        bystander,
        culprit: async host => {
          await host.clock.sleep(30);
          void Promise.reject(new TypeError('forgotten'));
          await host.clock.sleep(1_000);
        },
      },
    });
    expect(found).toMatchObject({
      signature: 'SIM-CRASH/-/unhandled-rejection/culprit',
      node: 'culprit',
      message: 'culprit left a rejection unhandled: TypeError: forgotten',
    });
    // the boots of two nodes, then this
    expect(found?.happening).toBe(3);
  });

  it('by leaving one unhandled just before it crashes', async () => {
    const found = await violated({
      nodes: {
        culprit: async host => {
          if (host.clock.now() % 1_000 > 0) return;
          await host.clock.sleep(30);
          void host.clock.sleep(0).then(() => Promise.reject(new Error('forgotten')));
        },
      },
      faults: [{kind: 'crash', on: 'culprit', at: 35, lasts: 10, arg: 0}],
    });
    expect(found?.signature).toBe('SIM-CRASH/-/unhandled-rejection/culprit');
  });

  it('by rejecting with something that is no error', async () => {
    const found = await violated({nodes: {culprit: () => void rejectWith('just text')}});
    expect(found?.message).toBe('culprit left a rejection unhandled: just text');
  });

  it('in a timer', async () => {
    const found = await violated({
      nodes: {
        bystander,
        culprit: host => {
          host.clock.after(10, () => {
            throw new RangeError('too far');
          });
        },
      },
    });
    expect(found).toMatchObject({
      signature: 'SIM-CRASH/timer/exception/culprit',
      message: 'culprit let an error escape: RangeError: too far',
      atMs: 10,
    });
  });

  it.each([
    ['at once', () => JSON.parse('{') as never],
    ['later', () => Promise.reject(new Error('no'))],
    ['with something that is no error', () => rejectWith('no')],
    ['by answering nothing', () => Promise.resolve(undefined as never)],
  ])('in a request handler, %s', async (_, handler) => {
    const found = await violated({
      nodes: {
        culprit: host => host.net.serve(handler),
        asker: host => void host.net.request('culprit', post('/x')).catch(() => undefined),
      },
    });
    expect(found?.signature).toBe('SIM-CRASH/POST /x/handler/culprit');
  });

  it('in a receiver of messages, and in one of a socket', async () => {
    const fail = (): never => {
      throw new Error('no');
    };
    const received = await violated({
      nodes: {culprit: host => host.net.receive(fail), other: host => host.net.send('culprit', 'x')},
    });
    expect(received?.signature).toBe('SIM-CRASH/io/exception/culprit');
    const listened = await violated({
      nodes: {
        culprit: host => host.net.listen(socket => socket.onMessage(fail)),
        other: async host => (await host.net.dial('culprit')).send('x'),
      },
    });
    expect(listened?.signature).toBe('SIM-CRASH/io/exception/culprit');
  });

  it.each([
    ['at once', () => JSON.parse('{') as never],
    ['later', () => Promise.reject(new Error('no'))],
  ])('in its boot, %s', async (_, boot) => {
    const found = await violated({nodes: {bystander, culprit: {boot}}});
    expect(found?.signature).toBe('SIM-CRASH/boot/boot/culprit');
  });

  it('in an operation', async () => {
    const found = await violated({
      nodes: {bystander, culprit: () => undefined},
      steps: [{kind: 'fail', on: 'culprit', at: 20}],
      system: {
        operations: {
          fail: {
            weight: 1,
            role: 'culprit',
            draw: () => null,
            run: () => {
              throw new Error('no');
            },
          },
        },
      },
    });
    expect(found).toMatchObject({signature: 'SIM-CRASH/fail/operation/culprit', node: 'culprit', atMs: 20});
  });

  it('in a microtask of its own', async () => {
    const found = await violated({
      nodes: {
        bystander,
        culprit: async host => {
          await host.clock.sleep(10);
          queueMicrotask(() => {
            throw new Error('from a microtask');
          });
          await host.clock.sleep(1_000);
        },
      },
    });
    expect(found).toMatchObject({
      signature: 'SIM-CRASH/microtask/exception/culprit',
      message: 'culprit let an error escape: Error: from a microtask',
      atMs: 10,
    });
  });

  it('by giving the host what no host can do', async () => {
    const found = await violated({
      nodes: {culprit: host => host.clock.after(10, () => void host.random.integer(2, 1))},
    });
    expect(found).toMatchObject({claim: 'SIM-CRASH', node: 'culprit'});
  });

  it('is told in the outcome; what an engine says of it is not in the trace, for it differs between versions', async () => {
    const culprit: Script = async host => {
      await host.clock.sleep(5);
      (undefined as unknown as {x: () => void}).x();
    };
    const {outcome} = await play({nodes: {culprit}, trace: true});
    expect(outcome.violation?.message).toMatch(/^culprit left a rejection unhandled: TypeError: Cannot read/);
    const line = outcome.trace?.find(text => text.includes('"k":"violation"')) ?? '';
    expect(JSON.parse(line)).toMatchObject({at: 'culprit', claim: 'SIM-CRASH', message: ''});
  });

  it('is found at the earliest of its errors, in the same run again', async () => {
    const given: Play = {
      nodes: {
        late: async host => {
          await host.clock.sleep(50);
          throw new Error('second');
        },
        early: async host => {
          await host.clock.sleep(20);
          throw new Error('first');
        },
        loud: host => {
          host.clock.after(70, () => {
            throw new Error('third');
          });
        },
      },
    };
    const first = await play(given);
    const second = await play(given);
    expect(first.outcome.violation?.message).toBe('early left a rejection unhandled: Error: first');
    expect(second.outcome).toEqual(first.outcome);
  });
});

describe('a rejection', () => {
  it('that is handled later is fine', async () => {
    const found = await violated({
      nodes: {
        node: async host => {
          const failing = Promise.reject(new Error('handled in time'));
          await host.clock.sleep(50);
          await failing.catch(() => undefined);
        },
      },
    });
    expect(found).toBe(null);
  });

  it('that is handled later is fine beside one that is not', async () => {
    const found = await violated({
      nodes: {
        node: async host => {
          const failing = Promise.reject(new Error('handled in time'));
          await host.clock.sleep(50);
          await failing.catch(() => undefined);
        },
        culprit: async host => {
          await host.clock.sleep(80);
          throw new Error('forgotten');
        },
      },
    });
    expect(found).toMatchObject({node: 'culprit'});
  });

  it('leaves the listeners of the process as they were', async () => {
    const before = process.listeners('unhandledRejection');
    await violated({nodes: {culprit: () => void Promise.reject(new Error('no'))}});
    expect(process.listeners('unhandledRejection')).toEqual(before);
  });
});

describe("an error of the system's own ledger", () => {
  it('is no finding about a node: the run fails with it', async () => {
    const observe = (): never => {
      throw new Error('a broken ledger');
    };
    await expect(play({nodes: {node: host => host.probe('x')}, system: {observe}})).rejects.toThrow(
      'a broken ledger',
    );
    const check = (): never => {
      throw new Error('a broken claim');
    };
    const claims = [{id: 'A', sentence: 'a', when: 'always' as const, check}];
    await expect(play({nodes: {node: host => host.probe('x')}, system: {claims}})).rejects.toThrow(
      'a broken claim',
    );
    expect((await play({nodes: {node: () => undefined}})).outcome.verdict).toBe('ok');
  });
});
