/** What a server knows of blobs, as plain data, and what may be asked of it: the nouns of the reference (5.1). */

import type {BlobRelation} from './blob-types.ts';
import type {AccessLevel, Cursor, WriteIds} from './types.ts';

/** A registered thing of any type. */
export interface Entry {
  readonly type: string;
  readonly owner: string | null;
}

export interface StagingRow {
  readonly blobId: string;
  /** As it is stored: `staged`, `attached`, `abandoned`, or anything. */
  readonly status: string;
  readonly expiresMs: number | null;
  readonly stagedAt: string;
  readonly attachedAt: string | null;
  /** By whom it was abandoned. */
  readonly abandonedBy: string | null;
}

export interface LinkRow {
  readonly itemId: string;
  readonly blobId: string;
  readonly refId: string;
  readonly attachedAt: string;
  readonly relationKind: BlobRelation | null;
}

/** Where a blob's bytes should be. */
export interface BytesRow {
  readonly objectKey: string;
  readonly lost: boolean;
}

/** A stored checkpoint; null where what is stored is none. */
export type Checkpoint = {readonly cursor: Cursor; readonly writeIds: WriteIds} | null;

export interface Grant {
  readonly itemId: string;
  readonly principal: string;
  readonly level: AccessLevel;
  /** Null: for ever. */
  readonly expiresMs: number | null;
}

/** Maps are keyed by id; links by `keyOf(item, blob)`, checkpoints by `keyOf(user, client)`. */
export interface BlobState {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly stagings: ReadonlyMap<string, StagingRow>;
  readonly links: ReadonlyMap<string, LinkRow>;
  readonly bytes: ReadonlyMap<string, BytesRow>;
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  /** Grants that nobody revoked. A principal is `user:<id>` or `group:<id>`. */
  readonly grants: readonly Grant[];
  /** The groups of a user, each as a principal. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** A request as it came, from a caller who is who he says he is. */
export type BlobRequest =
  | {readonly kind: 'stage'; readonly user: string; readonly body: unknown}
  | {readonly kind: 'attach'; readonly user: string; readonly stagingId: string; readonly body: unknown}
  | {readonly kind: 'abandon'; readonly user: string; readonly stagingId: string}
  | {readonly kind: 'read'; readonly user: string; readonly blobId: string}
  | {readonly kind: 'delete'; readonly user: string; readonly blobId: string};

/** What the reference remembers of what was done, beside the state: by which request, and with which bytes. */
export interface BlobMemory {
  /** The request that attached a staging, as {@link payloadKey} has it. */
  attachedBy(stagingId: string): string | null;
  /** The bytes of a blob as base64; null where nobody knows. */
  contentOf(blobId: string): string | null;
}

/** A change that a request makes, and makes as a whole or not at all. */
export type BlobChange =
  | {
      readonly kind: 'staged';
      readonly stagingId: string;
      readonly blobId: string;
      readonly user: string;
      readonly expiresMs: number;
      /** The bytes that the blob gets, as base64; null if it keeps what it has. */
      readonly content: string | null;
    }
  | {
      readonly kind: 'attached';
      readonly stagingId: string;
      readonly blobId: string;
      readonly itemId: string;
      readonly relationKind: BlobRelation;
      /** Which request did it. */
      readonly payload: string;
      /** The pair is linked already, and stays as it is. */
      readonly linked: boolean;
    }
  | {readonly kind: 'abandoned'; readonly stagingId: string}
  | {readonly kind: 'deleted'; readonly blobId: string};

/** What a request comes to: an answer that changes nothing, or a change that its answer comes after. */
export type BlobOutcome =
  | {readonly kind: 'answer'; readonly status: number; readonly body: unknown; readonly row: string}
  /** The bytes of a blob, or a failure to read them. */
  | {readonly kind: 'bytes'; readonly blobId: string; readonly content: string | null}
  | {readonly kind: 'change'; readonly change: BlobChange};
