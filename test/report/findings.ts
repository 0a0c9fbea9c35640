/** Findings as a page is made from: a plausible run of any length, in which every kind of thing happens to a message. */
import type {Explanation, Film, FilmedBodies, Frame} from '../../src/sim/explanation.ts';
import type {ReportData} from '../../src/report/html/data.ts';
import type {Json} from '../../src/sim/json.ts';
import type {TraceKind} from '../../src/sim/trace.ts';
import {aPlan, aViolation, SEED} from './samples.ts';

type Values = Readonly<Record<string, string | number>>;

const SERVER = 's1';
const CLIENTS = ['c1', 'c2', 'c3'] as const;
const PATHS = ['POST /v1/push', 'GET /v1/pull', 'POST /v1/reconcile'] as const;

/** What happens to one exchange, in turns. */
const FATES = [
  'calm',
  'lose-request',
  'calm',
  'tamper',
  'duplicate',
  'lose-response',
  'http-status',
  'refused',
  'truncate',
] as const;

/** Writes a trace, and films it. */
class Tale {
  readonly lines: string[] = [
    JSON.stringify({schema: 'syncstorm.trace/1', system: 'sample', variant: 'default', seed: SEED}),
  ];
  readonly frames: Frame[] = [];
  readonly bodies: Record<string, FilmedBodies> = {};
  #n = 0;
  #t = 0;
  #exchanges = 0;
  readonly #queues = new Map<string, string[]>();
  readonly #cursors = new Map<string, number>();

  get count(): number {
    return this.#n;
  }

  later(ms: number): void {
    this.#t += ms;
  }

  event(k: TraceKind, at: string, values: Values = {}): number {
    this.#n += 1;
    this.lines.push(JSON.stringify({n: this.#n, t: this.#t, k, at, ...values}));
    return this.#n;
  }

  end(): void {
    this.lines.push(JSON.stringify({end: true, n: this.#n, t: this.#t, digest: 'acdb95c048fb6309'}));
  }

  /** Tells a node's state as of the last event. */
  frame(node: string): void {
    const cursor = this.#cursors.get(node) ?? 0;
    const items = Object.fromEntries(
      Array.from({length: 6}, (_, i) => [
        `item${i + 1}`,
        {level: cursor > i ? 'read' : null, clock: Math.max(0, cursor - i)},
      ]),
    );
    const state: Json =
      node === SERVER
        ? {
            'rows in the feed': cursor,
            heads: {c1: cursor, c2: cursor},
            'end of the feed': [`row ${cursor - 1}`, `row ${cursor}`],
          }
        : {
            lifecycle: cursor % 2 === 0 ? 'idle' : 'pulling',
            cursor: cursor === 0 ? null : `2026-01-01T00:00:0${cursor % 10}.000Z`,
            queue: [...(this.#queues.get(node) ?? [])],
            items,
          };
    this.frames.push({event: this.#n, node, state});
  }

  edit(node: string, id: string): void {
    this.event('op', node, {
      op: id,
      kind: 'edit',
      args: JSON.stringify({key: `k${this.#n}`, value: this.#n}),
    });
    this.#queues.set(node, [...(this.#queues.get(node) ?? []), `edit of k${this.#n}`]);
    this.event('sql', node, {db: `${node}/client`, label: 'insert queue', changes: 1});
    this.event('commit', node, {db: `${node}/client`, changes: 1});
    this.event('op-end', node, {op: id});
    this.frame(node);
  }

  /** One exchange, and what its fate makes of it. */
  sync(node: string, id: string, fate: (typeof FATES)[number]): void {
    this.#exchanges += 1;
    const x = this.#exchanges;
    const what = PATHS[x % PATHS.length] ?? PATHS[0];
    this.bodies[String(x)] = {
      path: `${what}?after=${x}`,
      request: JSON.stringify({clientId: node, operations: [{opId: `${node}-${x}`, value: x}]}),
      answer: JSON.stringify({items: [{id: x, level: 'read'}], hasMore: false}),
      ...(fate === 'tamper' ? {arrived: JSON.stringify({items: [], hasMore: true})} : {}),
      ...(fate === 'truncate' ? {arrived: '{"items":[{"id":'} : {}),
    };
    this.event('op', node, {op: id, kind: 'sync', args: 'null'});
    this.event('attempt', node, {stage: 'pull', phase: 'begins'});
    this.event('send', node, {to: 'api', x, what, body: 1_234_567 + x});
    if (fate === 'lose-request' || fate === 'duplicate' || fate === 'http-status')
      this.#fate(node, `${node}>api ${what} #${x} req`, fate);
    this.later(7);
    const failure = this.#leg(node, x, what, fate);
    if (failure === '') {
      this.#cursors.set(node, (this.#cursors.get(node) ?? 0) + 1);
      this.#queues.set(node, []);
      this.event('commit', node, {db: `${node}/client`, changes: 3});
      this.event('attempt', node, {stage: 'pull', phase: 'done', code: '', message: ''});
    } else {
      this.event('attempt', node, {
        stage: 'pull',
        phase: 'failed',
        code: failure,
        message: `pull failed: ${failure}`,
      });
    }
    this.event('op-end', node, {op: id});
    this.frame(node);
    this.later(40);
  }

  #fate(at: string, key: string, act: string): void {
    this.event('fate', at, {key, act, arg: 1});
  }

  /** Everything after the request has left. Returns the code with which it failed; empty if it did not. */
  #leg(node: string, x: number, what: string, fate: (typeof FATES)[number]): string {
    const fail = (code: string): string => {
      this.event('fail', node, {from: 'api', x, code});
      return code;
    };
    if (fate === 'lose-request') {
      this.later(30_000);
      return fail('timeout');
    }
    if (fate === 'refused') return fail('refused');
    if (fate === 'http-status') {
      this.event('receive', node, {from: 'api', x, status: 503, act: 'http-status'});
      return 'http503';
    }
    this.#serve(node, x, what);
    const key = `${node}>api ${what} #${x} res`;
    if (fate === 'lose-response') {
      this.#fate(SERVER, key, fate);
      this.later(30_000);
      return fail('timeout');
    }
    if (fate === 'tamper' || fate === 'truncate') this.#fate(SERVER, key, fate);
    this.later(9);
    const act = fate === 'tamper' ? 'tamper:pull-empty-promise' : fate === 'truncate' ? 'truncate' : '';
    this.event('receive', node, {from: 'api', x, status: 200, act});
    if (fate === 'duplicate') {
      this.later(12);
      this.#serve(node, x, what);
    }
    return act === '' ? '' : 'invalid';
  }

  #serve(node: string, x: number, what: string): void {
    this.event('arrive', SERVER, {from: node, x, what});
    this.event('sql', SERVER, {db: 'server/server', label: 'insert feed', changes: 1});
    this.event('probe', SERVER, {mark: 'server.pull.page'});
    this.#cursors.set(SERVER, (this.#cursors.get(SERVER) ?? 0) + 1);
    this.event('commit', SERVER, {db: 'server/server', changes: 1});
    this.event('answer', SERVER, {to: node, x, status: 200, body: 7_654_321 + x});
    this.frame(SERVER);
  }
}

/** A finding whose trace has `count` events (at least 90), the violation last. */
export function aPage(count = 240): ReportData {
  const tale = new Tale();
  for (const at of [SERVER, ...CLIENTS]) tale.event('boot', at, {release: 1, cause: ''});
  for (const at of [SERVER, ...CLIENTS]) {
    tale.event('booted', at);
    tale.frame(at);
  }
  tale.later(458);
  happenings(tale, count);
  const sliceFrom = tale.count;
  tale.edit('c2', 'o-last');
  tale.sync('c2', 'o-sync', 'calm');
  tale.frame('c2');
  while (tale.count < count - 1) tale.event('timer', 'c1');
  const violation = tale.event('violation', 'c2', {
    claim: 'VFS-3',
    signature: aViolation().signature,
    message: aViolation().message,
  });
  tale.frame('c2');
  tale.end();
  return page(tale, [1, 2, ...numbers(sliceFrom, violation)]);
}

/** Faults and exchanges until the trace is nearly as long as it should be. */
function happenings(tale: Tale, count: number): void {
  const fault = (at: string, id: string, kind: string, phase: string): void =>
    void tale.event('fault', at, {id, kind, phase});
  for (let turn = 0; tale.count < count - 60; turn += 1) {
    const node = CLIENTS[turn % CLIENTS.length] ?? 'c1';
    const fate = FATES[turn % FATES.length] ?? 'calm';
    if (turn % 9 === 2) fault('c3', `f${turn}`, 'clock-jump-back', 'begins');
    if (turn % 9 === 4) fault('c1', `f${turn - 1}`, 'pause', 'begins');
    if (turn % 9 === 6) fault('c1', `f${turn - 3}`, 'pause', 'ends');
    if (turn % 9 === 7) {
      fault(SERVER, `f${turn}`, 'crash', 'begins');
      tale.event('crash', SERVER, {cause: `f${turn}`});
    }
    if (turn % 9 === 1) tale.edit(node, `o${turn}e`);
    tale.event('note', node, {note: 'lifecycle', data: '"SYNC"'});
    tale.sync(node, `o${turn}`, fate);
    if (turn % 9 === 7) {
      fault(SERVER, `f${turn}`, 'crash', 'ends');
      tale.event('boot', SERVER, {release: 1, cause: ''});
      tale.event('booted', SERVER);
    }
    if (turn % 9 === 8) fault('c3', `f${turn - 6}`, 'clock-jump-back', 'ends');
    if (turn === 9) tale.event('heal', '');
  }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({length: to - from + 1}, (_, index) => from + index);

function page(tale: Tale, slice: readonly number[]): ReportData {
  const minimal = aPlan({
    faults: [{id: 'f2', at: 458, kind: 'clock-jump-back', target: 2, lasts: 800, arg: 40_000}],
    fates: {'c1>api GET /v1/pull #1 res': {delayMs: 9, act: 'tamper', arg: 5}},
    weather: {},
  });
  const film: Film = {
    nodes: [SERVER, ...CLIENTS].map(id => ({id, role: id === SERVER ? 'server' : 'client', place: id})),
    frames: tale.frames,
    bodies: tale.bodies,
  };
  return {
    examined: {
      original: aPlan(),
      originalDigest: '0123456789abcdef',
      originalSize: {operations: 49, faults: 6, fates: 27, nodes: 5, steps: 82},
      minimal,
      digest: 'acdb95c048fb6309',
      size: {operations: 2, faults: 1, fates: 1, nodes: 4, steps: 4},
      violation: aViolation({
        expected: {
          cursor: '2026-01-01T00:00:18.200Z',
          items: {item1: 'read', item2: 'write'},
          queue: ['edit of k1'],
        },
        actual: {
          cursor: '2026-01-01T00:00:11.050Z',
          items: {item1: 'read', item3: 'read'},
          queue: ['edit of k1'],
        },
      }),
      locallyMinimal: true,
      runs: 122,
      explanation: explanation(slice),
      trace: tale.lines,
      film,
    },
    commands: {
      run: `npx syncstorm run sample --seed ${SEED}`,
      replay: 'npx syncstorm replay reports/failures/VFS-3_pull_skipped_client',
      explain: 'npx syncstorm explain reports/failures/VFS-3_pull_skipped_client',
    },
    test: "import {expect, test} from 'vitest';\n\ntest('VFS-3', async () => {\n  expect((await run(sample, {plan})).violation).toBeNull();\n});\n",
  };
}

function explanation(slice: readonly number[]): Explanation {
  const steps = [
    {kind: 'operation', id: 'o0', label: 'o0 sync on c1', atMs: 458},
    {kind: 'fault', id: 'f2', label: 'f2 clock-jump-back on c3', atMs: 700},
    {kind: 'fate', id: 'c1>api GET /v1/pull #1 res', label: 'tamper: c1>api GET /v1/pull #1 res', atMs: null},
    {kind: 'operation', id: 'o-last', label: 'o-last edit on c2', atMs: 900},
  ] as const;
  const hits = [2, 3, 3, 20, 40];
  return {
    curve: [null, ...steps].map((step, fixed) => ({fixed, step, runs: 40, hits: hits[fixed] ?? 0})),
    necessary: steps.map((step, index) => ({step, necessary: [true, null, false, true][index] ?? null})),
    kinds: [
      {kind: 'fate delay', count: 12, necessary: false},
      {kind: 'operation edit', count: 36, necessary: true},
      {kind: 'fault crash', count: 2, necessary: null},
    ],
    slice,
    nearest: {
      without: steps[3],
      event: 20,
      failing: '{"n":20,"t":458,"k":"op","at":"c2","op":"o-last","kind":"edit","args":"null"}',
      passing: '{"n":20,"t":460,"k":"heal","at":""}',
    },
  };
}
