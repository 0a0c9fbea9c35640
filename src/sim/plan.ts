/** A plan: everything that will be tried in one run, as plain JSON that was drawn before the run and that any subset of is a plan too. */
import {z} from 'zod';
import {UnreadableError} from './assert.ts';
import type {Json} from './json.ts';

export const PLAN_SCHEMA = 'syncstorm.plan/1';

/** What happens to one leg of one message; `act` is the id of a hazard, `arg` its drawn strength. */
export interface Fate {
  /** How long the leg takes, in ms. */
  readonly delayMs: number;
  readonly act?: string;
  readonly arg?: number;
}

/** One thing a user does. `target` picks a node by index modulo those that can do it; where none is, nothing happens. */
export interface PlannedOperation {
  readonly id: string;
  /** Virtual ms since the start of the run. */
  readonly at: number;
  readonly kind: string;
  readonly target: number;
  readonly args: Json;
}

/** One injected failure: an interval that ends by itself. `lasts: null`: a partition for ever, anything else to the end of the storm. */
export interface PlannedFault {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly target: number;
  readonly lasts: number | null;
  readonly arg: number;
}

export interface Plan {
  readonly schema: typeof PLAN_SCHEMA;
  readonly system: string;
  readonly variant: string;
  /** Names every stream of chance in the run: `0x` and 16 hexadecimal digits. */
  readonly seed: string;
  /** Drawn by the system: how many nodes, which options. */
  readonly world: {readonly [key: string]: Json};
  readonly operations: readonly PlannedOperation[];
  readonly faults: readonly PlannedFault[];
  /** Network and disk hazards by id: each message or statement meets one with a chance of one in n; 0 or absent is never. */
  readonly weather: {readonly [hazard: string]: number};
  /** Fates by the identity of the message or statement. Null: drawn from the weather. Else what is not named is calm. */
  readonly fates: {readonly [key: string]: Fate} | null;
  /** From this moment on fates are drawn from the weather after all, by another seed: another future after the same past. */
  readonly anew?: {readonly fromMs: number; readonly seed: string};
  /** Virtual ms of storm, then of patience for settling; happenings at most in all. */
  readonly stormMs: number;
  readonly patienceMs: number;
  readonly maxHappenings: number;
}

const MAX_DEPTH = 64;

/** Json by the time it is asked: {@link unfit} has looked at all of it. */
const json = z.custom<Json>(value => value !== undefined);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const label = z.string().min(1).max(64);

const fateSchema = z.strictObject({
  delayMs: count,
  act: label.optional(),
  arg: z.number().int().optional(),
});

const planSchema = z.strictObject({
  schema: z.literal(PLAN_SCHEMA),
  system: z.string().min(1).max(1000),
  variant: label,
  seed: z.string().regex(/^0x[0-9a-f]{16}$/),
  world: z.record(z.string(), json),
  operations: z
    .array(z.strictObject({id: label, at: count, kind: label, target: count, args: json}))
    .max(1_000_000),
  faults: z
    .array(
      z.strictObject({
        id: label,
        at: count,
        kind: label,
        target: count,
        lasts: count.nullable(),
        arg: z.number().int(),
      }),
    )
    .max(100_000),
  weather: z.record(z.string(), count),
  fates: z.record(z.string(), fateSchema).nullable(),
  anew: z.strictObject({fromMs: count, seed: z.string().regex(/^0x[0-9a-f]{16}$/)}).optional(),
  stormMs: count,
  patienceMs: count,
  maxHappenings: count,
});

/** Reads a plan from its JSON text. Throws {@link UnreadableError} saying where it does not fit. */
export function parsePlan(text: string, source: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableError(`${source}: not JSON; a plan is one JSON object with schema "${PLAN_SCHEMA}"`);
  }
  return checkPlan(value, source);
}

/** The same for a value that is already parsed. */
export function checkPlan(value: unknown, source: string): Plan {
  const wrong = unfit(value, 'the plan', 0);
  if (wrong !== null) throw new UnreadableError(`${source}: ${wrong}`);
  const result = planSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'the plan' : issue.path.join('.');
    throw new UnreadableError(`${source}: ${where}: ${issue?.message ?? 'does not fit the plan schema'}`);
  }
  return result.data as Plan;
}

/** What keeps a value from being plain JSON that every reader of it understands alike; null if nothing does. */
function unfit(value: unknown, path: string, depth: number): string | null {
  if (depth > MAX_DEPTH) return `${path}: nested more than ${MAX_DEPTH} deep`;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${path}: not a finite number`;
  if (typeof value !== 'object') return `${path}: not JSON: ${typeof value}`;
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return `${path}: has a member "__proto__"`;
    const found = unfit((value as Record<string, unknown>)[key], `${path}.${key}`, depth + 1);
    if (found !== null) return found;
  }
  return null;
}
