/** Settling: what never ends or never comes to hold is named; what comes late is fine. */
import {describe, expect, it} from 'vitest';
import type {Claim, OperationSpec, Scene} from '../../src/index.ts';
import {play, type Play} from './toys/stage.ts';

const operation = (run: OperationSpec['run'], role = 'node'): OperationSpec => ({
  weight: 1,
  role,
  draw: () => null,
  run,
});

const settled = (id: string, holds: (scene: Scene) => boolean): Claim => ({
  id,
  sentence: `${id} comes to hold`,
  when: 'settled',
  check: scene => (holds(scene) ? 'holds' : {code: 'not-yet', node: 'node', message: `${id} does not hold`}),
});

const quiet: Play = {
  nodes: {other: () => undefined, node: () => undefined},
  plan: {stormMs: 1_000, patienceMs: 60_000},
};

const never = (): Promise<void> => new Promise(() => undefined);

const violated = async (rest: Partial<Play>) => (await play({...quiet, ...rest})).outcome;

describe('an operation that never ends', () => {
  it('is named when patience is out, if it is one of settling', async () => {
    const {violation} = await violated({system: {operations: {sync: operation(never)}, settling: ['sync']}});
    expect(violation).toMatchObject({
      signature: 'SIM-SETTLE/settled/sync/-',
      message: 'patience is out after 1 rounds, waiting for sync on node',
    });
  });

  it('is named as well if it began in the storm', async () => {
    const {violation} = await violated({
      steps: [{kind: 'save', on: 'node', at: 500}],
      system: {operations: {save: operation(never)}},
    });
    expect(violation?.signature).toBe('SIM-SETTLE/settled/save/-');
    expect(violation?.message).toMatch(/^patience is out after \d+ rounds, waiting for save on node$/);
  });

  it('is waited for while it may end', async () => {
    let ended = 0;
    const {violation, virtualMs} = await violated({
      steps: [{kind: 'save', on: 'node', at: 500}],
      nodes: {node: {boot: async host => host}},
      system: {
        operations: {
          save: operation(async (_, doing) => {
            await (doing.program as {clock: {sleep: (ms: number) => Promise<void>}}).clock.sleep(20_000);
            ended = doing.scene.nowMs;
          }),
        },
      },
    });
    expect([violation, ended]).toEqual([null, 20_500]);
    expect(virtualMs).toBeGreaterThanOrEqual(20_500);
  });

  it('is over with the life of its node', async () => {
    const {violation} = await violated({
      steps: [{kind: 'save', on: 'node', at: 500}],
      faults: [{kind: 'crash', on: 'node', at: 600, lasts: 10, arg: 0}],
      system: {operations: {save: operation(never)}},
    });
    expect(violation).toBe(null);
  });

  it('is not asked of a node that is cut off for ever', async () => {
    const {violation} = await violated({
      steps: [{kind: 'save', on: 'node', at: 500}],
      faults: [{kind: 'partition', on: 'node', at: 600, lasts: null}],
      system: {operations: {save: operation(never), sync: operation(never)}, settling: ['sync']},
    });
    expect(violation).toBe(null);
  });
});

describe('a node that never boots', () => {
  it('is named when patience is out', async () => {
    const {violation} = await violated({nodes: {...quiet.nodes, node: {boot: never}}});
    expect(violation?.signature).toBe('SIM-SETTLE/settled/boot/-');
    expect(violation?.message).toMatch(/waiting for every node: node has not booted$/);
  });

  it('is not waited for where it is cut off for ever', async () => {
    const {violation} = await violated({
      nodes: {...quiet.nodes, node: {boot: never}},
      faults: [{kind: 'partition', on: 'node', at: 600, lasts: null}],
    });
    expect(violation).toBe(null);
  });
});

describe('a settled claim', () => {
  it('that never holds is named, with its own finding', async () => {
    const {violation} = await violated({
      system: {claims: [settled('FINE', () => true), settled('WRONG', () => false)]},
    });
    expect(violation).toMatchObject({
      signature: 'WRONG/settled/not-yet/node',
      sentence: 'WRONG comes to hold',
      message: 'WRONG does not hold',
      atMs: 61_000,
    });
  });

  it('that comes to hold late is fine', async () => {
    const {violation, virtualMs} = await violated({
      system: {claims: [settled('LATE', scene => scene.nowMs > 30_000)]},
    });
    expect(violation).toBe(null);
    expect(virtualMs).toBeGreaterThan(30_000);
    expect(virtualMs).toBeLessThan(61_000);
  });

  it('that holds only once the last round has come to its end is fine', async () => {
    const host = {boot: async (given: unknown) => given};
    const sleep = (ms: number) =>
      operation((_, doing) =>
        (doing.program as {clock: {sleep: (ms: number) => Promise<void>}}).clock.sleep(ms),
      );
    const {violation} = await violated({
      nodes: {node: host},
      plan: {stormMs: 1_000, patienceMs: 10_000},
      system: {
        operations: {sync: sleep(15_000)},
        settling: ['sync'],
        claims: [settled('ENDED', scene => scene.nowMs >= 16_000)],
      },
    });
    expect(violation).toBe(null);
  });

  it('that fails while a round is under way is what is named, not the round', async () => {
    const sleep = operation((_, doing) =>
      (doing.program as {clock: {sleep: (ms: number) => Promise<void>}}).clock.sleep(900),
    );
    const {violation} = await violated({
      nodes: {node: {boot: async host => host}},
      plan: {stormMs: 1_000, patienceMs: 10_000},
      system: {operations: {sync: sleep}, settling: ['sync'], claims: [settled('WRONG', () => false)]},
    });
    expect(violation?.signature).toBe('WRONG/settled/not-yet/node');
  });

  it('is judged once all nodes are up again, and not before', async () => {
    const asked: string[] = [];
    const {violation} = await violated({
      faults: [{kind: 'crash', on: 'node', at: 900, lasts: 50_000, arg: 0}],
      system: {
        claims: [settled('UP', scene => asked.push(String(scene.node('node')?.up)) > 0)],
      },
    });
    expect([violation, asked]).toEqual([null, ['true']]);
  });

  it('costs few rounds even where patience is long', async () => {
    const {happenings, violation} = await violated({
      plan: {stormMs: 0, patienceMs: 10_000_000},
      system: {claims: [settled('WRONG', () => false)]},
    });
    expect(violation?.claim).toBe('WRONG');
    expect(happenings).toBeLessThan(1_000);
  });
});

describe('settling', () => {
  it('runs its operations in order on every node of their role, round after round', async () => {
    const done: string[] = [];
    const noted = (kind: string, role: string) =>
      operation((_, doing) => void done.push(`${kind} ${doing.node} ${String(doing.settling)}`), role);
    const {violation} = await violated({
      nodes: {
        a: {role: 'client', script: () => undefined},
        b: {role: 'client', script: () => undefined},
        s: {role: 'server', script: () => undefined},
      },
      system: {
        operations: {
          push: noted('push', 'client'),
          pull: noted('pull', 'client'),
          tidy: noted('tidy', 'server'),
        },
        settling: ['push', 'tidy', 'pull'],
        claims: [settled('TWICE', () => done.length > 5)],
      },
    });
    const round = ['push a true', 'push b true', 'tidy s true', 'pull a true', 'pull b true'];
    expect([violation, done]).toEqual([null, [...round, ...round]]);
  });
});

describe('a run that makes no progress', () => {
  const busy = (host: Parameters<Extract<Play['nodes'][string], (...args: never) => unknown>>[0]): void => {
    host.clock.after(0, () => busy(host));
  };

  it('in the storm is ended by its budget', async () => {
    const {violation, happenings} = await violated({
      nodes: {node: busy},
      plan: {stormMs: 1_000, maxHappenings: 500},
    });
    expect(violation).toMatchObject({
      signature: 'SIM-BUDGET/storm/happenings/-',
      message: 'no end after 500 happenings: the storm has not even ended',
    });
    expect(happenings).toBe(500);
  });

  it('while it settles is ended by its budget, with what it waits for', async () => {
    const {violation} = await violated({
      nodes: {
        node: host => {
          host.clock.after(2_000, () => busy(host));
        },
      },
      plan: {stormMs: 1_000, maxHappenings: 500},
      system: {claims: [settled('WRONG', () => false)]},
    });
    expect(violation?.signature).toBe('SIM-BUDGET/settle/happenings/-');
    expect(violation?.message).toBe('no end after 500 happenings: waiting for WRONG: WRONG does not hold');
  });
});
