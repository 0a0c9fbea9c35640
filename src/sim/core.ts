/** What the parts of one world share: time, trace, counts, who is running, and the first thing found wrong. */
import {Agenda, type Happening} from './agenda.ts';
import {CensusTaker, type CensusDepth} from './census.ts';
import type {Life} from './life.ts';
import {signatureOf, type Violation} from './outcome.ts';
import type {Plan} from './plan.ts';
import type {Finding, Observation} from './system.ts';
import {Tally} from './tally.ts';
import {Trace, type TraceKind, type Value} from './trace.ts';
import {Weather} from './weather.ts';

export interface ClaimName {
  readonly id: string;
  readonly sentence: string;
}

/** What a run keeps beside its digest; nothing of it changes what happens. */
export interface Recording {
  /** The trace's lines. */
  readonly trace?: boolean;
  /** For which operation each message and statement was. */
  readonly owners?: boolean;
  /** What the nodes look like from inside. */
  readonly film?: boolean;
  /** What began, or all that could have met something. */
  readonly census?: CensusDepth;
}

export class Core {
  readonly plan: Plan;
  readonly agenda = new Agenda();
  readonly trace: Trace;
  readonly tally = new Tally();
  readonly weather: Weather;
  readonly census: CensusTaker | null;
  /** Whose code is running now; null while the harness itself is. */
  current: Life | null = null;
  /** The node that the present happening belongs to, and the databases that it committed to. */
  touched: string | null = null;
  readonly committed: {readonly place: string; readonly database: string}[] = [];
  /** Something happened that a claim could notice. */
  dirty = false;
  happenings = 0;
  messages = 0;
  violation: Violation | null = null;
  /** What the system's own ledger threw: no finding about a node, so it ends the run as the bug that it is. */
  broken: {readonly error: unknown} | null = null;
  #observe: (observation: Observation) => void = () => undefined;

  constructor(plan: Plan, recording: Recording) {
    this.plan = plan;
    this.trace = new Trace(plan, recording.trace === true);
    this.weather = new Weather(plan, this.tally, () => this.agenda.now, recording.owners === true);
    this.census = recording.census === undefined ? null : new CensusTaker(this, recording.census);
    this.weather.census = this.census?.ofLegs ?? null;
  }

  get now(): number {
    return this.agenda.now;
  }

  onObservation(observe: (observation: Observation) => void): void {
    this.#observe = observe;
  }

  /** Tells the system's ledger, as the harness and not as the node that is running. */
  observe(observation: Observation): void {
    this.dirty = true;
    const running = this.current;
    this.current = null;
    try {
      this.#observe(observation);
    } catch (error) {
      this.broken ??= {error};
    }
    this.current = running;
  }

  event(kind: TraceKind, at: string, a?: Value, b?: Value, c?: Value, d?: Value): void {
    this.trace.event(this.agenda.now, kind, at, a, b, c, d);
  }

  /** Enters something to happen to a life; it is dropped if that life is over by then. */
  schedule(delayMs: number, life: Life, kind: 'timer' | 'io', act: () => void): Happening {
    return this.agenda.add(delayMs, life, kind, act);
  }

  scheduleWorld(delayMs: number, act: () => void): Happening {
    return this.agenda.add(delayMs, null, 'world', act);
  }

  /** Records what was found wrong; the first finding of a run is the one that counts. */
  violate(claim: ClaimName, finding: Finding, role: string, happening = this.happenings): void {
    if (this.violation !== null) return;
    const stage = finding.stage ?? '';
    const signature = signatureOf(claim.id, stage, finding.code, role);
    // what an engine says of an error differs from version to version, and a trace does not
    const said = claim.id === SIM_CLAIMS.crash.id ? '' : finding.message;
    this.event('violation', finding.node ?? '', claim.id, signature, said);
    this.violation = {
      claim: claim.id,
      sentence: claim.sentence,
      signature,
      stage,
      code: finding.code,
      role,
      node: finding.node ?? '',
      message: finding.message,
      ...(finding.expected === undefined ? {} : {expected: finding.expected}),
      ...(finding.actual === undefined ? {} : {actual: finding.actual}),
      happening,
      atMs: this.agenda.now,
    };
  }
}

/** The harness's own claims about any system. */
export const SIM_CLAIMS = {
  crash: {id: 'SIM-CRASH', sentence: 'a node never lets an exception or a rejection escape'},
  guard: {id: 'SIM-GUARD', sentence: 'a node reaches the world only through its host'},
  attempt: {
    id: 'SIM-ATTEMPT',
    sentence: 'a failed attempt changes nothing, and fails the same way when it meets the same answers again',
  },
  settle: {
    id: 'SIM-SETTLE',
    sentence: 'once healed, everything that was started comes to an end within the patience of the run',
  },
  budget: {id: 'SIM-BUDGET', sentence: 'a run makes progress within its budget of happenings'},
} as const satisfies Record<string, ClaimName>;
