/**
 * The reference for the flattening chain (spec 6): what each step must make of the tables that it finds, or in
 * which words it must refuse them. It looks at rows one by one; nothing of it is taken from the SQL.
 */
import type {LegacyRef, LegacyStaging, LinkRow, MigrationTables, UserGrant} from './migration-tables.ts';
import {formatTime} from './time.ts';

export type ExpectedStep =
  | {readonly kind: 'refuse'; readonly message: string}
  | {readonly kind: 'advance'; readonly tables: MigrationTables};

const LAST = 27;

/** What the step after the tables' own version must come to. */
export function expectStep(tables: MigrationTables): ExpectedStep {
  const version = tables.version + 1;
  const expected = stepOf(version)(tables);
  if (expected.kind === 'refuse') return expected;
  return {kind: 'advance', tables: {...expected.tables, version}};
}

function stepOf(version: number): (tables: MigrationTables) => ExpectedStep {
  switch (version) {
    case 24:
      return backfill;
    case 25:
      return dropStagings;
    case 26:
      return dropObjects;
    case LAST:
      return dropAccess;
    default:
      throw new Error(`the chain has no step ${version}`);
  }
}

/** Rows that violate what the runbook checks afterwards. */
export function parityOf({registry, links}: MigrationTables): {readonly p1: number; readonly p2: number} {
  const types = new Map(registry.map(({id, objectType}) => [id, objectType]));
  const selfKeyed = links.filter(({id, parentId}) => id === parentId);
  const own = new Set(selfKeyed.map(({id}) => id));
  const stages = selfKeyed.filter(({key}) => key.startsWith('blob-stage:'));
  return {
    p1: registry.filter(({id, objectType}) => objectType === 'blobStage' && !own.has(id)).length,
    p2: stages.filter(({childId}) => types.get(childId) !== 'blob').length,
  };
}

const refuse = (message: string): ExpectedStep => ({kind: 'refuse', message});
const advance = (tables: MigrationTables): ExpectedStep => ({kind: 'advance', tables});

function backfill(tables: MigrationTables): ExpectedStep {
  const {objects, stagings, refs} = tables;
  const registry = new Map(tables.registry.map(row => [row.id, row]));
  const links = new Map(tables.links.map(row => [row.id, row]));
  const bytes = new Map(tables.bytes.map(row => [row.blobId, row]));
  const conflict = (what: string): ExpectedStep => refuse(`v024 backfill conflict: ${what}`);
  for (const {id} of objects ?? []) {
    if ((registry.get(id)?.objectType ?? 'blob') !== 'blob')
      return conflict('blob object id collides with non-blob vfs_registry row');
  }
  const keys = new Map(tables.bytes.map(({objectKey, blobId}) => [objectKey, blobId]));
  for (const {id, createdBy, createdAt, storageKey, size, sha256} of objects ?? []) {
    if ((keys.get(storageKey) ?? id) !== id)
      return conflict('storage key collides with the vfs_blob_bytes row of another blob');
    if (!registry.has(id)) registry.set(id, {id, objectType: 'blob', ownerId: createdBy, createdAt});
    if (!bytes.has(id)) bytes.set(id, {blobId: id, objectKey: storageKey, size, sha256});
  }
  for (const {id} of stagings ?? []) {
    if ((registry.get(id)?.objectType ?? 'blobStage') !== 'blobStage')
      return conflict('staging id collides with non-blobStage vfs_registry row');
  }
  const pair = (parent: string, child: string): LinkRow | undefined =>
    [...links.values()].find(({parentId, childId}) => parentId === parent && childId === child);
  for (const staging of stagings ?? []) {
    const {id, blobId, stagedBy, stagedAt} = staging;
    if ((pair(id, blobId)?.id ?? id) !== id)
      return conflict('staging edge exists under another vfs_links id');
    if (!registry.has(id))
      registry.set(id, {id, objectType: 'blobStage', ownerId: stagedBy, createdAt: stagedAt});
    if (!links.has(id)) links.set(id, linkOfStaging(staging));
  }
  const kinds = new Set<string>();
  for (const {blobId, itemId} of refs ?? []) {
    const key = JSON.stringify([blobId, itemId]);
    if (kinds.has(key)) return conflict('blob is attached to an item with more than one relation kind');
    kinds.add(key);
  }
  for (const ref of refs ?? []) {
    const link = linkOfRef(ref);
    const taken = [links.get(ref.id), pair(ref.itemId, ref.blobId)].filter(known => known !== undefined);
    const agrees = taken.every(
      known => known.parentId === link.parentId && known.childId === link.childId && known.key === link.key,
    );
    if (!agrees) return conflict('blob reference collides with another vfs_links edge');
    if (taken.length === 0) links.set(ref.id, link);
  }
  return advance({
    ...tables,
    registry: [...registry.values()],
    links: [...links.values()],
    bytes: [...bytes.values()],
  });
}

const known = (status: string): string =>
  ['staged', 'attached', 'abandoned'].includes(status) ? status : 'abandoned';

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : formatTime(ms));

function linkOfStaging(staging: LegacyStaging): LinkRow {
  const {id, blobId, expiresAt, attachedAt, attachedItemId, stagedAt} = staging;
  const status = known(staging.status);
  const visible = {
    status,
    expiresAt: formatTime(expiresAt),
    attachedAt: isoOrNull(attachedAt),
    attachedItemId,
  };
  return {id, parentId: id, childId: blobId, key: `blob-stage:${status}`, visible, createdAt: stagedAt};
}

function linkOfRef({id, blobId, itemId, relationKind, attachedBy, attachedAt}: LegacyRef): LinkRow {
  const visible = {relationKind, attachedBy};
  const key = `blob-link:${relationKind}`;
  return {id, parentId: itemId, childId: blobId, key, visible, createdAt: attachedAt};
}

function dropStagings(tables: MigrationTables): ExpectedStep {
  const {stagings, refs, registry, links} = tables;
  const stages = new Set(registry.filter(({objectType}) => objectType === 'blobStage').map(({id}) => id));
  const byId = new Map(links.map(link => [link.id, link]));
  const pairs = (stagings ?? []).map(staging => ({staging, link: byId.get(staging.id)}));
  const some = (wrong: (staging: LegacyStaging, link: LinkRow) => boolean): boolean =>
    pairs.some(({staging, link}) => link !== undefined && wrong(staging, link));
  const disagree = (what: string): ExpectedStep =>
    refuse(`v025 abort: legacy staged rows disagree with flattened blobStage ${what}`);
  if (pairs.some(({staging, link}) => link === undefined || !stages.has(staging.id)))
    return refuse('v025 abort: legacy staged rows missing flattened blobStage representation');
  if (some(({status}, {key}) => key !== `blob-stage:${known(status)}`)) return disagree('status');
  if (some(({id}, {parentId}) => parentId !== id)) return disagree('parent');
  if (some(({blobId}, {childId}) => childId !== blobId)) return disagree('child');
  const linked = new Set(links.map(({parentId, childId, key}) => JSON.stringify([parentId, childId, key])));
  const unlinked = (refs ?? []).some(
    ({itemId, blobId, relationKind}) =>
      !linked.has(JSON.stringify([itemId, blobId, `blob-link:${relationKind}`])),
  );
  if (unlinked) return refuse('v025 abort: legacy vfs_blob_refs rows missing flattened blob link');
  return advance({...tables, stagings: null, refs: null});
}

function dropObjects(tables: MigrationTables): ExpectedStep {
  const blobs = new Set(tables.registry.filter(({objectType}) => objectType === 'blob').map(({id}) => id));
  const keys = new Map(tables.bytes.map(({blobId, objectKey}) => [blobId, objectKey]));
  for (const {id} of tables.objects ?? []) {
    if (!blobs.has(id))
      return refuse('v026 abort: legacy blob objects missing canonical blob representation');
  }
  for (const {id, storageKey} of tables.objects ?? []) {
    if ((keys.get(id) ?? id) !== storageKey)
      return refuse('v026 abort: legacy blob objects whose storage key no vfs_blob_bytes row names');
  }
  return advance({...tables, objects: null});
}

function dropAccess(tables: MigrationTables): ExpectedStep {
  const {access, grants} = tables;
  if (access !== null && grants === null)
    return refuse('v027 abort: vfs_acl_entries missing while vfs_access still exists');
  const canonical = new Set((grants ?? []).map(textOf));
  if ((access ?? []).some(grant => !canonical.has(textOf(grant))))
    return refuse('v027 abort: legacy vfs_access rows missing canonical active user ACL parity');
  const {p1, p2} = parityOf(tables);
  if (p1 > 0) return refuse('v027 abort: flattened blob stages without their own link');
  if (p2 > 0) return refuse('v027 abort: flattened blob stages whose child is no canonical blob');
  return advance({...tables, access: null});
}

function textOf(grant: UserGrant): string {
  const {itemId, userId, level, sessionKey, hierarchicalKey, grantedBy, expiresAt} = grant;
  return JSON.stringify([itemId, userId, level, sessionKey, hierarchicalKey, grantedBy, expiresAt]);
}
