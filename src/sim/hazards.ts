/** Every hazard the simulator knows: what it does, where it strikes, and how its strength is drawn. */

export type HazardKind =
  /** Weather: each message leg or statement may meet it. */
  | 'request'
  | 'response'
  | 'message'
  | 'statement'
  /** An interval in the plan. */
  | 'fault'
  /** Counted when another hazard brings it about; never drawn by itself. */
  | 'consequence';

export interface Hazard {
  readonly id: string;
  readonly kind: HazardKind;
  readonly summary: string;
  /** Weather: bounds of n in "one in n". Faults: bounds of the interval in ms. */
  readonly range: readonly [number, number];
  /** Bounds of the strength; each octave is equally likely. */
  readonly arg: readonly [number, number];
}

const hazard = (
  id: string,
  kind: HazardKind,
  range: readonly [number, number],
  arg: readonly [number, number],
  summary: string,
): Hazard => ({id, kind, range, arg, summary});

const NONE = [1, 1] as const;

/** The order of this table is the order in which a message's hazards are drawn: append, do not reorder. */
export const HAZARDS: readonly Hazard[] = [
  // network weather
  hazard('delay', 'message', [3, 40], [64, 20_000], 'a message takes far longer than usual'),
  hazard('reorder', 'message', [3, 30], [16, 512], 'a message is overtaken by later ones'),
  hazard('lose-request', 'request', [6, 60], NONE, 'a request, or a one-way message, is lost'),
  hazard('duplicate', 'request', [6, 40], [1, 4_000], 'a request, or a one-way message, arrives twice'),
  hazard(
    'http-status',
    'message',
    [8, 60],
    [1, 64],
    'a proxy answers 429 or 5xx, before or after the server acted',
  ),
  hazard('lose-response', 'response', [6, 60], NONE, 'the answer is lost after the server acted'),
  hazard(
    'reset',
    'response',
    [8, 60],
    NONE,
    'the connection is reset after the server acted, or in mid-stream',
  ),
  hazard(
    'late-replay',
    'response',
    [8, 60],
    [1, 8],
    'an old answer to the same kind of request arrives in place of the new one',
  ),
  hazard('truncate', 'response', [10, 60], [1, 999], 'the body of an answer is cut short'),
  hazard('not-json', 'response', [10, 60], NONE, 'the body of an answer is a page of HTML'),
  hazard(
    'tamper',
    'response',
    [2, 12],
    [1, 0x10_0000],
    "a faulty peer's answer: one of the system's tampers",
  ),
  // disk weather
  hazard('slow-statement', 'statement', [4, 200], [1, 3_000], 'a statement takes long'),
  hazard('failed-statement', 'statement', [40, 400], [1, 3], 'a statement fails: busy, full, or I/O error'),
  // network faults
  hazard('partition', 'fault', [500, 40_000], NONE, 'a node and the rest cannot reach each other'),
  hazard(
    'partition-one-way',
    'fault',
    [500, 30_000],
    [1, 2],
    'what a node sends is lost, or what is sent to it',
  ),
  hazard('clog', 'fault', [200, 15_000], NONE, "a node's messages are held back, then all arrive at once"),
  hazard('slow-link', 'fault', [1_000, 40_000], [2, 64], "a node's messages take many times longer"),
  hazard('half-open', 'fault', [500, 20_000], NONE, 'one end of a socket is gone and the other is not told'),
  hazard(
    'stubborn-peer',
    'fault',
    [4_000, 60_000],
    [1, 0x10_0000],
    'all answers to a node are tampered with in the same way',
  ),
  // process faults
  hazard(
    'crash',
    'fault',
    [10, 20_000],
    [0, 3],
    'a node crashes, at once or next to its next commit, and boots later',
  ),
  hazard('pause', 'fault', [50, 20_000], NONE, 'a node stands still, then goes on'),
  hazard('freeze', 'fault', [1_000, 60_000], NONE, "a node's timers do not fire: a background tab"),
  hazard('twin', 'fault', [2_000, 40_000], NONE, 'a second life of one identity runs beside the first'),
  hazard(
    'upgrade',
    'fault',
    [2_000, 60_000],
    [2, 2],
    'a node is restarted with another release on the same disk, then with the old one',
  ),
  hazard(
    'schema-change',
    'consequence',
    NONE,
    NONE,
    'a release changed the schema of a database that others use',
  ),
  // disk faults
  hazard(
    'hung-statement',
    'fault',
    [200, 10_000],
    NONE,
    'a statement never returns; the node is killed at the end',
  ),
  hazard(
    'lost-tail',
    'fault',
    [20, 3_000],
    NONE,
    "a node's disk loses what it wrote since the last sync, in a crash",
  ),
  hazard('restore-backup', 'fault', [2_000, 60_000], NONE, "a node's disk is put back to an older backup"),
  hazard('wipe', 'fault', [10, 5_000], NONE, "a node's disk is emptied"),
  // clock faults
  hazard(
    'clock-skew',
    'fault',
    [1_000, 60_000],
    [1_000, 1_000_000],
    "a node's clock is off, ahead or behind",
  ),
  hazard(
    'clock-drift',
    'fault',
    [5_000, 90_000],
    [100, 200_000],
    "a node's clock runs fast or slow, in parts per million",
  ),
  hazard(
    'clock-jump-forward',
    'fault',
    [1_000, 30_000],
    [1_000, 4_000_000],
    "a node's clock jumps forward and stays there",
  ),
  hazard(
    'clock-jump-back',
    'fault',
    [1_000, 30_000],
    [1_000, 4_000_000],
    "a node's clock jumps back and stays there",
  ),
  hazard('clock-freeze', 'fault', [500, 30_000], NONE, "a node's clock stands still"),
  hazard(
    'equal-timestamps',
    'fault',
    [1_000, 60_000],
    [1_000, 60_000],
    "a node's clock is so coarse that many readings are equal",
  ),
  // server faults
  hazard(
    'server-restore',
    'fault',
    [2_000, 40_000],
    NONE,
    'a server is restored from a backup, and its operator says so',
  ),
  hazard('server-rebuild', 'fault', [10, 5_000], NONE, 'a server is rebuilt empty, with a new identity'),
  hazard(
    'lagging-replica',
    'fault',
    [1_000, 40_000],
    NONE,
    'reads are served from a replica that lags behind',
  ),
];

const byId = new Map(HAZARDS.map(entry => [entry.id, entry]));

export const hazardById = (id: string): Hazard | undefined => byId.get(id);
