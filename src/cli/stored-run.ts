/** A run as it is stored: its plan, and what it did then, so that a replay can say whether it still does. */
import {existsSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {printable} from '../report/printable.ts';
import {UnreadableError} from '../sim/assert.ts';
import {checkPlan, type Plan} from '../sim/plan.ts';
import type {ShrinkState} from '../sim/shrink/shrink.ts';
import {readStored} from './files.ts';

const STORED_SCHEMA = 'syncstorm.finding/1';
/** A file of the corpus holds a plan as well. */
export const CORPUS_SCHEMA = 'syncstorm.corpus/1';

/** In the folder of a finding: the plan to replay, and the plan as it was found. */
export const PLAN_FILE = 'plan.json';
export const ORIGINAL_FILE = 'plan.orig.json';

const isFolder = (path: string): boolean => statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;

export interface StoredRun {
  readonly plan: Plan;
  /** Null where they were not recorded. */
  readonly digest: string | null;
  readonly signature: string | null;
  /** Where shrinking stands, if its time was up before the plan was as small as it gets. */
  readonly shrink?: ShrinkState;
}

/** What else is written beside a plan, for people and scripts; a replay does without. */
export interface FindingNotes {
  readonly claim: string;
  readonly sentence: string;
  readonly message: string;
  readonly steps: number;
  /** The commands that repeat it. */
  readonly command: string;
  readonly replay: string;
  readonly node: string;
}

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const wrapper = z.looseObject({
  schema: z.enum([STORED_SCHEMA, CORPUS_SCHEMA]).optional(),
  plan: z.unknown(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'a digest is 16 hexadecimal digits')
    .nullish(),
  signature: z.string().min(1).max(1_000).nullish(),
  shrink: z
    .strictObject({
      pass: count,
      position: z.tuple([count, count]),
      changed: z.boolean(),
      // plans that were stored before there were two kinds of round
      thorough: z.boolean().default(false),
      runs: count,
    })
    .optional(),
});

/** The JSON text of a stored run. */
export const storedText = (stored: StoredRun, notes: FindingNotes): string =>
  `${JSON.stringify({schema: STORED_SCHEMA, ...stored, ...notes}, null, 2)}\n`;

/** The plan of a finding as it was found, where `path` is the folder of one that was made small; null elsewhere. */
export function readOriginal(path: string, shownAs: string): Plan | null {
  const file = join(path, ORIGINAL_FILE);
  return isFolder(path) && existsSync(file) ? readStoredRun(file, join(shownAs, ORIGINAL_FILE)).plan : null;
}

/**
 * Reads a plan, or an object that holds one under `plan`; of a finding's folder, the plan in it. Throws
 * {@link UnreadableError}, saying what does not fit.
 */
export function readStoredRun(path: string, shownAs: string): StoredRun {
  if (isFolder(path)) return readStoredRun(join(path, PLAN_FILE), join(shownAs, PLAN_FILE));
  const source = printable(shownAs);
  let value: unknown;
  try {
    value = JSON.parse(readStored(path, shownAs));
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    throw new UnreadableError(`${source}: not JSON; a plan is one JSON object`);
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'plan')) {
    return {plan: checkPlan(value, source), digest: null, signature: null};
  }
  const result = wrapper.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new UnreadableError(
      `${source}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`,
    );
  }
  const {plan, digest, signature, shrink} = result.data;
  return {
    plan: checkPlan(plan, `${source}: plan`),
    digest: digest ?? null,
    signature: signature ?? null,
    ...(shrink === undefined ? {} : {shrink}),
  };
}
