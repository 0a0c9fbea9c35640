/** A file of the corpus: a plan that once showed a bug, the story of it, what it must give, and what it must meet. */
import {basename, join} from 'node:path';
import {z} from 'zod';
import {printable} from '../../report/printable.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {checkPlan, type Plan} from '../../sim/plan.ts';
import {readStored, writeWhole} from '../files.ts';
import {CORPUS_SCHEMA} from '../stored-run.ts';

/** What a plan gives that breaks nothing. */
export const OK = 'ok';

/** The content of a file. */
export interface CorpusEntry {
  /** What goes wrong when, and which claim says so: for people. */
  readonly note: string;
  readonly plan: Plan;
  /** `ok`, or the signature of what is known to be broken. */
  readonly expect: string;
  /** The steps of the plan that take effect, as `metSteps` names them. */
  readonly met: readonly string[];
}

const entrySchema = z.strictObject({
  schema: z.literal(CORPUS_SCHEMA),
  note: z.string().trim().min(1).max(2_000),
  plan: z.unknown(),
  expect: z.string().min(1).max(1_000),
  met: z.array(z.string().min(1).max(2_000)).min(1).max(100_000),
});

/** Reads one. Throws {@link UnreadableError}, saying what does not fit. */
export function readEntry(path: string, shownAs: string): CorpusEntry {
  const source = printable(shownAs);
  let value: unknown;
  try {
    value = JSON.parse(readStored(path, shownAs));
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    throw new UnreadableError(`${source}: not JSON; a file of the corpus is one JSON object`);
  }
  const result = entrySchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    throw new UnreadableError(`${source}: ${where}: ${issue?.message ?? 'does not fit the corpus schema'}`);
  }
  const {note, plan, expect, met} = result.data;
  return {note, plan: checkPlan(plan, `${source}: plan`), expect, met};
}

/** The note of a stored plan that is one of these, or was before it went stale; empty for any other. */
export function noteOf(path: string): string {
  if (!path.endsWith('.json')) return '';
  const {schema, note} = JSON.parse(readStored(path, path)) as {schema?: unknown; note?: unknown};
  return schema === CORPUS_SCHEMA && typeof note === 'string' ? note.trim() : '';
}

/** Writes one, as a whole or not at all. Throws `Misuse`. */
export function writeEntry(path: string, {note, plan, expect, met}: CorpusEntry): void {
  writeWhole(path, `${JSON.stringify({schema: CORPUS_SCHEMA, note, expect, met, plan}, null, 2)}\n`);
}

const GENERAL = ['plan.json', 'plan.min.json', 'plan.orig.json'];

/** The name that a file gets unless told: that of the plan's file, or of its folder where every plan is called alike. */
export function nameFor(operand: string): string {
  const own = basename(operand);
  const telling = GENERAL.includes(own) ? basename(join(operand, '..')) : own;
  return telling.replace(/(\.min)?\.json$/, '').replace(/[^\w.-]+/g, '-');
}

/** Whether a file may be called so. */
export const isName = (name: string): boolean => /^[A-Za-z0-9][\w.-]{0,119}$/.test(name);
