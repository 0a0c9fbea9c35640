/** What a migration step is made of: guards that refuse, statements that change, and what must hold when they are done. */
import type {Dialect} from './dialect.ts';
import type {LegacyTable} from './legacy-schema.ts';

/** Refuses the step, with exactly this message, if the query's `n` is not 0. */
export interface Guard {
  readonly kind: 'guard';
  readonly message: string;
  readonly sql: string;
  /** Judged only while all of these are there: where they are gone there is nothing left to lose. */
  readonly needs: readonly LegacyTable[];
}

export interface Change {
  readonly kind: 'change';
  readonly sql: string;
  readonly needs: readonly LegacyTable[];
}

/** One version of the chain. All of its stages and its version record commit together. */
export interface Step {
  readonly version: number;
  readonly title: string;
  /** Nobody else may write these while it runs. */
  readonly locks: readonly LegacyTable[];
  readonly stages: readonly (Guard | Change)[];
}

export type MakeStep = (dialect: Dialect) => Step;

export const guard = (message: string, needs: readonly LegacyTable[], sql: string): Guard => ({
  kind: 'guard',
  message,
  sql,
  needs,
});

export const change = (needs: readonly LegacyTable[], sql: string): Change => ({kind: 'change', sql, needs});
