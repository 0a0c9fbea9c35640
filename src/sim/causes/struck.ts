/** The faults of a trace: when each was in force, what it reaches, and which of them is behind a crash. */
import type {EventOf, TraceEvent} from '../events.ts';

type FaultEvent = EventOf<'fault'>;

/** Kinds by what they change: whether messages are lost, come late, or are lied about. */
const ON_THE_WAY = {
  cuts: ['partition', 'partition-one-way'],
  slows: ['clog', 'slow-link'],
  lies: ['stubborn-peer'],
} as const satisfies Record<string, readonly string[]>;

/** What they change shows as a crash, a boot or a rewound disk: those point back to them. */
const SHOWN_BY_BLOWS = [
  'crash',
  'upgrade',
  'twin',
  'wipe',
  'server-rebuild',
  'server-restore',
  'lost-tail',
  'restore-backup',
];

/** What they change is what is read at a place. */
const OF_PLACES = ['lagging-replica'];

/** Why a node went down or its disk was rewound, and the faults that say so. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  wiped: ['wipe'],
  rebuilt: ['server-rebuild'],
  restored: ['server-restore'],
  'lost-tail': ['lost-tail', 'restore-backup'],
  release: ['upgrade'],
  killed: ['hung-statement'],
  twin: ['twin'],
};

/** Crashes that a statement of the node's own was the occasion of. */
const OWN_DOING = /^crash-(before|after)$|^boot failed$| (before|after)-commit$/;

interface Fault {
  readonly begins: FaultEvent;
  ends: FaultEvent | null;
}

export class Struck {
  readonly #faults = new Map<string, Fault>();
  readonly #events: readonly FaultEvent[];
  readonly #placeOf: (node: string) => string;

  constructor(events: readonly TraceEvent[], placeOf: (node: string) => string) {
    this.#placeOf = placeOf;
    this.#events = events.filter((event): event is FaultEvent => event.k === 'fault');
    for (const event of this.#events) {
      const fault = this.#faults.get(event.id);
      if (event.phase === 'begins') this.#faults.set(event.id, {begins: event, ends: null});
      else if (fault !== undefined) fault.ends = event;
    }
  }

  /** Where a fault of that kind shows. */
  reachOf(kind: string): 'way' | 'blows' | 'place' | 'node' {
    if (Object.values(ON_THE_WAY).some((kinds: readonly string[]) => kinds.includes(kind))) return 'way';
    if (SHOWN_BY_BLOWS.includes(kind)) return 'blows';
    return OF_PLACES.includes(kind) ? 'place' : 'node';
  }

  /** Number of the event that began what this one ends; undefined if it is the beginning. */
  beginning({id, phase}: FaultEvent): number | undefined {
    return phase === 'begins' ? undefined : this.#faults.get(id)?.begins.n;
  }

  /** Numbers of the beginnings of the faults that did so to the messages of any of these nodes when event `n` was told. */
  inForce(what: keyof typeof ON_THE_WAY, n: number, nodes: readonly string[]): number[] {
    const kinds: readonly string[] = ON_THE_WAY[what];
    return [...this.#faults.values()]
      .filter(({begins, ends}) => begins.n < n && (ends === null || ends.n > n))
      .filter(({begins}) => kinds.includes(begins.kind) && nodes.includes(begins.at))
      .map(({begins}) => begins.n);
  }

  /** Number of the fault's event that a node was crashed or its disk rewound by; undefined if none was. It may be told later. */
  behind({n, t, at, cause}: EventOf<'crash'> | EventOf<'rewound'>): number | undefined {
    const [word = ''] = cause.split(' ');
    const named = this.#faults.get(word);
    if (named !== undefined) return named.begins.n;
    const place = this.#placeOf(at);
    const fitting = this.#events.filter(
      event =>
        event.t === t &&
        BEHIND[word]?.includes(event.kind) === true &&
        (this.#placeOf(event.at) === place || at.endsWith(`~${event.id}`)),
    );
    return fitting.toSorted((a, b) => Math.abs(a.n - n) - Math.abs(b.n - n))[0]?.n;
  }

  /** The fault that brought a node about as the twin of another; null for all other nodes. */
  twinning(node: string): FaultEvent | null {
    const fault = this.#faults.get(node.slice(node.lastIndexOf('~') + 1));
    return fault !== undefined && node === `${fault.begins.at}~${fault.begins.id}` ? fault.begins : null;
  }

  /** Whether a node crashed at something that it did. */
  isOwnDoing(cause: string): boolean {
    return OWN_DOING.test(cause);
  }
}
