/** A run as it is stored: its plan, and what it did then, so that a replay can say whether it still does. */
import {z} from 'zod';
import {printable} from '../report/printable.ts';
import {UnreadableError} from '../sim/assert.ts';
import {checkPlan, type Plan} from '../sim/plan.ts';
import {readStored} from './files.ts';

const STORED_SCHEMA = 'syncstorm.finding/1';

export interface StoredRun {
  readonly plan: Plan;
  /** Null where they were not recorded. */
  readonly digest: string | null;
  readonly signature: string | null;
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

const wrapper = z.looseObject({
  schema: z.literal(STORED_SCHEMA).optional(),
  plan: z.unknown(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'a digest is 16 hexadecimal digits')
    .nullish(),
  signature: z.string().min(1).max(1_000).nullish(),
});

/** The JSON text of a stored run. */
export const storedText = (stored: StoredRun, notes: FindingNotes): string =>
  `${JSON.stringify({schema: STORED_SCHEMA, ...stored, ...notes}, null, 2)}\n`;

/** Reads a plan, or an object that holds one under `plan`. Throws {@link UnreadableError}, saying what does not fit. */
export function readStoredRun(path: string, shownAs: string): StoredRun {
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
  const {plan, digest, signature} = result.data;
  return {plan: checkPlan(plan, `${source}: plan`), digest: digest ?? null, signature: signature ?? null};
}
