/**
 * POST ingest-pack: many objects at once, written by the server itself. An operation's id is made of the pack's and of
 * what it says, so that a pack that comes again changes nothing; its clock counts on from all that was seen (spec 5).
 */
import {decodeEntry} from './decode-entry.ts';
import {canonicalJson} from './merge/canonical.ts';
import {incremented} from './merge/clock.ts';
import {type Json, LIFE_MARK, LIMITS, PACK_DEVICE, type PushResult} from './protocol.ts';
import {type Call, type Decoded, failed, refused, type Reply, type ServerContext} from './server-http.ts';
import {type Ingest, rejected} from './server-ingest.ts';
import {writing} from './server-write.ts';
import {hmacHex} from './sha256.ts';
import {isId, isPortable, isRecord, unknownKey} from './text.ts';
import {type Write, writeOf} from './write.ts';

interface Pack {
  readonly packId: string;
  readonly objects: readonly Record<string, unknown>[];
}

const FIELDS: ReadonlySet<string> = new Set(['packId', 'objects', 'signature']);
const OBJECT_FIELDS: ReadonlySet<string> = new Set([
  'objectType',
  'objectId',
  'payload',
  'isTombstone',
  'tags',
]);

/** Enough that nobody finds two contents of one id. */
const OP_ID_DIGITS = 40;

/** Answers as a push does; 403 for who may not, or what was not signed. */
export async function answerPack(context: ServerContext, call: Call): Promise<Reply> {
  if (call.session.mayIngest !== true) return failed('FORBIDDEN', 'this session may not send packs');
  const decoded = decodePack(call.body, context.packKey);
  if (decoded.kind === 'refused') return decoded.reply;
  const {packId, objects} = decoded.input;
  const drafts = objects.map(object => draftOf(packId, object, context));
  const writes = drafts.flatMap(draft => (draft.kind === 'write' ? [draft.write] : []));
  const subject = {names: writes, opIds: writes.map(({op}) => op.opId)};
  return writing(context, call, subject, ingest => {
    return Promise.resolve(
      drafts.map(draft => (draft.kind === 'write' ? take(ingest, draft.write) : draft.result)),
    );
  });
}

function decodePack(body: unknown, packKey: string | null): Decoded<Pack> {
  if (!isRecord(body) || unknownKey(body, FIELDS) !== null) {
    return refused('MALFORMED_REQUEST', 'a pack has packId, objects and signature, and nothing else');
  }
  const {packId, objects, signature} = body;
  if (!isId(packId) || !Array.isArray(objects) || !objects.every(isRecord) || !isPortable(objects)) {
    return refused('MALFORMED_REQUEST', 'packId must be a name, and objects a list of objects');
  }
  if (objects.length > LIMITS.entries) {
    return refused('BATCH_TOO_LARGE', `at most ${LIMITS.entries} objects a pack`);
  }
  const signed = canonicalJson({packId, objects: objects as Json});
  if (packKey === null || signature !== hmacHex(packKey, signed)) {
    return refused('BAD_SIGNATURE', 'the signature is not that of this pack');
  }
  return {kind: 'ok', input: {packId, objects}};
}

type Draft =
  {readonly kind: 'write'; readonly write: Write} | {readonly kind: 'refused'; readonly result: PushResult};

/** The object as an operation, but for its clock: that depends on what the journal holds. */
function draftOf(packId: string, object: Record<string, unknown>, context: ServerContext): Draft {
  const {isTombstone = false} = object;
  const opId =
    PACK_DEVICE + LIFE_MARK + hmacHex(packId, canonicalJson(object as Json)).slice(0, OP_ID_DIGITS);
  if (unknownKey(object, OBJECT_FIELDS) !== null) return refusedDraft(opId, 'UNKNOWN_FIELD');
  const entry = decodeEntry(
    {
      ...object,
      isTombstone,
      opId,
      deviceId: PACK_DEVICE,
      sessionId: packId,
      vectorClock: {[PACK_DEVICE]: 1},
    },
    context.clockLimits,
  );
  if (entry.kind === 'refused') return refusedDraft(opId, entry.reason);
  if (context.legacyTypes.has(entry.write.objectType)) return refusedDraft(opId, 'TYPE_NOT_OWNED');
  return entry;
}

const refusedDraft = (opId: string, reason: Parameters<typeof rejected>[1]): Draft => ({
  kind: 'refused',
  result: rejected(opId, reason),
});

/** A pack that was taken in before has another clock now: what it says is compared without. */
function take(ingest: Ingest, draft: Write): PushResult {
  const known = ingest.known(draft.op.opId);
  const clock = known === null ? incremented(ingest.seen(draft), PACK_DEVICE) : known.op.clock;
  return ingest.offer(writeOf(draft, draft.sessionId, {...draft.op, clock}), PACK_DEVICE);
}
