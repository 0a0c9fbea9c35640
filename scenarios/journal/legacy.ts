/** The legacy exchange as its servers hold it: entries that are only ever added, each as a device gave it. */
import {canonicalJson, type CommittedSql, type HttpRequest} from '../../src/index.ts';
import type {Value} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import {bodyOf} from './wire.ts';

/** The types that the legacy exchange owns, and the one that users of both write. */
export const LEGACY_TYPE = 'memo';
export const LEGACY_TYPES = [LEGACY_TYPE] as const;

export interface LegacyLine {
  readonly entryId: number;
  readonly deviceId: string;
  readonly opId: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly payload: Value;
  readonly isTombstone: boolean;
}

const AFTER_SQL = 'SELECT * FROM legacy_journal WHERE tenant_id = ? AND entry_id > ? ORDER BY entry_id';

export const readLegacy = (sql: CommittedSql, tenant: string, after: number): LegacyLine[] =>
  sql.all(AFTER_SQL, [tenant, after]).map(row => ({
    entryId: Number(row['entry_id']),
    deviceId: String(row['device_id']),
    opId: String(row['op_id']),
    objectType: String(row['object_type']),
    objectId: String(row['object_id']),
    ...(JSON.parse(String(row['body'])) as {readonly payload: Value; readonly isTombstone: boolean}),
  }));

/** Takes new lines in, and judges them by the pushes that servers are working on. */
export function takeLegacy(
  docket: Docket,
  node: string,
  held: LegacyLine[],
  fresh: readonly LegacyLine[],
  pushes: readonly {readonly device: string; readonly request: HttpRequest}[],
): void {
  for (const line of fresh) {
    const {entryId, deviceId, ...entry} = line;
    const given = pushes.some(
      ({device, request}) =>
        device === deviceId &&
        (bodyOf(request) as {readonly entries: readonly unknown[]}).entries.some(
          one => canonicalJson(one) === canonicalJson(entry),
        ),
    );
    const next = entryId === held.length + 1 && !held.some(({opId}) => opId === entry.opId);
    docket.enter('JOURNAL-G1', given && next, () => ({
      code: given ? 'order' : 'stray',
      stage: 'legacy',
      node,
      message: `${node} keeps a legacy entry that nobody gave, or in another place`,
      expected: held.length + 1,
      actual: line,
    }));
    held.push(line);
  }
}
