/** What a step has made of the tables, held against what the reference makes of them. */
import type {Finding} from '../../../src/index.ts';
import {canonicalJson} from '../../../src/model/vfs/compare.ts';
import {expectStep} from '../../../src/model/vfs/migration.ts';
import type {MigrationTables} from '../../../src/model/vfs/migration-tables.ts';

/** Which claim a step that has committed is judged by, and what is wrong with it. */
export function judgeStep(
  before: MigrationTables,
  after: MigrationTables,
  node: string,
): {readonly claim: 'VFS-M1' | 'VFS-M2'; readonly finding: Finding | null} {
  const expected = before.version >= 23 && before.version < 27 ? expectStep(before) : null;
  if (expected === null || expected.kind === 'refuse') {
    const why = expected === null ? 'there is no such step' : expected.message;
    const code = expected === null ? 'no-step' : why;
    const message = `a step ran that must be refused: ${why}`;
    return {claim: 'VFS-M2', finding: {code, stage: 'step', node, message}};
  }
  const [told, found] = [inOneOrder(expected.tables), inOneOrder(after)];
  if (canonicalJson(told) === canonicalJson(found)) return {claim: 'VFS-M1', finding: null};
  const step = `v0${expected.tables.version}`;
  return {
    claim: 'VFS-M1',
    finding: {
      ...{code: `step-${expected.tables.version}`, stage: 'step', node},
      message: `step ${step} left other rows than the reference makes of them`,
      expected: told,
      actual: found,
    },
  };
}

/** Rows in one order, whatever made them. */
function inOneOrder(tables: MigrationTables): Readonly<Record<string, unknown>> {
  const entries = Object.entries(tables).map(([name, rows]: [string, unknown]) => [
    name,
    Array.isArray(rows) ? rows.map(row => canonicalJson(row)).toSorted(byText) : rows,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
