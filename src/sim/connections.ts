/**
 * Connections to SQLite that are used again. Opening a database and preparing its statements takes longer than most runs
 * use it for; so whatever a run does to one is a single transaction to the engine, which is rolled back in the end.
 */
import {traitsOf} from './sql-text.ts';

const MOST_OF_A_KIND = 16;
const MOST_KINDS = 64;

/** Thrown where a statement needs a connection of its own: the run starts over, and no run shares that schema's again. */
export class ConnectionNeeded extends Error {
  constructor(schema: string) {
    super(`statements over this schema need a connection of their own: ${schema.slice(0, 80)}`);
    this.name = 'ConnectionNeeded';
  }
}

/** Connections at rest, by schema. */
export class Connections<C> {
  readonly #resting = new Map<string, C[]>();
  readonly #unshared = new Set<string>();
  readonly #names = new WeakMap<readonly string[], string | null>();

  /** The name under which connections to a database of this schema are kept; null where they cannot be shared. */
  kindOf(schema: readonly string[], manner: string): string | null {
    let name = this.#names.get(schema);
    if (name === undefined) {
      name = schema.some(statement => traitsOf(statement).personal) ? null : schema.join('\u0000');
      this.#names.set(schema, name);
    }
    return name === null || this.#unshared.has(name) ? null : `${manner}${name}`;
  }

  take(kind: string): C | undefined {
    return this.#resting.get(kind)?.pop();
  }

  /** Keeps a connection for the next who takes it; false if there is no room. */
  keep(kind: string, connection: C): boolean {
    let resting = this.#resting.get(kind);
    if (resting === undefined) {
      if (this.#resting.size >= MOST_KINDS) return false;
      resting = [];
      this.#resting.set(kind, resting);
    }
    if (resting.length >= MOST_OF_A_KIND) return false;
    resting.push(connection);
    return true;
  }
}
