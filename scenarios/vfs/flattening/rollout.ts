/** The operator's own record of the rollout, beside the server's database: who runs which release, and where it stands. */
import type {Sql} from '../../../src/index.ts';
import type {Snapshot} from '../../../src/impl/vfs/migration/snapshot.ts';
import type {FlatteningWorld} from './world.ts';

export const ROLLOUT_DATABASE = 'rollout';

/** 1: legacy, 2: mirroring, 3: flattened. */
export type ReleaseNumber = 1 | 2 | 3;

export interface Rollout {
  readonly deployed: ReadonlyMap<string, ReleaseNumber>;
  /** Why it was stopped; null while it goes on. */
  readonly stopped: string | null;
  readonly snapshot: Snapshot | null;
  /** A rollback has begun and not ended: servers answer nothing. */
  readonly restoring: boolean;
  /** How often it was rolled back. */
  readonly restores: number;
  /** Whether clients have been told, since the last rollback, that history was lost. */
  readonly marked: boolean;
  readonly verified: boolean;
}

export function rolloutSchema({servers}: FlatteningWorld): readonly string[] {
  return [
    'CREATE TABLE deployed (node TEXT PRIMARY KEY, release INTEGER NOT NULL)',
    ...Array.from({length: servers}, (_, index) => `INSERT INTO deployed VALUES ('s${index + 1}', 1)`),
    `CREATE TABLE rollout (
      id INTEGER PRIMARY KEY CHECK (id = 1), stopped TEXT, snapshot TEXT, restoring INTEGER NOT NULL,
      restores INTEGER NOT NULL, marked INTEGER NOT NULL, verified INTEGER NOT NULL)`,
    'INSERT INTO rollout VALUES (1, NULL, NULL, 0, 0, 1, 0)',
  ];
}

export const READ_RELEASE = `
  SELECT d.release, r.restoring, r.restores FROM deployed d, rollout r WHERE d.node = ? AND r.id = 1`;
const READ_DEPLOYED = `SELECT node, release FROM deployed ORDER BY node`;
const READ_ROLLOUT = `SELECT * FROM rollout WHERE id = 1`;

export const releaseOf = (value: unknown): ReleaseNumber => (value === 3 ? 3 : value === 2 ? 2 : 1);

export async function readRollout(sql: Sql): Promise<Rollout> {
  const deployed = new Map(
    (await sql.all(READ_DEPLOYED)).map(row => [String(row['node']), releaseOf(row['release'])]),
  );
  const row = (await sql.get(READ_ROLLOUT)) ?? {};
  const {stopped, snapshot} = row;
  return {
    deployed,
    stopped: typeof stopped === 'string' ? stopped : null,
    snapshot: typeof snapshot === 'string' ? (JSON.parse(snapshot) as Snapshot) : null,
    restoring: row['restoring'] === 1,
    restores: Number(row['restores'] ?? 0),
    marked: row['marked'] === 1,
    verified: row['verified'] === 1,
  };
}
