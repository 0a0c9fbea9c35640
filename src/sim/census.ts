/** The census of a run: every message and statement that the plan met while the storm was on, and every step that began, in order. */
import type {Identity} from './identity.ts';
import type {Leg} from './weather.ts';

/** `steps`: which operations, faults and boots began. `all`: every message leg and statement as well. */
export type CensusDepth = 'steps' | 'all';

/** One leg of a message, or one statement, that could have met something. */
export interface CensusLeg {
  /** As fates are addressed. */
  readonly key: string;
  readonly leg: Leg;
  /** The node at work when it was sent or asked for. */
  readonly node: string;
  readonly atMs: number;
  /** What it is among all that this node does: its key without the node and the number. */
  readonly kind: string;
  /** How long it takes if nothing happens to it, ms. */
  readonly delayMs: number;
  /** What could arrive in place of this answer; null where it is none. */
  readonly instead: Instead | null;
}

/** What a faulty peer could put in place of an answer. */
export interface Instead {
  /** How many earlier answers of its kind on its link are remembered. */
  readonly earlier: number;
  /** Ids of the tampers that change this very answer, in the order of the system's table. */
  readonly tampers: readonly string[];
  /** How many tampers are for answers of this kind and find nothing to change in this one. */
  readonly blank: number;
}

/** An operation, a fault or a boot that began. */
export interface CensusStep {
  readonly kind: 'operation' | 'fault' | 'boot';
  /** Id of the operation or fault; the node's id for a boot. */
  readonly id: string;
  readonly node: string;
  readonly atMs: number;
}

export interface Census {
  readonly legs: readonly CensusLeg[];
  readonly steps: readonly CensusStep[];
}

/** What a census has to know of the run: the time, and who is at work. */
interface Present {
  readonly now: number;
  readonly touched: string | null;
  readonly weather: {readonly stormy: boolean};
}

/** Takes the census while a run is on. Nothing of it changes what happens. */
export class CensusTaker implements Census {
  readonly legs: CensusLeg[] = [];
  readonly steps: CensusStep[] = [];
  readonly #present: Present;
  readonly #depth: CensusDepth;

  constructor(present: Present, depth: CensusDepth) {
    this.#present = present;
    this.#depth = depth;
  }

  /** What meets messages and statements, if they are counted at all. */
  get ofLegs(): CensusTaker | null {
    return this.#depth === 'all' ? this : null;
  }

  /** A message leg or statement is about to meet its fate. */
  leg(key: Identity, leg: Leg, delayMs: number): void {
    const {now, touched} = this.#present;
    const {text} = key;
    this.legs.push({
      key: text,
      leg,
      node: touched ?? '',
      atMs: now,
      kind: kindOf(text),
      delayMs,
      instead: null,
    });
  }

  /** What could be put in place of the answer whose leg was met last; `make` is asked only if that is this one. */
  answer(key: Identity, make: () => Instead): void {
    const last = this.legs.at(-1);
    // the answers of a stubborn peer meet no fate
    if (last?.key === key.text) this.legs[this.legs.length - 1] = {...last, instead: make()};
  }

  step(kind: CensusStep['kind'], id: string, node: string): void {
    if (this.#present.weather.stormy) this.steps.push({kind, id, node, atMs: this.#present.now});
  }
}

/** `c1>api POST /push #2 req` is `POST /push`; `c1 sql c1/device SELECT #4` is `sql c1/device SELECT`. */
const kindOf = (key: string): string => key.replace(/^\S+ /, '').replace(/ #[0-9]+[^#]*$/, '');
