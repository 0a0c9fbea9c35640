/** Cursors: where a reader stands in one tenant's changes, as a text that nobody but the server reads (spec 7). */
import {canonicalJson, canonicalTags, contentHash} from './merge/canonical.ts';
import type {Scope} from './protocol.ts';

export interface Position {
  /** Names the history that `changeSeq` counts in: another one after a rebuild or a restore. */
  readonly epoch: string;
  readonly changeSeq: number;
  readonly scopeHash: string;
}

const SHAPE = /^1:([0-9a-z.]{1,64}):(0|[1-9]\d{0,15}):([0-9a-f]{16})$/;

export const encodeCursor = ({epoch, changeSeq, scopeHash}: Position): string =>
  `1:${epoch}:${changeSeq}:${scopeHash}`;

/** The position that `text` spells, or null. */
export function decodeCursor(text: string): Position | null {
  const [, epoch, digits, scopeHash] = SHAPE.exec(text) ?? [];
  if (epoch === undefined || digits === undefined || scopeHash === undefined) return null;
  const changeSeq = Number(digits);
  return Number.isSafeInteger(changeSeq) ? {epoch, changeSeq, scopeHash} : null;
}

/** One text for one scope, whatever the order of its lists. A list that is absent differs from an empty one. */
export function hashScope({types, ids, tags}: Scope): string {
  const list = (values: readonly string[] | undefined): readonly string[] | null =>
    values === undefined ? null : canonicalTags(values);
  return contentHash(canonicalJson([list(types), list(ids), list(tags)]));
}
