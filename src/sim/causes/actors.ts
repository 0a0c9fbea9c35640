/** The nodes of a trace as it goes on: which strands of work each has, and what it did last. */
import type {TraceEvent} from '../events.ts';

/** One strand of a node's program: what it does by itself, or one request that it serves. */
export interface Strand {
  /** Number of its latest event. */
  last: number;
}

interface Serving extends Strand {
  readonly x: number;
}

/** What a program does may be for any of the requests that it serves at the moment. */
const FOR_ANYONE: readonly string[] = [
  'send',
  'sql',
  'sql-error',
  'commit',
  'rollback',
  'probe',
  'note',
  'fate',
];

/** A node as the trace has left it. */
export class Actor {
  readonly id: string;
  readonly place: string;
  readonly main: Strand = {last: 0};
  /** Its latest crash or boot, and the latest fault of its clock or of its running. */
  turn = 0;
  strain = 0;
  /** Its latest event of any kind. */
  last = 0;
  /** It keeps nothing on its disk: then what it served before is part of what it knows. */
  readonly #forgetful: boolean;
  readonly #servings: Serving[] = [];
  #operations = 0;

  constructor(id: string, place: string, forgetful: boolean) {
    this.id = id;
    this.place = place;
    this.#forgetful = forgetful;
  }

  /** The strands that an event may belong to. A request that arrives begins one of its own, which its answer ends. */
  strandsOf(event: TraceEvent): readonly Strand[] {
    const servings = this.#servings;
    if (event.k === 'op') this.#operations += 1;
    if (event.k === 'op-end') this.#operations -= 1;
    if (this.#forgetful) return [this.main];
    if (event.k === 'arrive' && event.x > 0) {
      const serving = {x: event.x, last: 0};
      servings.push(serving);
      return [serving];
    }
    if (event.k === 'answer') {
      const of = servings.filter(({x}) => x === event.x);
      servings.splice(
        servings.findIndex(({x}) => x === event.x),
        of.length > 0 ? 1 : 0,
      );
      return of;
    }
    if (servings.length === 0 || !FOR_ANYONE.includes(event.k)) return [this.main];
    return this.#operations > 0 ? [this.main, ...servings] : [...servings];
  }

  /** Its life begins or ends with event `n`: whatever it was at is over. */
  turned(n: number): void {
    this.#servings.length = 0;
    this.#operations = 0;
    this.main.last = n;
    this.turn = n;
    this.last = n;
  }

  /** Numbers of the latest events of all its strands, and of the latest fault of its own. */
  get latest(): number[] {
    return [this.last, this.main.last, this.strain, ...this.#servings.map(({last}) => last)];
  }
}
