/** `failure.json`: what is known of one finding, but for its plans, its trace and its film, which have files of their own. */
import {z} from 'zod';
import type {FindingCommands} from '../../report/failure-markdown.ts';
import {printable, shown} from '../../report/printable.ts';
import {UnreadableError} from '../../sim/assert.ts';
import type {Examined, Film} from '../../sim/explanation.ts';
import type {Json} from '../../sim/json.ts';
import type {Violation} from '../../sim/outcome.ts';

const FAILURE_SCHEMA = 'syncstorm.failure/1';

/** What the file holds. */
export type Failure = z.infer<typeof failureSchema>;

/** Whatever was parsed from JSON text is JSON: going through all of a film again would take longer than all else. */
const json = z.custom<Json>(value => value !== undefined);
const count = z.number().int().min(0);
const text = z.string();
const digest = z.string().regex(/^[0-9a-f]{16}$/);
const necessity = z.boolean().nullable();

const size = z.strictObject({operations: count, faults: count, fates: count, nodes: count, steps: count});
const step = z.strictObject({
  kind: z.enum(['operation', 'fault', 'fate']),
  id: text,
  label: text,
  atMs: count.nullable(),
});

const explanation = z.strictObject({
  curve: z.array(z.strictObject({fixed: count, step: step.nullable(), runs: count, hits: count})),
  necessary: z.array(z.strictObject({step, necessary: necessity})),
  kinds: z.array(z.strictObject({kind: text, count, necessary: necessity})),
  slice: z.array(count),
  nearest: z
    .strictObject({without: step, event: count, failing: text.nullable(), passing: text.nullable()})
    .nullable(),
});

const violation = z.strictObject({
  claim: text,
  sentence: text,
  signature: text.min(1),
  stage: text,
  code: text,
  role: text,
  node: text,
  message: text,
  expected: json.optional(),
  actual: json.optional(),
  happening: count,
  atMs: count,
});

const failureSchema = z.looseObject({
  schema: z.literal(FAILURE_SCHEMA),
  signature: text.min(1),
  claim: text,
  sentence: text,
  message: text,
  system: text,
  given: text.min(1),
  variant: text,
  seed: text,
  violation,
  minimal: z.strictObject({digest, size, locallyMinimal: z.boolean(), runs: count}),
  original: z.strictObject({digest, size}),
  commands: z.strictObject({run: text, replay: text, explain: text, test: text}),
  explanation,
  syncstorm: text,
  node: text,
});

const filmSchema = z.strictObject({
  nodes: z.array(z.strictObject({id: text, role: text, place: text})),
  frames: z.array(z.strictObject({event: count, node: text, state: json})),
  bodies: z.record(
    text,
    z.strictObject({
      path: text.optional(),
      request: text.optional(),
      answer: text.optional(),
      arrived: text.optional(),
    }),
  ),
});

/** What is written of a finding, whose violation is plain. `given`: the system as the user named it; `versions`: of this package and of Node. */
export function failureOf(
  examined: Examined,
  given: string,
  commands: FindingCommands,
  versions: {readonly syncstorm: string; readonly node: string},
): Failure {
  const {minimal, original, violation: found} = examined;
  const {claim, sentence, signature, message} = found;
  return {
    schema: FAILURE_SCHEMA,
    signature,
    claim,
    sentence,
    message,
    system: minimal.system,
    given,
    variant: minimal.variant,
    seed: original.seed,
    violation: found as Failure['violation'],
    minimal: {
      digest: examined.digest,
      size: examined.size,
      locallyMinimal: examined.locallyMinimal,
      runs: examined.runs,
    },
    original: {digest: examined.originalDigest, size: examined.originalSize},
    commands,
    explanation: examined.explanation as Failure['explanation'],
    ...versions,
  };
}

/** A claim may give any value as what it expected and what it saw: what is written is what JSON can say of it. */
export function plainViolation({expected, actual, ...rest}: Violation): Violation {
  return {
    ...rest,
    ...(expected === undefined ? {} : {expected: plain(expected)}),
    ...(actual === undefined ? {} : {actual: plain(actual)}),
  };
}

function plain(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
  } catch {
    return shown(value);
  }
}

/** Reads the file's text. Throws {@link UnreadableError}, saying what does not fit. */
export const parseFailure = (json: string, source: string): Failure => parsed(failureSchema, json, source);

/** Reads the text of `film.json`. Throws {@link UnreadableError}. */
export const parseFilm = (json: string, source: string): Film => parsed(filmSchema, json, source) as Film;

function parsed<T>(schema: z.ZodType<T>, json: string, source: string): T {
  if (nesting(json) > DEEPEST) throw new UnreadableError(`${source}: nested more than ${DEEPEST} deep`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UnreadableError(`${source}: not JSON`);
  }
  const result = schema.safeParse(value);
  // as it stands in the file: checking would put its members in another order
  if (result.success) return value as T;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new UnreadableError(`${source}: ${printable(where)}: ${printable(issue?.message ?? 'does not fit')}`);
}

/** What is parsed can be deeper than what can be written again. */
const DEEPEST = 1_000;

/** How deep a JSON text nests; of text that is no JSON, any number. */
function nesting(json: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let index = 0; index < json.length; index += 1) {
    const unit = json.charCodeAt(index);
    if (inString) {
      if (unit === BACKSLASH) index += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) deepest = Math.max(deepest, (depth += 1));
    else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth -= 1;
  }
  return deepest;
}

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
