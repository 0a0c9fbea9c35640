/** Explores a small scope to its end: every history up to a size, smallest first, in every order of arrival. */
import {assert} from '../assert.ts';
import {tell, type Counterexample} from './counterexample.ts';
import {historiesOf, type Enumerated} from './histories.ts';
import {judgeHistory, type Breach} from './judge.ts';
import type {History, Law, ScopeSize, SmallScope} from './scope.ts';

/** A law that is broken somewhere in the scope. */
export interface BrokenLaw {
  readonly law: Pick<Law<never>, 'id' | 'sentence' | 'kind'>;
  /** How many histories break it. */
  readonly histories: number;
  /** What is wrong in the smallest of them, in words. */
  readonly message: string;
  readonly smallest: Counterexample;
}

export interface Explored {
  readonly size: ScopeSize;
  /** Ways to write operations one after the other, without what they do. */
  readonly shapes: number;
  readonly histories: number;
  /** Orders of arrival: of all operations of a history, and of some while others are missing that these knew of. */
  readonly orders: number;
  readonly gapped: number;
  /** How often an operation was taken in. Orders share their beginnings. */
  readonly deliveries: number;
  /** Whether there is nothing left of the scope. */
  readonly exhausted: boolean;
  /** In the order of the scope's laws. */
  readonly broken: readonly BrokenLaw[];
}

/** How large a counterexample is; the first number that differs decides. */
type Measure = readonly number[];

interface Found {
  histories: number;
  measure: Measure;
  history: History<unknown>;
  breach: Breach;
}

/** An exploration that goes on as long as it is told to. */
export class Explorer {
  readonly #scope: SmallScope;
  readonly #size: ScopeSize;
  readonly #histories: Generator<Enumerated<unknown>>;
  readonly #found = new Map<string, Found>();
  #shapes = 0;
  #done = 0;
  #orders = 0;
  #gapped = 0;
  #deliveries = 0;
  #exhausted = false;

  constructor(scope: SmallScope, size: ScopeSize) {
    assert(size.devices >= 1 && size.operations >= 1, 'a scope has a device and an operation');
    this.#scope = scope;
    this.#size = size;
    this.#histories = upTo(scope, size);
  }

  /** Judges the next history. False where there is none left. */
  step(): boolean {
    const next = this.#histories.next();
    if (next.done === true) {
      this.#exhausted = true;
      return false;
    }
    const {history, isFirstOfShape} = next.value;
    const judged = judgeHistory(this.#scope, history);
    this.#done += 1;
    if (isFirstOfShape) this.#shapes += 1;
    this.#orders += judged.orders;
    this.#gapped += judged.gapped;
    this.#deliveries += judged.deliveries;
    for (const breach of judged.breaches) this.#add(history, breach);
    return true;
  }

  /** What has been covered and found so far. */
  result(): Explored {
    return {
      size: this.#size,
      shapes: this.#shapes,
      histories: this.#done,
      orders: this.#orders,
      gapped: this.#gapped,
      deliveries: this.#deliveries,
      exhausted: this.#exhausted,
      broken: this.#scope.laws.flatMap(({id, sentence, kind}) => {
        const found = this.#found.get(id);
        if (found === undefined) return [];
        const {histories, history, breach} = found;
        const smallest = tell(this.#scope, history, breach);
        return [{law: {id, sentence, kind}, histories, message: breach.message, smallest}];
      }),
    };
  }

  /** How many laws are broken, without telling how. */
  get brokenLaws(): number {
    return this.#found.size;
  }

  get histories(): number {
    return this.#done;
  }

  /** Orders of arrival so far, those with gaps included. */
  get orders(): number {
    return this.#orders + this.#gapped;
  }

  #add(history: History<unknown>, breach: Breach): void {
    const measure = measureOf(history, breach);
    const known = this.#found.get(breach.law);
    if (known === undefined) {
      this.#found.set(breach.law, {histories: 1, measure, history, breach});
      return;
    }
    known.histories += 1;
    if (isLess(measure, known.measure)) Object.assign(known, {measure, history, breach});
  }
}

/** Explores all of a scope at once. */
export function explore(scope: SmallScope, size: ScopeSize): Explored {
  const explorer = new Explorer(scope, size);
  while (explorer.step());
  return explorer.result();
}

function* upTo(scope: SmallScope, size: ScopeSize): Generator<Enumerated<unknown>> {
  for (let operations = 1; operations <= size.operations; operations += 1)
    yield* historiesOf(scope, size.devices, operations);
}

/** Few operations, few of them missing, few devices, little that they know of each other; then what comes first. */
function measureOf(history: History<unknown>, {arrived}: Breach): Measure {
  const present = history.filter((_, index) => ((arrived >> index) & 1) === 1).length;
  const devices = new Set(history.map(({device}) => device)).size;
  const foreign = history.map(
    ({device, seen}) =>
      history.filter((other, index) => other.device !== device && ((seen >> index) & 1) === 1).length,
  );
  return [history.length, history.length - present, devices, foreign.reduce((sum, count) => sum + count, 0)];
}

function isLess(measure: Measure, than: Measure): boolean {
  const at = measure.findIndex((number, index) => number !== than[index]);
  return at !== -1 && (measure[at] ?? 0) < (than[at] ?? 0);
}
