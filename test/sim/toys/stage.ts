/** A stage: a few nodes given as functions, a plan given in full, and what the nodes said, each line with its time. */
import {
  defineSystem,
  PLAN_SCHEMA,
  run,
  type BootContext,
  type Host,
  type HttpRequest,
  type HttpResponse,
  type Json,
  type Outcome,
  type Plan,
  type System,
  type SystemSpec,
} from '../../../src/index.ts';

/** Takes down a line. */
export type Say = (text: string) => void;

/** What a node does from its boot on; it is booted at once and goes on by itself. */
export type Script = (host: Host, say: Say, context: BootContext) => unknown;

export interface Actor {
  readonly role?: string;
  readonly place?: string;
  readonly addresses?: readonly string[];
  readonly script?: Script;
  /** In place of a script: the boot itself, whose result is the program. */
  readonly boot?: (host: Host, say: Say, context: BootContext) => Promise<unknown>;
}

export interface PlayedFault {
  readonly kind: string;
  readonly on: string;
  readonly at: number;
  readonly lasts?: number | null;
  readonly arg?: number;
}

export interface Play {
  readonly nodes: {readonly [id: string]: Script | Actor};
  readonly faults?: readonly PlayedFault[];
  /** Fates by key; calm unless named. Null: drawn from the weather. */
  readonly fates?: Plan['fates'];
  readonly steps?: readonly {kind: string; on: string; at: number; args?: Json}[];
  readonly system?: Partial<SystemSpec>;
  readonly plan?: Partial<Plan>;
  readonly trace?: boolean;
}

export interface Played {
  readonly outcome: Outcome;
  /** `<virtual ms> <node> <text>`. */
  readonly said: readonly string[];
}

const roleOf = (id: string, actor: Script | Actor): string =>
  typeof actor === 'function' ? id : (actor.role ?? id);

/** Runs a script in the background: its failure is an unhandled rejection of its node. */
function started(script: Script | undefined, host: Host, say: Say, context: BootContext): Promise<unknown> {
  if (script !== undefined) void (async () => script(host, say, context))();
  return Promise.resolve({});
}

/** The system that a play is. What its nodes say is pushed to `said`. */
export function systemOf(play: Play, said: string[]): System {
  const roles = [...new Set(Object.entries(play.nodes).map(([id, actor]) => roleOf(id, actor)))];
  return defineSystem({
    name: 'stage',
    summary: 'a few nodes and a plan',
    drawWorld: () => ({}),
    nodes: () =>
      Object.entries(play.nodes).map(([id, actor]) => {
        const {script, boot, ...rest}: Actor = typeof actor === 'function' ? {script: actor} : actor;
        return {
          id,
          ...rest,
          role: roleOf(id, actor),
          boot: (host, context) => {
            const say: Say = text => context.note('say', text);
            return boot === undefined ? started(script, host, say, context) : boot(host, say, context);
          },
        };
      }),
    operations: {},
    size: {operations: [0, 0], stormMs: [1, 1]},
    settling: [],
    hazards: Object.fromEntries((play.faults ?? []).map(({kind}) => [kind, roles])),
    ledger: () => null,
    observe: (seen, _, scene) => {
      if (seen.kind === 'note' && seen.note === 'say') {
        said.push(`${scene.nowMs} ${seen.node} ${seen.data as string}`);
      }
    },
    claims: [],
    goals: [],
    ...play.system,
  });
}

/** The plan of a play: everything calm but for what it names. */
export function planOf(play: Play): Plan {
  const ids = Object.keys(play.nodes);
  return {
    schema: PLAN_SCHEMA,
    system: play.system?.name ?? 'stage',
    variant: 'default',
    seed: '0x0000000000000000',
    world: {},
    operations: (play.steps ?? []).map(({kind, on, at, args = null}, index) => ({
      id: `o${index + 1}`,
      at,
      kind,
      // operations pick among the nodes of their role
      target: ids
        .filter(id => roleOf(id, play.nodes[id] as Actor) === roleOf(on, play.nodes[on] as Actor))
        .indexOf(on),
      args,
    })),
    faults: (play.faults ?? []).map(({kind, on, at, lasts = 1000, arg = 1}, index) => ({
      id: `f${index + 1}`,
      at,
      kind,
      target: ids.indexOf(on),
      lasts,
      arg,
    })),
    weather: {},
    fates: play.fates === undefined ? {} : play.fates,
    stormMs: 100_000,
    patienceMs: 100_000,
    maxHappenings: 100_000,
    ...play.plan,
  };
}

export async function play(play: Play): Promise<Played> {
  const said: string[] = [];
  const outcome = await run(systemOf(play, said), {plan: planOf(play), trace: play.trace === true});
  return {outcome, said};
}

/** A play in which nothing is found. */
export async function playSound(given: Play): Promise<readonly string[]> {
  const {outcome, said} = await play(given);
  if (outcome.violation !== null) throw new Error(outcome.violation.message);
  return said;
}

export const post = (path: string, body: HttpRequest['body'] = ''): HttpRequest => ({
  method: 'POST',
  path,
  headers: {},
  body,
});

export const ok = (body: HttpResponse['body'] = ''): HttpResponse => ({status: 200, headers: {}, body});

/** What became of a request, as a line. */
export async function told(answering: Promise<HttpResponse>): Promise<string> {
  try {
    const {status, body} = await answering;
    return `${status} ${String(body)}`;
  } catch (error) {
    return `${(error as Error).name} ${String((error as {code?: unknown}).code)}`;
  }
}
