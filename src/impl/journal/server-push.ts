/** POST push: a device's operations, each with its own result, in the order of the request (spec 5). */
import {decodeEntry, type DecodedEntry} from './decode-entry.ts';
import {belongsTo, isServersOwn, LIMITS, type PushResult, type RejectionReason} from './protocol.ts';
import {
  type Call,
  type Decoded,
  ok,
  refused,
  type Reply,
  type ServerContext,
  type Session,
} from './server-http.ts';
import {type Ingest, rejected} from './server-ingest.ts';
import {answerOf, writing} from './server-write.ts';
import {isRecord, unknownKey} from './text.ts';
import type {Write} from './write.ts';

const FIELDS: ReadonlySet<string> = new Set(['entries']);

/** Answers a `PushAnswer`; 400 and 413 for what is no push. A batch that is sent again changes nothing. */
export async function answerPush(context: ServerContext, call: Call): Promise<Reply> {
  const decoded = decodePush(call.body);
  if (decoded.kind === 'refused') return decoded.reply;
  const entries = decoded.input.map(value => admit(value, context, call.session));
  const writes = entries.flatMap(entry => (entry.kind === 'write' ? [entry.write] : []));
  if (writes.length === 0) return ok(answerOf(entries.map(entry => resultOf(entry, null, call.session))));
  const subject = {names: writes, opIds: writes.map(({op}) => op.opId)};
  return writing(context, call, subject, async ingest => {
    await ingest.lookUpOwnEntries(writes);
    return entries.map(entry => resultOf(entry, ingest, call.session));
  });
}

function decodePush(body: unknown): Decoded<readonly unknown[]> {
  if (!isRecord(body)) return refused('MALFORMED_REQUEST', 'the body must be a JSON object');
  const {entries} = body;
  if (!Array.isArray(entries)) return refused('MALFORMED_REQUEST', 'entries must be an array');
  const unknown = unknownKey(body, FIELDS);
  if (unknown !== null) return refused('MALFORMED_REQUEST', 'a push has entries, and nothing else');
  if (entries.length > LIMITS.entries) {
    return refused('BATCH_TOO_LARGE', `at most ${LIMITS.entries} entries a push`);
  }
  return {kind: 'ok', input: entries};
}

/** Refuses what no journal has to be asked about. */
function admit(value: unknown, context: ServerContext, session: Session): DecodedEntry {
  const entry = decodeEntry(value, context.clockLimits);
  if (entry.kind === 'refused') return entry;
  const reason = admissionProblem(entry.write, context, session);
  return reason === null ? entry : {kind: 'refused', opId: entry.write.op.opId, reason};
}

function admissionProblem(
  {op, objectType}: Write,
  {legacyTypes}: ServerContext,
  {deviceId}: Session,
): RejectionReason | null {
  if (isServersOwn(op.opId)) return 'INVALID_ID';
  if (!belongsTo(op.deviceId, deviceId)) return 'DEVICE_MISMATCH';
  return legacyTypes.has(objectType) ? 'TYPE_NOT_OWNED' : null;
}

/** `ingest` is null only where no entry is a write. */
function resultOf(entry: DecodedEntry, ingest: Ingest | null, {deviceId}: Session): PushResult {
  if (entry.kind === 'refused') return rejected(entry.opId, entry.reason);
  if (ingest === null) throw new Error('a write is judged in a transaction');
  return ingest.offer(entry.write, deviceId);
}
