/** Tampers with the acknowledgement of a checkpoint: behind it, ahead of it, of another client, or none. */
import {compareCursors, encodeCursor} from '../../src/model/vfs/cursor.ts';
import {firstRegression} from '../../src/model/vfs/write-ids.ts';
import type {TamperContext} from '../../src/sim/system.ts';
import {
  acknowledgementTamper,
  NO_TEXT,
  tamperOf,
  UNDECODABLE_CURSORS,
  type VfsTamper,
} from './tampers-form.ts';
import {movedCursor, readAcknowledgement, readCheckpoint, type Checkpoint} from './tampers-reading.ts';

const CURSOR_REGRESSION = 'reconcile:reconcileCursorRegression';
const ID_REGRESSION = 'reconcile:lastWriteIdRegression';

/** Whether an acknowledgement says less than the client told in its request. */
function isBehind(acknowledged: Checkpoint | null, {request}: TamperContext): boolean {
  const told = readCheckpoint(request);
  if (acknowledged === null || told === null || acknowledged.clientId !== told.clientId) return false;
  const regressed = firstRegression(told.ids, acknowledged.ids) !== null;
  return regressed || compareCursors(acknowledged.cursor, told.cursor) < 0;
}

export const reconcileTampers: readonly VfsTamper[] = [
  acknowledgementTamper({
    id: 'reconcile-regressed',
    sentence: 'The acknowledged cursor lies before the one that the client told: by time, or by id alone.',
    refusedBy: [CURSOR_REGRESSION],
    change: ({body}, {request, random}) => {
      const told = readCheckpoint(request)?.cursor;
      if (told === undefined) return undefined;
      const {changedAt, changeId} = told;
      const older = random.oneIn(3)
        ? {changedAt, changeId: changeId.length > 1 ? changeId.slice(0, -1) : ''}
        : movedCursor(told, -random.octave(1, 3_600_000));
      if (older === null || older.changeId.trim() === '') return undefined;
      return {...body, cursor: encodeCursor(older)};
    },
  }),
  tamperOf(
    ['reconcile'],
    {
      id: 'reconcile-earlier',
      sentence: 'An older acknowledgement comes again: checkpoints that go back and forth.',
      refusedBy: [CURSOR_REGRESSION, ID_REGRESSION],
    },
    (_, about) => {
      const behind = about.earlier.filter(answer => isBehind(readAcknowledgement(answer), about));
      return behind.length === 0 ? null : about.random.pick(behind);
    },
  ),
  acknowledgementTamper({
    id: 'reconcile-ahead',
    sentence:
      'The acknowledged cursor is ahead of all that there is: it is believed, and nothing may be skipped for it.',
    change: ({body, cursor}, {random}) => {
      const later = random.oneIn(2)
        ? movedCursor(cursor, random.octave(1, 86_400_000))
        : {
            changedAt: random.pick(['9999-12-31T23:59:59.999Z', '+275760-09-13T00:00:00.000Z']),
            changeId: 'zzzz',
          };
      return later === null ? undefined : {...body, cursor: encodeCursor(later)};
    },
  }),
  tamperOf(
    ['reconcile'],
    {
      id: 'reconcile-of-another',
      sentence: 'The acknowledgement is the one that another client was given.',
      refusedBy: ['transport returned reconcile response for mismatched clientId'],
    },
    (_, {request, others, random}) => {
      const asking = readCheckpoint(request)?.clientId;
      const foreign = [...others.values()].filter(answer => {
        const clientId = readAcknowledgement(answer)?.clientId;
        return clientId !== undefined && clientId !== asking;
      });
      return asking === undefined || foreign.length === 0 ? null : random.pick(foreign);
    },
  ),
  acknowledgementTamper({
    id: 'reconcile-checkpoint-of-another',
    sentence: "Another client's checkpoint is acknowledged in this one's name.",
    refusedBy: [CURSOR_REGRESSION, ID_REGRESSION],
    detection: 'sometimes',
    change: ({clientId}, {others, random}) => {
      const foreign = [...others.values()].flatMap(answer => readAcknowledgement(answer) ?? []);
      return foreign.length === 0 ? undefined : {...random.pick(foreign).body, clientId};
    },
  }),
  acknowledgementTamper({
    id: 'reconcile-other-client',
    sentence:
      'The acknowledgement is addressed to another client, or to the key that this one is stored under.',
    refusedBy: ['transport returned reconcile response for mismatched clientId'],
    change: ({body, clientId}, {random}) => ({
      ...body,
      clientId: random.pick([`crdt:${clientId}`, `${clientId}2`, `${clientId}\u200b`, 'another-client']),
    }),
  }),
  acknowledgementTamper({
    id: 'reconcile-client-id-no-text',
    sentence: 'The acknowledgement does not say whose it is.',
    refusedBy: ['transport returned invalid clientId'],
    change: ({body}, {random}) => ({...body, clientId: random.pick(NO_TEXT)}),
  }),
  acknowledgementTamper({
    id: 'reconcile-cursor-no-text',
    sentence: 'The acknowledged cursor is missing or no text.',
    refusedBy: ['transport returned invalid cursor'],
    change: ({body, cursor}, {random}) => ({...body, cursor: random.pick<unknown>([...NO_TEXT, cursor])}),
  }),
  acknowledgementTamper({
    id: 'reconcile-cursor-undecodable',
    sentence: 'The acknowledged cursor is a text, and no cursor.',
    refusedBy: ['transport returned invalid reconcile cursor'],
    change: ({body}, {random}) => ({...body, cursor: random.pick(UNDECODABLE_CURSORS)}),
  }),
];
