/**
 * What crosses the wire between a journal client and its server: paths, requests, answers, reason codes and bounds
 * (spec 1, 5 to 7, 11). Types and constants only; what reads them from untrusted text is in the decoders.
 */

import type {Json} from './merge/canonical.ts';
import type {Clock} from './merge/clock.ts';
import type {ConflictReason} from './merge/conflict.ts';

export type {Clock, ConflictReason, Json};

export const PATHS = {
  push: '/api/sync/v2/push',
  pull: '/api/sync/v2/pull',
  ingestPack: '/api/sync/v2/ingest-pack',
  audit: '/api/sync/v2/audit/',
  legacyPush: '/api/sync/journal/push',
  legacyPull: '/api/sync/journal/pull',
} as const;

/**
 * The devices that only the server itself may write as: packs, and what the bridge takes over from the legacy exchange.
 * No session may be one of them.
 */
export const PACK_DEVICE = 'server';
export const LEGACY_DEVICE = 'legacy';

/** Between the authenticated device and the name of one of its lives, as in `phone~3f9a21c4` (see {@link belongsTo}). */
export const LIFE_MARK = '~';

/**
 * Whether `device` of a clock is the authenticated device itself or one of its lives. A client that cannot know whether
 * its disk was put back to an earlier state writes as a new life, lest a counter be used twice (spec 3.1, CE-5).
 */
export function belongsTo(device: string, authenticated: string): boolean {
  return device === authenticated || device.startsWith(authenticated + LIFE_MARK);
}

/** Whether an operation's id is one that only the server gives: what it writes itself must not find its id taken. */
export const isServersOwn = (opId: string): boolean =>
  belongsTo(opId, PACK_DEVICE) || belongsTo(opId, LEGACY_DEVICE);

/** Bounds of what the server reads, beside those of clocks, which are options. */
export const LIMITS = {
  /** Most entries of one push, or objects of one pack. */
  entries: 200,
  /** Most UTF-16 code units of an operation id, device, session, type, object id, tag, or pack id. */
  idLength: 128,
  /** Most UTF-16 code units of one payload's canonical text. */
  payloadLength: 65_536,
  /** Most tags of one operation, and values in one list of a scope. */
  tags: 32,
  scopeValues: 500,
  /** Objects of one page: unless told, and at most. */
  pageDefault: 100,
  pageMax: 500,
} as const;

export interface ClockLimits {
  /** Most devices in one clock. */
  readonly maxDevices: number;
  /** How far beyond its device's highest entry that the server has seen on the object an own entry may be. */
  readonly maxAhead: number;
}

export const DEFAULT_CLOCK_LIMITS: ClockLimits = {maxDevices: 1_024, maxAhead: 1_000};

/** One operation as a client pushes it. `tags` absent counts as none. A tombstone has no payload: null, or absent. */
export interface PushEntry {
  readonly opId: string;
  readonly deviceId: string;
  readonly sessionId: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly payload: Json;
  readonly vectorClock: Clock;
  readonly isTombstone: boolean;
  readonly tags?: readonly string[];
  /** Read and checked because older clients send it; it means nothing. */
  readonly tombstoneVersion?: number;
}

export interface PushRequest {
  readonly entries: readonly PushEntry[];
}

/** Why an entry was refused for good: sending it again is answered in the same way, but for `CLOCK_UNSEEN`. */
export type RejectionReason =
  /** No object, or a field that every entry needs is missing or of the wrong type. */
  | 'MALFORMED_ENTRY'
  /** A field that no entry has; among them `tenantId`: the tenant comes from authentication alone. */
  | 'UNKNOWN_FIELD'
  /** An id, device, session, type or object id that is empty, too long, would not survive storage, or is the server's own. */
  | 'INVALID_ID'
  | 'INVALID_TAGS'
  /** Not a value that all engines agree on: an integer beyond 2^53 - 1, half a surrogate pair, too deep. */
  | 'INVALID_PAYLOAD'
  | 'PAYLOAD_TOO_LARGE'
  /** The entry's device is not the authenticated one, nor a life of it. */
  | 'DEVICE_MISMATCH'
  /** Owned by the legacy exchange. */
  | 'TYPE_NOT_OWNED'
  /** The id was used in this tenant for another operation. */
  | 'OP_ID_REUSE'
  /** Not a map of devices to integers from 0 to 2^53 - 1, or of too many devices. */
  | 'CLOCK_MALFORMED'
  /** The own entry is missing or 0. */
  | 'CLOCK_OWN_MISSING'
  /** Another operation of this device on this object has this own entry. */
  | 'CLOCK_OWN_REUSED'
  /** The own entry (or that of another life of the device) is too far beyond what was seen of it. */
  | 'CLOCK_FUTURE'
  /**
   * Another device's entry is beyond what the server has seen of it: what it claims to know may yet arrive, so the client
   * keeps the operation and sends it again later.
   */
  | 'CLOCK_UNSEEN';

/** `SUPERSEDED_EQUAL_CLOCK`: lost against another operation of the very same clock, and is not kept. */
export type PushReason =
  RejectionReason | ConflictReason | 'STALE_UPDATE' | 'SUPERSEDED_EQUAL_CLOCK' | 'DUPLICATE';

/**
 * - `applied`: it is all that is left of the object
 * - `conflict_won`, `conflict_lost`: it met concurrent ones, and is shown, or is not
 * - `stale`: something known supersedes it; it is in the journal all the same
 * - `duplicate`: it was known; nothing happened
 * - `rejected`: it is not in the journal; nothing happened
 */
export type PushOutcome = 'applied' | 'conflict_won' | 'conflict_lost' | 'stale' | 'duplicate' | 'rejected';

/** What came of one entry. */
export interface PushResult {
  /** As the entry spelt it; null where it had none that is text. */
  readonly opId: string | null;
  readonly outcome: PushOutcome;
  /** Null for `applied`. */
  readonly reason: PushReason | null;
  /** The object's context clock and change sequence after this entry; null where it was rejected. */
  readonly objectClock: Clock | null;
  readonly changeSeq: number | null;
}

/** One result an entry, in the order of the request. */
export interface PushAnswer {
  readonly results: readonly PushResult[];
  /** How many entries are now kept (`applied`, `conflict_won`, `conflict_lost`), and how many of them in conflict. */
  readonly applied: number;
  readonly conflicts: number;
}

/** What a client wants to hold. A list that is absent does not restrict; an empty one matches nothing. Lists are ANDed. */
export interface Scope {
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  /** Objects that have at least one of them. */
  readonly tags?: readonly string[];
}

export interface PullRequest {
  /** The last `serverCursor`, or null to start. */
  readonly sinceCursor: string | null;
  readonly limit?: number;
  readonly scope?: Scope;
}

/** An object as it is now. A tombstone has neither payload nor tags. */
export interface LiveRow {
  readonly kind: 'live';
  readonly type: string;
  readonly id: string;
  readonly changeSeq: number;
  readonly clock: Clock;
  readonly payload: Json;
  readonly tags: readonly string[];
  readonly lastOpId: string;
}

export interface TombstoneRow {
  readonly kind: 'tombstone';
  readonly type: string;
  readonly id: string;
  readonly changeSeq: number;
  readonly clock: Clock;
  readonly isTombstone: true;
  readonly lastOpId: string;
}

/** An object that was in the scope at some time, and is not now. */
export interface LeftRow {
  readonly kind: 'left';
  readonly type: string;
  readonly id: string;
  readonly changeSeq: number;
  readonly left: true;
}

export type PulledRow = LiveRow | TombstoneRow | LeftRow;

/** Rows of `(fromSeq, toSeq]` in ascending `changeSeq`; all of them unless `hasMore`, and then `toSeq` is the last row's. */
export interface PullAnswer {
  readonly objects: readonly PulledRow[];
  readonly serverCursor: string;
  readonly hasMore: boolean;
  /** Where the request stood, and where `serverCursor` stands: lets a client refuse an answer to another question. */
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** One object of a pack. */
export interface PackObject {
  readonly objectType: string;
  readonly objectId: string;
  readonly payload: Json;
  readonly isTombstone?: boolean;
  readonly tags?: readonly string[];
}

/** `signature`: hex HMAC-SHA-256, under the pack key, of the canonical JSON of `{objects, packId}`. Answered as a push. */
export interface PackRequest {
  readonly packId: string;
  readonly objects: readonly PackObject[];
  readonly signature: string;
}

/** The `error` of an answer that is no success. */
export type RefusalCode =
  /** 400: not the shape of a request. */
  | 'MALFORMED_REQUEST'
  /** 401: no session. */
  | 'UNAUTHORIZED'
  /** 403: a session that may not do this, or a pack that is not signed. */
  | 'FORBIDDEN'
  | 'BAD_SIGNATURE'
  /** 404 and 405. */
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  /** 409: the cursor is none of this history; start over without, and drop what is not sent again. */
  | 'CURSOR_INVALID'
  /** 409: the cursor belongs to another scope; the same. */
  | 'SCOPE_CHANGED'
  /** 413: more entries than {@link LIMITS} allow; nothing was read of them. */
  | 'BATCH_TOO_LARGE'
  /** 503: writes wait for a rebuild. */
  | 'REBUILDING'
  /** 503: what is materialized was made by another merge policy; a rebuild is needed. */
  | 'POLICY_CHANGED'
  /** 503: the second version of the protocol is switched off. */
  | 'V2_DISABLED'
  /** 500: failed half-way; nothing has changed. */
  | 'INTERNAL';

export interface RefusalBody {
  readonly error: RefusalCode;
  readonly message: string;
}
