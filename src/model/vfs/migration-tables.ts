/** The tables that the flattening is about, as plain rows, and what they say of blobs: nouns of the reference. */

export interface LegacyObject {
  readonly id: string;
  readonly sha256: string;
  readonly size: number;
  readonly storageKey: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

export interface LegacyStaging {
  readonly id: string;
  readonly blobId: string;
  readonly stagedBy: string;
  readonly status: string;
  readonly stagedAt: number;
  readonly attachedAt: number | null;
  readonly expiresAt: number;
  readonly attachedItemId: string | null;
}

export interface LegacyRef {
  readonly id: string;
  readonly blobId: string;
  readonly itemId: string;
  readonly relationKind: string;
  readonly attachedBy: string;
  readonly attachedAt: number;
}

/** A grant to a user: what both forms say of it. */
export interface UserGrant {
  readonly itemId: string;
  readonly userId: string;
  readonly level: string;
  readonly sessionKey: string | null;
  readonly hierarchicalKey: string | null;
  readonly grantedBy: string | null;
  readonly expiresAt: number | null;
}

export interface RegistryRow {
  readonly id: string;
  readonly objectType: string;
  readonly ownerId: string | null;
  readonly createdAt: number;
}

export interface LinkRow {
  readonly id: string;
  readonly parentId: string;
  readonly childId: string;
  readonly key: string;
  /** Parsed JSON. */
  readonly visible: unknown;
  readonly createdAt: number;
}

export interface BytesRow {
  readonly blobId: string;
  readonly objectKey: string;
  readonly size: number;
  readonly sha256: string;
}

/** Null: the table is not there. */
export interface MigrationTables {
  readonly version: number;
  readonly objects: readonly LegacyObject[] | null;
  readonly stagings: readonly LegacyStaging[] | null;
  readonly refs: readonly LegacyRef[] | null;
  readonly access: readonly UserGrant[] | null;
  readonly registry: readonly RegistryRow[];
  readonly links: readonly LinkRow[];
  readonly bytes: readonly BytesRow[];
  /** Active grants to users in the canonical table. */
  readonly grants: readonly UserGrant[] | null;
}

/** What becomes of a staging; `unknown` text ends as abandoned. */
export type StagingEnd = 'staged' | 'attached' | 'abandoned';

export interface BlobFact {
  readonly blobId: string;
  readonly status: StagingEnd;
  readonly itemId: string | null;
}

const endOf = (status: string): StagingEnd =>
  status === 'staged' || status === 'attached' ? status : 'abandoned';

/** What the legacy tables say of each staging. */
export function legacyFacts({stagings}: MigrationTables): ReadonlyMap<string, BlobFact> {
  return new Map(
    (stagings ?? []).map(({id, blobId, status, attachedItemId}) => [
      id,
      {blobId, status: endOf(status), itemId: attachedItemId},
    ]),
  );
}

/** What the flattened tables say of each staging. */
export function flattenedFacts({links}: MigrationTables): ReadonlyMap<string, BlobFact> {
  const facts = new Map<string, BlobFact>();
  for (const {id, parentId, childId, key, visible} of links) {
    if (id !== parentId || !key.startsWith('blob-stage:')) continue;
    const item = (visible as {attachedItemId?: unknown} | null)?.attachedItemId;
    const status = endOf(key.slice('blob-stage:'.length));
    facts.set(id, {blobId: childId, status, itemId: typeof item === 'string' ? item : null});
  }
  return facts;
}

/** Which blob hangs from which item, as `item blob kind`, in one form. */
export function attachments(
  {refs, links}: MigrationTables,
  form: 'legacy' | 'flattened',
): ReadonlySet<string> {
  const told =
    form === 'legacy'
      ? (refs ?? []).map(({itemId, blobId, relationKind}) => `${itemId} ${blobId} ${relationKind}`)
      : links
          .filter(({key}) => key.startsWith('blob-link:'))
          .map(({parentId, childId, key}) => `${parentId} ${childId} ${key.slice('blob-link:'.length)}`);
  return new Set(told);
}
