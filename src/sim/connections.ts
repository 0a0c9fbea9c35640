/**
 * Connections to SQLite that are used again. Opening a database and preparing its statements takes longer than most runs
 * use it for; so whatever a run does to one is a single transaction to the engine, which is rolled back in the end.
 */
import {traitsOf} from './sql-text.ts';

const MOST_OF_A_KIND = 16;
const MOST_KINDS = 64;

/** Thrown where a statement needs a connection of its own; the kind is not shared again, and the run does not count. */
export class ConnectionNeeded extends Error {
  constructor(statement: string) {
    super(`a statement needs a connection of its own: ${statement}`);
    this.name = 'ConnectionNeeded';
  }
}

/** Connections at rest, by what they are connected to. */
export class Connections<C> {
  readonly #resting = new Map<string, C[]>();
  readonly #unshared = new Set<string>();
  readonly #names = new WeakMap<readonly string[], string | null>();

  /** What connections to a database of this schema are kept under; null where they cannot be shared. */
  kindOf(schema: readonly string[], manner: string): string | null {
    let name = this.#names.get(schema);
    if (name === undefined) {
      name = schema.some(statement => traitsOf(statement).personal) ? null : schema.join('\u0000');
      this.#names.set(schema, name);
    }
    const kind = name === null ? null : `${manner}${name}`;
    return kind === null || this.#unshared.has(kind) ? null : kind;
  }

  /** How many kinds turned out to need connections of their own. */
  get unshared(): number {
    return this.#unshared.size;
  }

  take(kind: string): C | undefined {
    return this.#resting.get(kind)?.pop();
  }

  /** Keeps a connection for whoever takes it next; false if it is not wanted. */
  keep(kind: string, connection: C): boolean {
    if (this.#unshared.has(kind)) return false;
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

  /** From here on, every connection of this kind is new; returns those at rest, to be closed. */
  unshare(kind: string): readonly C[] {
    const resting = this.#resting.get(kind) ?? [];
    this.#resting.delete(kind);
    this.#unshared.add(kind);
    return resting;
  }
}
