/**
 * POST register: gives an item an identity and an owner; and the items and users that a server is born with
 * (spec 1.1).
 */
import type {Host, Sql} from '../../host.ts';
import {
  type Call,
  failed,
  inSession,
  type Parsed,
  refuse,
  refused,
  type Reply,
  type ServerContext,
} from './server-http.ts';
import {isRecord, trimmed} from './text.ts';

export interface VfsUser {
  readonly userId: string;
  readonly token: string;
  /** Groups that the user is in from the first; later changes come by `VfsServer.setMembership`. */
  readonly groups: readonly string[];
}

export interface VfsRegisteredItem {
  readonly itemId: string;
  readonly ownerId: string;
  readonly objectType: string;
}

/** All types but `blob` and `blobStage`: those come to be by staging, with bytes or with a blob. */
const OBJECT_TYPES: ReadonlySet<unknown> = new Set([
  'file',
  'photo',
  'audio',
  'video',
  'contact',
  'note',
  'email',
  'folder',
  'playlist',
  'album',
  'contactGroup',
  'emailFolder',
  'tag',
]);

const READ_ITEM = `SELECT owner_id, object_type FROM vfs_registry WHERE id = ?`;
const REGISTER = `INSERT INTO vfs_registry (id, object_type, owner_id, created_at) VALUES (?, ?, ?, ?)`;
const REGISTER_IF_ABSENT = `${REGISTER} ON CONFLICT (id) DO NOTHING`;
const KNOWS_USER = `SELECT 1 AS found FROM vfs_sessions WHERE user_id = ? LIMIT 1`;
const OPEN_SESSION = `
  INSERT INTO vfs_sessions (token, user_id) VALUES (?, ?)
  ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id WHERE user_id <> excluded.user_id`;
const JOIN_GROUP = `INSERT INTO user_groups (user_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING`;

/**
 * Answers 201 for a new item, 200 to the repetition of the same request, 409 if the id is another's or of
 * another type.
 */
export async function answerRegister(context: ServerContext, call: Call): Promise<Reply> {
  const parsed = parseRegister(call.body);
  if (parsed.kind === 'refused') return refuse(context, call, parsed.error);
  const {id, objectType} = parsed.input;
  return inSession(context, call, async (sql, userId) => {
    const known = await sql.get(READ_ITEM, [id]);
    if (known === undefined) {
      await sql.run(REGISTER, [id, objectType, userId, context.host.clock.now()]);
      return {status: 201, body: {registered: true, id}};
    }
    const isRepetition = known['owner_id'] === userId && known['object_type'] === objectType;
    return isRepetition
      ? {status: 200, body: {registered: true, id}}
      : failed(409, 'Object id is already registered');
  });
}

/**
 * Puts in users and items that are not there yet. What is there stays, so that a reboot undoes nothing that
 * happened since: groups are given only to a user the database has never met, and so who has no cursor behind
 * which they could show anything.
 */
export async function seedCatalogue(
  sql: Sql,
  host: Host,
  {users, items}: {readonly users: readonly VfsUser[]; readonly items: readonly VfsRegisteredItem[]},
): Promise<void> {
  for (const {userId, token, groups} of users) {
    const isNew = (await sql.get(KNOWS_USER, [userId])) === undefined;
    await sql.run(OPEN_SESSION, [token, userId]);
    if (!isNew) continue;
    for (const groupId of groups) await sql.run(JOIN_GROUP, [userId, groupId]);
  }
  for (const {itemId, ownerId, objectType} of items) {
    await sql.run(REGISTER_IF_ABSENT, [itemId, objectType, ownerId, host.clock.now()]);
  }
}

function parseRegister(body: unknown): Parsed<{readonly id: string; readonly objectType: string}> {
  const required = refused('id and objectType are required');
  if (!isRecord(body)) return required;
  const id = trimmed(body['id']);
  const objectType = trimmed(body['objectType']);
  if (id === null || objectType === null || !OBJECT_TYPES.has(objectType)) return required;
  return {kind: 'ok', input: {id, objectType}};
}
