/** What a scope asks for: an object fits by its type, its id and the tags that it shows (spec section 7). */
import type {Scope} from './types.ts';

export interface Identity {
  readonly type: string;
  readonly id: string;
}

const named = (allowed: readonly string[] | undefined, name: string): boolean =>
  allowed === undefined || allowed.includes(name);

/** Whether an object that shows `tags`, or ever showed them, is asked for. Null asks for everything, an empty list for nothing. */
export function fits(scope: Scope | null, {type, id}: Identity, tags: Iterable<string>): boolean {
  if (scope === null) return true;
  const shown = [...tags];
  return (
    named(scope.types, type) &&
    named(scope.ids, id) &&
    (scope.tags === undefined || shown.some(tag => scope.tags?.includes(tag)))
  );
}
