/** Plain JSON values: what plans, traces and bundles are made of, and their one canonical text. */

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** JSON text with keys in code-unit order, so that equal values have equal texts. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Record<string, unknown>;
  const members: string[] = [];
  for (const key of Object.keys(record).sort(compareText)) {
    if (record[key] !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether two plain values are the same, whatever the order of members. Quick where parts are shared. */
export function sameJson(a: Json, b: Json): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Members, b as Members];
  let size = 0;
  for (const key in left) {
    const [one, other] = [left[key], right[key]];
    if (one === undefined || other === undefined || !Object.hasOwn(right, key) || !sameJson(one, other))
      return false;
    size += 1;
  }
  for (const key in right) size -= right[key] === undefined ? 0 : 1;
  return size === 0;
}

type Members = {readonly [key: string]: Json};

export type Difference = {readonly path: string; readonly expected: unknown; readonly actual: unknown};

/** The first place, in key order, at which two plain values differ; null if nowhere. */
export function firstDifference(expected: unknown, actual: unknown, path = '$'): Difference | null {
  if (Object.is(expected, actual)) return null;
  const bothObjects =
    typeof expected === 'object' && typeof actual === 'object' && expected !== null && actual !== null;
  if (!bothObjects || Array.isArray(expected) !== Array.isArray(actual)) return {path, expected, actual};
  const left = expected as Record<string, unknown>;
  const right = actual as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  if (!Array.isArray(expected)) keys.sort(compareText);
  for (const key of keys) {
    const step = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`;
    const found = firstDifference(left[key], right[key], step);
    if (found !== null) return found;
  }
  return null;
}
