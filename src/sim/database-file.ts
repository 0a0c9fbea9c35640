/** A database of a place, the transaction in force on it, and the port through which nodes speak to it. */
import type {Sql, SqlParams, SqlRow} from '../host.ts';
import type {Life} from './life.ts';
import type {Sqlite} from './sqlite.ts';

/** A transaction in force on one database. */
export class Transaction {
  readonly life: Life;
  over = false;
  /** It changed the schema. */
  altered = false;
  constructor(life: Life) {
    this.life = life;
  }
}

/** One database of a place. */
export class DatabaseFile {
  readonly place: string;
  readonly name: string;
  sqlite: Sqlite;
  holder: Transaction | null = null;
  /** What waits for the transaction in force to end, in order. */
  readonly waiting: {readonly life: Life; readonly go: () => void}[] = [];
  /** What replica reads see while the replica lags. */
  lag: {readonly sqlite: Sqlite; readonly changes: number} | null = null;

  constructor(place: string, name: string, sqlite: Sqlite) {
    this.place = place;
    this.name = name;
    this.sqlite = sqlite;
  }

  get label(): string {
    return `${this.place}/${this.name}`;
  }
}

export type Act = 'get' | 'all' | 'run';

export function ask(sqlite: Sqlite, act: Act, sql: string, params: SqlParams): unknown {
  if (act === 'run') return sqlite.run(sql, params);
  return act === 'get' ? sqlite.get(sql, params) : sqlite.all(sql, params);
}

export function sqlPort(statement: (act: Act, sql: string, params: SqlParams) => Promise<never>): Sql {
  return {
    get: (sql, params = []): Promise<SqlRow | undefined> => statement('get', sql, params),
    all: (sql, params = []): Promise<SqlRow[]> => statement('all', sql, params),
    run: (sql, params = []): Promise<{readonly changes: number}> => statement('run', sql, params),
  };
}
