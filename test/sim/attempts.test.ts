/** Attempts: a failed one changes nothing, and fails the same way when it meets the same answers. */
import {describe, expect, it} from 'vitest';
import {
  NetError,
  type AttemptSpec,
  type Doing,
  type Host,
  type Json,
  type Observation,
} from '../../src/index.ts';
import {ok, play, post, type Play, type Script} from './toys/stage.ts';

/** A program whose state is a list, kept as it is worked on. */
interface Program {
  readonly host: Host;
  readonly list: number[];
  readonly progressed: () => void;
}

const client: Play['nodes'][string] = {
  role: 'client',
  boot: async (host, _, context) =>
    ({host, list: [1], progressed: () => context.progressed()}) satisfies Program,
};

const failure = (error: unknown) => ({
  stage: 'sync',
  code: error instanceof NetError ? error.code : 'failed',
  message: String(error),
});

const programOf = (doing: Doing): Program => doing.program as Program;

const attempt = (
  doing: Doing,
  run: (program: Program) => Promise<unknown>,
  state: (program: Program) => Json = ({list}) => list,
) =>
  doing.attempt({
    stage: 'sync',
    state: () => state(programOf(doing)),
    run: () => run(programOf(doing)),
    failure,
  } satisfies AttemptSpec<unknown>);

/** Runs operations at the given times on one client beside a server. */
async function tried(
  operations: {readonly [kind: string]: (doing: Doing) => Promise<unknown>},
  steps: readonly (readonly [kind: string, at: number])[] = Object.keys(operations).map(kind => [kind, 10]),
  rest: Partial<Play> = {},
) {
  const attempts: (Observation & {kind: 'attempt'})[] = [];
  const {outcome, said} = await play({
    nodes: {client, server: host => host.net.serve(async () => ok())},
    steps: steps.map(([kind, at]) => ({kind, on: 'client', at})),
    ...rest,
    system: {
      operations: Object.fromEntries(
        Object.entries(operations).map(([kind, run]) => [
          kind,
          {weight: 1, role: 'client', draw: () => null, run: (_, doing) => run(doing) as Promise<void>},
        ]),
      ),
      observe: seen => void (seen.kind === 'attempt' && attempts.push(seen)),
      ...rest.system,
    },
  });
  return {
    outcome,
    said,
    attempts: attempts.map(({stage, failure: f, retry}) =>
      `${stage} ${f?.code ?? 'done'} ${retry ? 'again' : ''}`.trim(),
    ),
  };
}

const no = (): never => {
  throw new Error('no');
};

describe('an attempt', () => {
  it('that succeeds may change what it likes', async () => {
    const results: unknown[] = [];
    const {outcome, attempts} = await tried({
      sync: async doing => results.push(await attempt(doing, async ({list}) => list.push(2))),
    });
    expect([outcome.violation, attempts, results]).toEqual([null, ['sync done'], [{ok: true, value: 2}]]);
    expect(outcome.claims['SIM-ATTEMPT']).toEqual({checked: 1, armed: 0});
  });

  it('that fails is told by its failure, not thrown', async () => {
    const results: unknown[] = [];
    const {outcome} = await tried({sync: async doing => results.push(await attempt(doing, no))});
    expect(outcome.violation).toBe(null);
    expect(results).toEqual([{ok: false, failure: {stage: 'sync', code: 'failed', message: 'Error: no'}}]);
    expect(outcome.claims['SIM-ATTEMPT']?.armed).toBeGreaterThan(0);
  });

  it('that fails after it changed something is found, although its state is what the node works on', async () => {
    const {outcome} = await tried({
      sync: async doing =>
        attempt(doing, async ({list}) => {
          list.push(2);
          no();
        }),
    });
    expect(outcome.violation).toMatchObject({
      signature: 'SIM-ATTEMPT/sync/changed/client',
      node: 'client',
      message: 'client: a failed sync (failed) changed $[1]',
      actual: 2,
    });
  });

  it.each([
    ['a member that is gone', {a: 1, b: 2}, {a: 1}, '$.b'],
    ['a member that is new', {a: 1}, {a: 1, b: 2}, '$.b'],
    ['a member within', {a: [{b: null}]}, {a: [{b: 0}]}, '$.a[0].b'],
    ['a list in place of an object', {a: {}}, {a: []}, '$.a'],
    ['a shorter list', {a: [1, 2]}, {a: [1]}, '$.a[1]'],
  ])('that fails and leaves %s is found where it differs', async (_, before, after, path) => {
    let state: Json = before;
    const {outcome} = await tried({
      sync: async doing =>
        attempt(
          doing,
          async () => {
            state = after;
            no();
          },
          () => state,
        ),
    });
    expect(outcome.violation?.message).toBe(`client: a failed sync (failed) changed ${path}`);
  });

  it('that fails and leaves the same state in another order of members has changed nothing', async () => {
    let state: Json = {a: 1, b: 2};
    const {outcome} = await tried({
      sync: async doing =>
        attempt(
          doing,
          async () => {
            state = {b: 2, a: 1};
            no();
          },
          () => state,
        ),
    });
    expect(outcome.violation).toBe(null);
  });

  it('breaks the claim that the system names for it', async () => {
    const attemptClaim = {id: 'TOY-7', sentence: 'a failed sync changes nothing'};
    const {outcome} = await tried(
      {
        sync: async doing =>
          attempt(doing, async ({list}) => {
            list.push(2);
            no();
          }),
      },
      undefined,
      {system: {attemptClaim}},
    );
    expect(outcome.violation).toMatchObject({claim: 'TOY-7', sentence: 'a failed sync changes nothing'});
  });

  it('that fails after a step keeps that step, and nothing after it', async () => {
    const stepping = (rest: (program: Program) => void) => ({
      sync: async (doing: Doing) =>
        attempt(doing, async program => {
          program.list.push(2);
          program.progressed();
          rest(program);
          no();
        }),
    });
    expect((await tried(stepping(() => undefined))).outcome.violation).toBe(null);
    const {outcome} = await tried(stepping(({list}) => list.push(3)));
    expect(outcome.violation?.message).toBe('client: a failed sync (failed) changed $[2]');
  });

  it('that a crash ended is over', async () => {
    const {outcome, attempts} = await tried(
      {
        sync: async doing => attempt(doing, async ({list, host}) => (list.push(2), host.clock.sleep(1_000))),
      },
      undefined,
      {faults: [{kind: 'crash', on: 'client', at: 50, lasts: 10, arg: 0}]},
    );
    expect([outcome.violation, attempts]).toEqual([null, []]);
  });
});

describe('what a user did meanwhile', () => {
  const slow = async (doing: Doing): Promise<unknown> =>
    attempt(doing, async ({host}) => {
      await host.clock.sleep(100);
      no();
    });
  const queue = (declare: (doing: Doing) => void) => async (doing: Doing) => {
    programOf(doing).list.push(7);
    declare(doing);
  };
  const steps = [
    ['sync', 10],
    ['queue', 50],
  ] as const;

  it('is allowed for, if it is declared', async () => {
    const declare = (doing: Doing): void => doing.residue(state => [...(state as number[]), 7]);
    const {outcome, attempts} = await tried({sync: slow, queue: queue(declare)}, steps);
    expect([outcome.violation, attempts]).toEqual([null, ['sync failed']]);
  });

  it('is found, if it is not declared', async () => {
    const {outcome} = await tried({sync: slow, queue: queue(() => undefined)}, steps);
    expect(outcome.violation?.signature).toBe('SIM-ATTEMPT/sync/changed/client');
  });

  it('is no reason to look away from anything else', async () => {
    const declare = (doing: Doing): void => doing.residue(state => [...(state as number[]), 8]);
    const {outcome} = await tried({sync: slow, queue: queue(declare)}, steps);
    expect(outcome.violation).toMatchObject({code: 'changed', expected: 8, actual: 7});
  });
});

/** Fails or not by what the server answers. */
const asking = async (program: Program, path = '/x'): Promise<void> => {
  const {status, body} = await program.host.net.request('server', post(path), {timeoutMs: 1_000});
  if (status !== 200) throw new Error(`${status} ${String(body)}`);
};

const refusing: Script = host => {
  let asked = 0;
  host.net.serve(async () => {
    asked += 1;
    return {status: 400, headers: {}, body: `refused ${asked}`};
  });
};

/** Which of the attempts of a play are tried again is drawn by the seed; half of all are. */
async function overSeeds(one: (seed: string) => ReturnType<typeof tried>) {
  const runs = [];
  for (let index = 0; index < 12; index += 1) runs.push(await one(`0x000000000000000${index.toString(16)}`));
  return runs;
}

describe('an attempt that failed and is tried against the same answers again', () => {
  it('meets those answers, and fails in the same way', async () => {
    const runs = await overSeeds(seed =>
      tried({sync: doing => attempt(doing, program => asking(program))}, undefined, {
        nodes: {client, server: refusing},
        plan: {seed},
      }),
    );
    expect(runs.every(({outcome}) => outcome.violation === null)).toBe(true);
    const again = runs.filter(({outcome}) => (outcome.probes['sim:retry-failed-alike'] ?? 0) > 0);
    expect(again.length).toBeGreaterThan(2);
    expect(again.length).toBeLessThan(10);
    for (const {attempts, outcome} of again) {
      expect(attempts).toEqual(['sync failed', 'sync failed again']);
      // the server was asked once
      expect(outcome.messages).toBe(2);
    }
  });

  it.each(['lose-response', 'reset'])('meets the same failure of the network again: %s', async act => {
    const runs = await overSeeds(seed =>
      tried({sync: doing => attempt(doing, program => asking(program))}, undefined, {
        plan: {seed},
        fates: {'client>server POST /x #1 res': {delayMs: 5, act}},
      }),
    );
    const code = act === 'reset' ? 'reset' : 'timeout';
    expect(runs.every(({outcome}) => outcome.violation === null)).toBe(true);
    expect(runs.some(({attempts}) => attempts.join() === `sync ${code},sync ${code} again`)).toBe(true);
  });

  it('and then fails otherwise is found', async () => {
    let tries = 0;
    const runs = await overSeeds(seed =>
      tried(
        {
          sync: doing =>
            attempt(doing, async program => {
              tries += 1;
              if (tries % 2 === 0) throw new Error('another reason');
              await asking(program);
            }),
        },
        undefined,
        {nodes: {client, server: refusing}, plan: {seed: ((tries = 0), seed)}},
      ),
    );
    const found = runs.flatMap(({outcome}) => (outcome.violation === null ? [] : [outcome.violation]));
    // the second try asked nothing, so that it did not meet the same answers: that is not judged
    expect(found).toEqual([]);
  });

  it.each([
    ['another failure', (): never => no(), 'failed'],
    ['success', () => undefined, 'success'],
  ])('and then ends with %s is found', async (_, second, actual) => {
    const runs = await overSeeds(seed => {
      let tries = 0;
      return tried(
        {
          sync: doing =>
            attempt(doing, async program => {
              tries += 1;
              try {
                await asking(program);
              } catch (error) {
                if (tries === 2) second();
                else throw error;
              }
            }),
        },
        undefined,
        {nodes: {client, server: refusing}, plan: {seed}},
      );
    });
    const found = runs.flatMap(({outcome}) => (outcome.violation === null ? [] : [outcome.violation]));
    expect(found.length).toBeGreaterThan(2);
    for (const violation of found) {
      expect(violation.signature).toBe('SIM-ATTEMPT/sync/other-failure/client');
      expect(JSON.stringify(violation.actual)).toContain(actual);
    }
  });

  it('is not judged where it waited for an answer that was asked for before it began', async () => {
    const onceKind: Script = host => {
      let asked = 0;
      host.net.serve(async () => {
        asked += 1;
        return {status: asked === 1 ? 200 : 400, headers: {}, body: ''};
      });
    };
    const runs = await overSeeds(seed =>
      tried(
        {
          sync: async doing => {
            // as a loop in the background asks, and what is asked of it meanwhile waits
            let before: Promise<void> | null = asking(programOf(doing));
            await attempt(doing, async program => {
              await before;
              before = null;
              await asking(program);
            });
          },
        },
        undefined,
        {nodes: {client, server: onceKind}, plan: {seed}},
      ),
    );
    for (const {outcome, attempts} of runs) {
      expect([outcome.violation, attempts, outcome.messages]).toEqual([null, ['sync failed'], 2]);
    }
  });

  it('is not judged where the disk failed: no retry can be made to meet that', async () => {
    const runs = await overSeeds(seed =>
      tried(
        {
          sync: doing =>
            attempt(doing, async program => {
              const database = await program.host.disk.open('db', ['CREATE TABLE t (x)']);
              await database.run('INSERT INTO t VALUES (1)');
            }),
        },
        undefined,
        {
          plan: {seed},
          fates: {'client sql client/db insert t #1': {delayMs: 0, act: 'failed-statement', arg: 1}},
        },
      ),
    );
    expect(runs.every(({outcome}) => outcome.violation === null)).toBe(true);
    expect(runs.every(({attempts}) => attempts.join() === 'sync failed')).toBe(true);
  });

  it('is not judged where the answer came over a socket', async () => {
    const runs = await overSeeds(seed => {
      let accepted = 0;
      return tried(
        {
          sync: doing =>
            attempt(doing, async ({host}) => {
              const socket = await host.net.dial('server');
              await new Promise<void>((resolve, reject) => {
                socket.onMessage(body => (body === 'fine' ? resolve() : reject(new Error(String(body)))));
              });
            }),
        },
        undefined,
        {
          plan: {seed},
          nodes: {
            client,
            server: host =>
              host.net.listen(socket => {
                accepted += 1;
                socket.send(accepted === 1 ? 'not now' : 'fine');
              }),
          },
        },
      );
    });
    expect(runs.every(({outcome}) => outcome.violation === null)).toBe(true);
    expect(runs.every(({attempts}) => attempts.join() === 'sync failed')).toBe(true);
  });

  it('is not tried again where another attempt ran beside it', async () => {
    const both = (doing: Doing) =>
      attempt(doing, async ({host}) => {
        await host.clock.sleep(50);
        no();
      });
    const runs = await overSeeds(seed => tried({one: both, two: both}, undefined, {plan: {seed}}));
    expect(runs.every(({attempts}) => attempts.join() === 'sync failed,sync failed')).toBe(true);
  });

  it('may not change anything either', async () => {
    const runs = await overSeeds(seed => {
      let tries = 0;
      return tried(
        {
          sync: doing =>
            attempt(doing, async program => {
              tries += 1;
              if (tries === 2) program.list.push(2);
              await asking(program);
            }),
        },
        undefined,
        {nodes: {client, server: refusing}, plan: {seed}},
      );
    });
    const found = runs.flatMap(({outcome}) => (outcome.violation === null ? [] : [outcome.violation]));
    expect(found.length).toBeGreaterThan(2);
    for (const {signature} of found) expect(signature).toBe('SIM-ATTEMPT/sync/changed/client');
  });
});
