/** Short scripted scenarios on the simulator: steps and faults at known times, and all that was said by the end. */
import {
  defineSystem,
  PLAN_SCHEMA,
  run,
  type Observation,
  type OperationSpec,
  type Outcome,
  type Plan,
  type Scene,
  type SqlRow,
  type System,
} from '../../../src/index.ts';
import type {ExportedState, GuardrailViolation} from '../../../src/model/vfs/types.ts';
import {read, type Asked} from './answers.ts';
import {nodeIds, nodesOf, present, type Cast, type Program} from './cast.ts';

/** Steps begin the day after that of the golden vectors, so that no server finds their times too far ahead. */
const START_MS = 45 * 86_400_000;
/** Between one moment and the next: time enough for any request to be given up. */
export const MOMENT_MS = 60_000;

export interface Act {
  readonly on: string;
  readonly run: (node: Program) => unknown;
  /** After the beginning of its moment. */
  readonly delayMs?: number;
}

export interface Fault {
  readonly fault: string;
  readonly on: string;
  readonly lasts?: number | null;
  readonly arg?: number;
  readonly delayMs?: number;
}

/** What happens at one moment: one thing, or several at once. */
export type Moment = Act | Fault | readonly (Act | Fault)[];

export interface Script<Node extends string> extends Cast<Node> {
  readonly steps: readonly Moment[];
  /** Fates by the key of the message or statement; all else is calm. Each must be met. */
  readonly fates?: Plan['fates'];
  /** Read from the servers' database at the end. */
  readonly query?: string;
  /** A step whose node is down at its time is left out; else that is an error in the script. */
  readonly skipWhereDown?: boolean;
}

export interface Said<Node extends string> {
  /** By node, what its steps came to, in the order of their ends; a step cut off by a crash says nothing. */
  readonly told: Readonly<Record<Node | 's1' | 's2', unknown[]>>;
  readonly violations: Readonly<Record<Node, GuardrailViolation[]>>;
  /** Each client's state at the end. */
  readonly exports: Readonly<Record<Node, ExportedState>>;
  /** What reached a server, in order. */
  readonly asked: readonly Asked[];
  /** The real feed at the end, in its order. */
  readonly feed: readonly SqlRow[];
  readonly queried: readonly SqlRow[];
  /** The client's own name for what the feed calls so: feed ids are given by the server. */
  readonly opOf: (feedId: string) => string;
}

/** What a run leaves, begun anew with each world. */
interface Notes {
  readonly told: Record<string, unknown[]>;
  readonly violations: Record<string, GuardrailViolation[]>;
  readonly exports: Record<string, ExportedState>;
  readonly asked: Asked[];
  feed: readonly SqlRow[];
  queried: readonly SqlRow[];
  scene: Scene | null;
  begun: number;
}

interface Planned {
  readonly at: number;
  readonly what: Act | Fault;
}

/**
 * Runs a script. Throws if the harness found anything (an error that escaped, a step that never ends), and if a
 * fate, a fault or a step of the script met nothing.
 */
export async function script<Node extends string>(given: Script<Node>): Promise<Said<Node>> {
  let record = fresh(given);
  const system = systemOf(given, {begin: () => (record = fresh(given)), record: () => record});
  const outcome = await run(system, {plan: planOf(given)});
  if (outcome.violation !== null) throw new Error(outcome.violation.message);
  refuseUnmet(given, outcome, record);
  const names = new Map(record.feed.map(row => [row['id'], String(row['client_op_id'])]));
  return {...(record as unknown as Said<Node>), opOf: feedId => names.get(feedId) ?? feedId};
}

function refuseUnmet(given: Script<string>, {fates, hazards}: Outcome, {begun}: Notes): void {
  const unmet = Object.keys(given.fates ?? {}).filter(key => fates[key] === undefined);
  if (unmet.length > 0) throw new Error(`fates that nothing met: ${unmet.join(', ')}`);
  const planned = plannedIn(given);
  for (const {what} of planned) {
    if (isFault(what) && hazards[what.fault]?.delivered === 0) throw new Error(`${what.fault} met nothing`);
  }
  const acts = planned.filter(({what}) => !isFault(what)).length;
  if (begun < acts && given.skipWhereDown !== true)
    throw new Error(`${acts - begun} steps met a node that was down`);
}

function fresh(given: Script<string>): Notes {
  const byNode = <T>(): Record<string, T[]> => Object.fromEntries(nodeIds(given).map(id => [id, []]));
  const lists = {told: byNode<unknown>(), violations: byNode<GuardrailViolation>()};
  return {...lists, exports: {}, asked: [], feed: [], queried: [], scene: null, begun: 0};
}

const isFault = (what: Act | Fault): what is Fault => 'fault' in what;

const isOne = (moment: Moment): moment is Act | Fault => 'on' in moment;

const plannedIn = ({steps}: Script<string>): Planned[] =>
  steps.flatMap((moment, index) =>
    (isOne(moment) ? [moment] : moment).map(what => ({
      at: START_MS + index * MOMENT_MS + (what.delayMs ?? 0),
      what,
    })),
  );

function operationOf({on, run: body}: Act, record: () => Notes): OperationSpec {
  return {
    weight: 0,
    role: on,
    draw: () => null,
    run: async (_, doing) => {
      const {told} = record();
      record().begun += 1;
      try {
        told[on]?.push(plain(await body(doing.program as Program)));
      } catch (error) {
        told[on]?.push(refusal(error));
      }
    },
  };
}

const plain = (value: unknown): unknown =>
  value === undefined ? 'done' : (JSON.parse(JSON.stringify(value)) as unknown);

/** What was thrown, as the tests compare it. */
export function refusal(error: unknown): {readonly refused: string} {
  if (!(error instanceof Error)) return {refused: String(error)};
  const {rejectedResults: results} = error as {rejectedResults?: unknown};
  return {refused: error.message, ...(results === undefined ? {} : {results})};
}

function systemOf(
  given: Script<string>,
  {begin, record}: {readonly begin: () => Notes; readonly record: () => Notes},
): System<Notes> {
  const planned = plannedIn(given);
  const operations = planned.flatMap(({what}, index) =>
    isFault(what) ? [] : [[`step-${index}`, operationOf(what, record)] as const],
  );
  const faults = planned.flatMap(({what}) => (isFault(what) ? [what.fault] : []));
  return defineSystem<Notes>({
    name: 'script',
    summary: 'a scripted scenario',
    drawWorld: () => ({}),
    nodes: () =>
      nodesOf(
        given,
        () => present(record().scene),
        (node, violation) => record().violations[node]?.push(violation),
      ),
    operations: Object.fromEntries(operations),
    size: {operations: [0, 0], stormMs: [1, 1]},
    settling: [],
    hazards: Object.fromEntries(faults.map(kind => [kind, nodeIds(given)])),
    ledger: begin,
    observe: (seen, ledger, scene) => observed(seen, ledger, scene),
    claims: [
      {
        id: 'END',
        sentence: 'the end is looked at',
        when: 'settled',
        check: (scene, ledger) => {
          lookAt(scene, given, ledger);
          return 'holds';
        },
      },
    ],
    goals: [],
  });
}

function observed(seen: Observation, record: Notes, scene: Scene): void {
  record.scene = scene;
  if (seen.kind === 'request') record.asked.push(read(seen.from, seen.request));
}

function lookAt(scene: Scene, given: Script<string>, record: Notes): void {
  for (const id of Object.keys(given.clients)) {
    const program = scene.node(id)?.program as Program;
    if (program.runsClient) record.exports[id] = program.client.exportState();
  }
  const database = scene.database('server', 'server');
  record.feed = database?.all('SELECT * FROM vfs_crdt_ops ORDER BY occurred_ms, id') ?? [];
  record.queried = given.query === undefined ? [] : (database?.all(given.query) ?? []);
}

function planOf(given: Script<string>): Plan {
  const planned = plannedIn(given);
  const ids = nodeIds(given);
  return {
    schema: PLAN_SCHEMA,
    system: 'script',
    variant: 'default',
    seed: '0x0000000000000000',
    world: {},
    operations: planned.flatMap(({at, what}, index) =>
      isFault(what) ? [] : [{id: `o${index}`, at, kind: `step-${index}`, target: 0, args: null}],
    ),
    faults: planned.flatMap(({at, what}, index) => {
      if (!isFault(what)) return [];
      const {fault: kind, on, lasts = 1_000, arg = 0} = what;
      return [{id: `f${index}`, at, kind, target: ids.indexOf(on), lasts, arg}];
    }),
    weather: {},
    fates: given.fates ?? {},
    stormMs: START_MS + (given.steps.length + 1) * MOMENT_MS,
    patienceMs: 600_000,
    maxHappenings: 1_000_000,
  };
}
