/** The nouns of staged blobs, shared by the model and the implementation: shapes only, no rule lives here (spec 5). */
import type {Cursor, WriteIds} from './types.ts';

/** What a blob is to the item that it is attached to. */
export type BlobRelation = 'file' | 'emailAttachment' | 'photo' | 'other';

/** What a client knew of the feed when it decided to attach: the server links only once it knows of that, too. */
export interface BlobConsistency {
  readonly clientId: string;
  readonly requiredCursor: Cursor;
  readonly requiredLastReconciledWriteIds: WriteIds;
}

/** One operation of a client's blob queue. */
export type BlobOperation =
  | {
      readonly kind: 'stage';
      readonly stagingId: string;
      readonly blobId: string;
      readonly expiresAt: string;
      readonly dataBase64?: string;
      readonly contentType?: string;
    }
  | {
      readonly kind: 'attach';
      readonly stagingId: string;
      readonly itemId: string;
      readonly relationKind: BlobRelation;
      readonly consistency?: BlobConsistency;
    }
  | {readonly kind: 'abandon'; readonly stagingId: string};
