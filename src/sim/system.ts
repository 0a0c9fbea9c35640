/** What a system gives to be simulated: its nodes, what users do to it, what may go wrong, and what must be true. */
import type {Body, Host, HttpRequest, HttpResponse, NetErrorCode} from '../host.ts';
import {UsageError} from './assert.ts';
import type {SmallScope} from './explore/scope.ts';
import type {Json} from './json.ts';
import type {Stream} from './random.ts';
import type {NodeView, Scene} from './scene.ts';

/** A world as a system draws it: plain data that all its nodes, operations and claims are made from. */
export type World = {readonly [key: string]: Json};

/** What a program is told about this boot, beside its host. */
export interface BootContext {
  /** Which release of the program to boot: 1 unless an upgrade is in force. */
  readonly release: number;
  /** Why the node's disk is not what it left: the operator says so. Null on an ordinary boot. */
  readonly disk: 'restored' | 'rebuilt' | null;
  /** True for the second life of an identity that runs beside the first. */
  readonly twin: boolean;
  /** Tells the harness something that happened inside the program (a callback that fired, say): it is traced and observed. */
  note(kind: string, data: Json): void;
  /** Tells the harness that the program completed a step of what it is attempting: a failure from here on leaves this state. */
  progressed(): void;
}

/** One node of a world. */
export interface NodeSpec {
  readonly id: string;
  readonly role: string;
  /** Where it keeps its databases; nodes that name the same place share them. Its own id unless told. */
  readonly place?: string;
  /** Addresses it answers to beside its id; nodes that share one take turns. */
  readonly addresses?: readonly string[];
  /** Starts the program. What it returns is what operations and claims see of it. */
  readonly boot: (host: Host, context: BootContext) => Promise<unknown>;
}

/** One thing a user can do. */
export interface OperationSpec {
  /** Share among the enabled operations when a plan is drawn: a positive integer; 0 is never drawn (only settling uses it). */
  readonly weight: number;
  /** The role that does it; only running nodes of that role are picked. */
  readonly role: string;
  /** Always on: swarming never switches it off. */
  readonly essential?: boolean;
  readonly draw: (random: Stream, world: World) => Json;
  /** Does it. A rejection is a violation of the node unless it happened inside an attempt. */
  readonly run: (args: Json, doing: Doing) => Promise<void> | void;
}

/** How an attempt that failed is told: what a report shows and a signature is made of. */
export interface Failure {
  readonly stage: string;
  readonly code: string;
  readonly message: string;
}

/** Something that may fail and must then have changed nothing. */
export interface AttemptSpec<T> {
  readonly stage: string;
  /** The node's exported state as plain data; what a failed attempt must leave as it was. */
  readonly state: () => Json;
  readonly run: () => Promise<T>;
  readonly failure: (error: unknown) => Failure;
}

export type AttemptResult<T> =
  {readonly ok: true; readonly value: T} | {readonly ok: false; readonly failure: Failure};

/** An operation at work on its node. */
export interface Doing {
  readonly scene: Scene;
  /** The node's id, its role, and its program as `boot` returned it. */
  readonly node: string;
  readonly program: unknown;
  readonly operation: string;
  /** True once the storm is over. */
  readonly settling: boolean;
  /** The node's clock, for arguments that are times. */
  now(): number;
  attempt<T>(spec: AttemptSpec<T>): Promise<AttemptResult<T>>;
  /** Declares a change that this operation made while attempts are in flight on the node: `change` maps the state before to the state after. */
  residue(change: (state: Json) => Json): void;
  note(kind: string, data: Json): void;
}

/** An answer changed as a faulty or hostile peer would change it. */
export interface Tamper {
  /** Shown as `tamper:<id>`. */
  readonly id: string;
  /** How much likelier than others a stubborn peer is to do just this; 1 unless told. For lies that work only when repeated. */
  readonly stubbornWeight?: number;
  readonly matches: (request: HttpRequest) => boolean;
  /** The changed answer, or null where this answer gives it nothing to change. `earlier`: answers of this kind on this link, oldest first. */
  readonly apply: (answer: HttpResponse, about: TamperContext) => HttpResponse | null;
}

export interface TamperContext {
  readonly request: HttpRequest;
  readonly earlier: readonly HttpResponse[];
  /** Answers to other nodes of the same kind of request, latest of each, by node id. */
  readonly others: ReadonlyMap<string, HttpResponse>;
  readonly random: Stream;
}

export type AnswerSeen =
  | {readonly kind: 'http'; readonly response: HttpResponse}
  | {readonly kind: 'failure'; readonly code: NetErrorCode};

/** What the harness tells a system's ledger, in the order in which it happens. */
export type Observation =
  | {
      readonly kind: 'boot';
      readonly node: string;
      readonly disk: 'restored' | 'rebuilt' | null;
      readonly twinOf: string | null;
    }
  | {readonly kind: 'booted'; readonly node: string; readonly program: unknown}
  | {readonly kind: 'crash'; readonly node: string; readonly forGood: boolean}
  /** A request reached a server's handler. */
  | {
      readonly kind: 'request';
      /** Tells two arrivals of one request apart. */
      readonly serving: number;
      readonly exchange: number;
      readonly node: string;
      readonly from: string;
      readonly request: HttpRequest;
    }
  /** A server's handler answered; nothing has happened to the answer yet. */
  | {
      readonly kind: 'response';
      readonly serving: number;
      readonly exchange: number;
      readonly node: string;
      readonly from: string;
      readonly request: HttpRequest;
      readonly response: HttpResponse;
    }
  /** An answer, or its absence, is about to reach the node that asked. `exchange` is 0 where no server ever saw the request. */
  | {
      readonly kind: 'answer';
      readonly exchange: number;
      readonly node: string;
      readonly to: string;
      readonly request: HttpRequest;
      readonly answer: AnswerSeen;
      readonly act: string | null;
    }
  /** A node sent a request. */
  | {readonly kind: 'sent'; readonly node: string; readonly to: string; readonly request: HttpRequest}
  | {readonly kind: 'message'; readonly node: string; readonly from: string; readonly body: Body}
  | {readonly kind: 'commit'; readonly node: string; readonly place: string; readonly database: string}
  /** A place's databases were put back to an earlier state, or emptied; its nodes are down. */
  | {
      readonly kind: 'rewound';
      readonly place: string;
      readonly cause: 'restored' | 'rebuilt' | 'lost-tail' | 'wiped';
    }
  | {
      readonly kind: 'attempt';
      readonly node: string;
      readonly stage: string;
      readonly failure: Failure | null;
      readonly retry: boolean;
    }
  | {readonly kind: 'probe'; readonly node: string; readonly mark: string}
  | {readonly kind: 'note'; readonly node: string; readonly note: string; readonly data: Json}
  | {readonly kind: 'healed'};

/** What a claim found: null where there was nothing to judge, `holds`, or what is wrong. */
export type Judgement = null | 'holds' | Finding;

export interface Finding {
  readonly message: string;
  readonly code: string;
  readonly stage?: string;
  readonly node?: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/** A sentence that must hold. */
export interface Claim<Ledger = unknown> {
  readonly id: string;
  readonly sentence: string;
  /** `always`: after every happening that an observer could notice. `settled`: must come to hold once the world is healed. */
  readonly when: 'always' | 'settled';
  check(scene: Scene, ledger: Ledger): Judgement;
}

/** Which hazards a system can meet, and the roles that meet them. */
export type HazardRoles = {readonly [hazard: string]: readonly string[]};

export interface SystemSpec<Ledger = unknown> {
  readonly name: string;
  /** One line for `list`. */
  readonly summary: string;
  readonly variants?: readonly string[];
  /** Draws the world of a run. `variant` is one of `variants`, or `default`. */
  readonly drawWorld: (random: Stream, variant: string) => World;
  /** Simpler worlds than this one, boldest first: what a shrinker tries. Each must be smaller by a measure that ends somewhere. */
  readonly simplerWorlds?: (world: World) => readonly World[];
  readonly nodes: (world: World) => readonly NodeSpec[];
  readonly operations: {readonly [kind: string]: OperationSpec};
  /** How many operations a plan has, and how long the storm lasts in virtual ms. Bounds included. */
  readonly size: {
    readonly operations: readonly [number, number];
    readonly stormMs: readonly [number, number];
  };
  /** Kinds of operation run on every node of their role, in order, round after round, until all settled claims hold. */
  readonly settling: readonly string[];
  readonly patienceMs?: number;
  readonly hazards: HazardRoles;
  readonly tampers?: readonly Tamper[];
  /** Makes the harness-side memory that observations feed and claims read. */
  ledger(world: World): Ledger;
  observe?(observation: Observation, ledger: Ledger, scene: Scene): void;
  readonly claims: readonly Claim<Ledger>[];
  /**
   * What a person wants to see of a node, up or down, beside the trace: plain data with readable names, bounded in size.
   * Null where nothing can be seen at the moment: then it is as it was. It must change nothing. Unless told, the rows of
   * all tables of the node's databases as they are committed.
   */
  inspect?(scene: Scene, node: NodeView): Json | null;
  /** The claim that a failed attempt breaks when it changed something, or failed differently when tried again. */
  readonly attemptClaim?: {readonly id: string; readonly sentence: string};
  /** What `explore` enumerates to its end: the heart of the system as pure functions, under one of its variants. */
  smallScope?(variant: string): SmallScope;
  /** Marks that a campaign must have seen. */
  readonly goals: readonly string[];
  /** What to do about code that reaches past its host: `forbid` (a violation), or `virtual`: the globals answer from the host. */
  readonly globals?: 'forbid' | 'virtual';
}

export interface System<Ledger = unknown> extends SystemSpec<Ledger> {
  readonly kind: 'syncstorm.system';
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Checks a system's definition and marks it as one. Throws {@link UsageError} for what can be seen to be wrong. */
export function defineSystem<Ledger>(spec: SystemSpec<Ledger>): System<Ledger> {
  if (!NAME.test(spec.name))
    throw new UsageError(`a system's name is lower-case letters, digits and dashes, got "${spec.name}"`);
  const claims = new Set<string>();
  for (const claim of spec.claims) {
    if (claims.has(claim.id)) throw new UsageError(`${spec.name}: two claims have the id ${claim.id}`);
    claims.add(claim.id);
  }
  for (const kind of spec.settling) {
    if (spec.operations[kind] === undefined)
      throw new UsageError(`${spec.name}: settling names no operation: "${kind}"`);
  }
  for (const [kind, operation] of Object.entries(spec.operations)) {
    if (!Number.isInteger(operation.weight) || operation.weight < 0) {
      throw new UsageError(`${spec.name}: the weight of operation ${kind} must be an integer >= 0`);
    }
  }
  return {...spec, kind: 'syncstorm.system'};
}

export const isSystem = (value: unknown): value is System =>
  typeof value === 'object' && value !== null && (value as {kind?: unknown}).kind === 'syncstorm.system';
