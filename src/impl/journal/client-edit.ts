/** What a user wants to write, checked as strictly as the server checks it, so that nothing is queued that it must refuse. */
import {JournalEditError} from './client-errors.ts';
import type {ClientState, OutboxItem} from './client-state.ts';
import {incremented} from './merge/clock.ts';
import {type Json, LIMITS, type PushEntry, type Scope} from './protocol.ts';
import {decodeScope} from './decode-scope.ts';
import {isId, isIdList, isPortable} from './text.ts';
import type {ObjectName} from './write.ts';

/** `payload` null for a tombstone. */
export interface Edit extends ObjectName {
  readonly payload: Json;
  readonly tags: readonly string[];
  readonly isTombstone: boolean;
}

/** Who writes it: the device in the life that it is in, and the operation's new id. */
export interface Author {
  readonly deviceId: string;
  readonly sessionId: string;
  readonly opId: string;
}

/** The edit, copied. Throws {@link JournalEditError}. */
export function checkedEdit(edit: Edit): Edit {
  const {objectType, objectId, payload, tags, isTombstone} = edit;
  if (!isId(objectType) || !isId(objectId)) {
    throw new JournalEditError('INVALID_NAME', `type and id must be 1 to ${LIMITS.idLength} characters`);
  }
  if (!isIdList(tags, LIMITS.tags)) {
    throw new JournalEditError('INVALID_TAGS', `tags must be at most ${LIMITS.tags} names`);
  }
  if (!isPortable(payload)) {
    throw new JournalEditError('INVALID_PAYLOAD', 'the payload must be JSON that all engines read alike');
  }
  const text = JSON.stringify(payload);
  if (text.length > LIMITS.payloadLength) {
    throw new JournalEditError('PAYLOAD_TOO_LARGE', `at most ${LIMITS.payloadLength} characters`);
  }
  return {objectType, objectId, payload: JSON.parse(text) as Json, tags: [...tags], isTombstone};
}

/** The scope, copied. Throws {@link JournalEditError}. */
export function checkedScope(scope: Scope): Scope {
  const checked = decodeScope(JSON.parse(JSON.stringify(scope)));
  if (checked === null)
    throw new JournalEditError('INVALID_SCOPE', 'a scope is lists of types, ids and tags');
  return checked;
}

/** The edit as the next operation of its object. */
export function itemOf(state: ClientState, edit: Edit, {deviceId, sessionId, opId}: Author): OutboxItem {
  const entry: PushEntry = {
    opId,
    deviceId,
    sessionId,
    objectType: edit.objectType,
    objectId: edit.objectId,
    payload: edit.payload,
    vectorClock: incremented(state.contextOf(edit, deviceId), deviceId),
    isTombstone: edit.isTombstone,
    tags: edit.tags,
  };
  return {n: state.next, entry, status: 'pending', reason: null, ackSeq: 0};
}
