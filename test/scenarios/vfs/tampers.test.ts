/** The tamper table: each lie changes an answer, in the same way for the same draw, and meets the guardrail that it names. */
import {fc, test as property} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';
import {harmOf, isHarmful} from '../../../scenarios/vfs/tampers-harm.ts';
import type {VfsTamper} from '../../../scenarios/vfs/tampers-form.ts';
import {tampers, undetectable} from '../../../scenarios/vfs/tampers.ts';
import type {HttpRequest, HttpResponse} from '../../../src/host.ts';
import type {Expectation} from '../../../src/model/vfs/expect.ts';
import {sameResponse} from '../../../src/sim/bodies.ts';
import {Stream} from '../../../src/sim/random.ts';
import {SAMPLES, type Sample} from './honest-answers.ts';

const DRAWS = 24;

/** Whether a text is one of the patterns: `*` stands for anything. */
function isOneOf(text: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern => {
    const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('[^]*')}$`).test(text);
  });
}

function tampered(tamper: VfsTamper, sample: Sample, draw: number): HttpResponse | null {
  const {request, earlier, others, honest} = sample;
  const random = Stream.keyed('0x1', `${tamper.id} ${sample.name} ${draw}`);
  return tamper.apply(honest, {request, earlier, others, random});
}

/** How an answer is refused: by the signatures that are told, or by a message; null if it is not. */
function refusalOf(expected: Expectation<unknown>): readonly string[] | null {
  if (expected.kind === 'accept') return null;
  return [expected.error.message, ...expected.violations.map(({stage, code}) => `${stage}:${code}`)];
}

interface Trial {
  readonly sample: Sample;
  readonly answer: HttpResponse;
  readonly refusal: readonly string[] | null;
  /** Whether the honest answer is refused just so: then the tamper has no part in it. */
  readonly honestly: boolean;
}

const trialsKnown = new Map<VfsTamper, readonly Trial[]>();

function trialsOf(tamper: VfsTamper): readonly Trial[] {
  const known = trialsKnown.get(tamper);
  if (known !== undefined) return known;
  const trials = SAMPLES.filter(({request}) => tamper.matches(request)).flatMap(sample => {
    const honest = refusalOf(sample.judge(sample.honest));
    return Array.from({length: DRAWS}, (_, draw) => draw).flatMap(draw => {
      const answer = tampered(tamper, sample, draw);
      if (answer === null) return [];
      const refusal = refusalOf(sample.judge(answer));
      const honestly = refusal !== null && refusal[0] === honest?.[0];
      return [{sample, answer, refusal, honestly}];
    });
  });
  trialsKnown.set(tamper, trials);
  return trials;
}

/** Lies that a client may be strict enough to see, and need not be. */
const STRICTER_THAN_THE_MODEL = new Set([
  'snapshot-undated',
  'pull-ids-unstorable-replica',
  'reconcile-ids-unstorable-replica',
  'snapshot-ids-unstorable-replica',
]);

/** Undetectable, and no lie: what is said otherwise comes to the same. */
const HARMLESS = new Set([
  'pull-nothing-new',
  'pull-more-than-there-is',
  'pull-less-than-there-is',
  'pull-cursor-left-out',
  'pull-short',
  'pull-item-padded',
  'pull-item-more-fields',
  'pull-ids-absent',
  'pull-ids-twins',
  'reconcile-ids-absent',
  'reconcile-ids-twins',
  'snapshot-ids-absent',
  'snapshot-ids-twins',
  'push-reordered',
  'push-other-client',
  'push-op-ids-padded',
  'push-other-acknowledgement',
  'snapshot-behind',
  'snapshot-without-position',
  'snapshot-none',
  'any-other-success',
  'any-other-content-type',
  'any-keys-shadowed',
  'any-object-keys',
  'any-nearly-too-deep',
  'any-as-bytes',
  'any-times-short',
  'any-times-long',
  'any-times-zoned',
]);

describe.each(tampers.map(tamper => [tamper.id, tamper] as const))('tamper %s', (_, tamper) => {
  const trials = trialsOf(tamper);

  it('changes at least one honest answer, and never calls the same answer changed', () => {
    expect(trials.length).toBeGreaterThan(0);
    for (const {sample, answer} of trials) expect(sameResponse(answer, sample.honest)).toBe(false);
  });

  it('does the same for the same draw', () => {
    for (const sample of SAMPLES.filter(({request}) => tamper.matches(request))) {
      for (let draw = 0; draw < 4; draw += 1) {
        const [once, again] = [tampered(tamper, sample, draw), tampered(tamper, sample, draw)];
        const same = once === null || again === null ? once === again : sameResponse(once, again);
        expect(same, sample.name).toBe(true);
      }
    }
  });

  it('is answered by what it names, or by nothing', () => {
    for (const {sample, refusal, honestly} of trials) {
      const about = `${sample.name}: ${String(refusal?.join(' / '))}`;
      if (refusal === null) expect(tamper.detection, about).not.toBe('always');
      else if (!honestly)
        expect(
          refusal.some(text => isOneOf(text, tamper.refusedBy)),
          about,
        ).toBe(true);
    }
    const refused = trials.filter(({refusal, honestly}) => refusal !== null && !honestly);
    if (tamper.detection === 'never') expect(refused).toStrictEqual([]);
    else if (!STRICTER_THAN_THE_MODEL.has(tamper.id)) expect(refused.length).toBeGreaterThan(0);
  });

  if (undetectable.has(tamper.id)) {
    it(HARMLESS.has(tamper.id) ? 'does no harm' : 'does harm that can be told', () => {
      const harms = trials.map(({sample, answer}) => harmOf(sample.request, sample.honest, answer));
      expect(harms.some(isHarmful)).toBe(!HARMLESS.has(tamper.id));
    });
  }
});

describe('a client that drops stale items instead of refusing them', () => {
  it('takes for honest what no other client can tell from honest', () => {
    for (const tamper of tampers.filter(({id}) => undetectable.has(id))) {
      for (const {sample, answer, honestly} of trialsOf(tamper)) {
        const expected = sample.judge(answer, 'soften');
        if (honestly) continue;
        expect(refusalOf(expected), `${tamper.id}, ${sample.name}`).toBe(null);
        expect(expected.violations, `${tamper.id}, ${sample.name}`).toStrictEqual([]);
      }
    }
  });
});

describe('the tamper table', () => {
  it('names each tamper once, after what it touches', () => {
    expect(new Set(tampers.map(({id}) => id)).size).toBe(tampers.length);
    for (const {id, sentence} of tampers) {
      expect(id).toMatch(/^(pull|push|reconcile|snapshot|any)(-[a-z0-9]+)+$/);
      expect(sentence).toMatch(/^[A-Z`].*\.$/);
    }
  });

  it('matches what it is named after', () => {
    for (const {request, route} of SAMPLES) {
      for (const {id, matches} of tampers) {
        expect(matches(request)).toBe(id.startsWith('any-') || id.startsWith(`${route}-`));
      }
    }
    const register: HttpRequest = {method: 'POST', path: '/v1/vfs/register', headers: {}, body: ''};
    expect(tampers.some(({matches}) => matches(register))).toBe(false);
  });

  it('reaches every guardrail that an answer can break, and every silent check', () => {
    const answered = new Set(tampers.flatMap(trialsOf).flatMap(({refusal}) => refusal ?? []));
    for (const signature of [
      'pull:lastWriteIdRegression',
      'pull:pullPageInvariantViolation',
      'pull:pullDuplicateOpReplay',
      'pull:pullCursorRegression',
      'pull:pullRematerializationRequired',
      'reconcile:reconcileCursorRegression',
      'reconcile:lastWriteIdRegression',
      'flush:staleWriteRecoveryExhausted',
    ]) {
      expect(answered).toContain(signature);
    }
    const seen = [...answered];
    for (const pattern of tampers.flatMap(({id, refusedBy}) =>
      STRICTER_THAN_THE_MODEL.has(id) ? [] : refusedBy,
    )) {
      expect(
        seen.some(text => isOneOf(text, [pattern])),
        pattern,
      ).toBe(true);
    }
  });
});

const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    'applied',
    'acl_add',
    'link_add',
    '2026-02-14T12:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
    2 ** 53,
    -0,
  ),
);
const anItem = fc.dictionary(
  fc.constantFrom(
    'opId',
    'itemId',
    'opType',
    'parentId',
    'childId',
    'occurredAt',
    'sourceTable',
    'sourceId',
    '__proto__',
  ),
  junk,
);
const aBody = fc.dictionary(
  fc.constantFrom(
    'items',
    'nextCursor',
    'hasMore',
    'lastReconciledWriteIds',
    'clientId',
    'cursor',
    'results',
    'operations',
    'replaySnapshot',
    'containerClocks',
    'reconcileState',
    '__proto__',
    'constructor',
  ),
  fc.oneof(junk, fc.array(anItem, {maxLength: 3}), fc.boolean(), fc.dictionary(fc.string(), fc.integer())),
);
/** An honest body in which one value, anywhere, is replaced by junk. */
const spoilt = fc.tuple(fc.constantFrom(...SAMPLES), fc.nat(), junk).map(([{honest}, at, value]) => {
  let count = 0;
  return (
    JSON.stringify(
      JSON.parse(String(honest.body), (_, old: unknown) => (count++ === at % 40 ? value : old)),
    ) ?? ''
  );
});
const aResponse: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.constantFrom(200, 204, 404, 409, 500),
  headers: fc.constant({}),
  body: fc.oneof(
    spoilt,
    aBody.map(body => JSON.stringify(body)),
    fc.string(),
    fc.uint8Array(),
    junk.map(value => JSON.stringify(value) ?? ''),
  ),
});
const aRequest: fc.Arbitrary<HttpRequest> = fc
  .tuple(
    fc.constantFrom(...SAMPLES),
    fc.option(aBody.map(body => JSON.stringify(body))),
    fc.option(fc.string()),
  )
  .map(([{request}, body, query]) => ({
    ...request,
    body: body ?? request.body,
    path: query === null ? request.path : `${request.path.split('?')[0]}?${query}`,
  }));

describe('garbage', () => {
  property.prop(
    [
      aResponse,
      aRequest,
      fc.array(aResponse, {maxLength: 3}),
      fc.array(aResponse, {maxLength: 2}),
      fc.string(),
    ],
    {numRuns: 300},
  )('makes no tamper throw, nor the telling of harm', (response, request, earlier, foreign, seed) => {
    const others = new Map(foreign.map((other, index) => [`node-${index}`, other]));
    for (const tamper of tampers) {
      if (!tamper.matches(request)) continue;
      const random = Stream.keyed(seed, tamper.id);
      const changed = tamper.apply(response, {request, earlier, others, random});
      if (changed !== null) harmOf(request, response, changed);
    }
    harmOf(request, null, response);
    for (const other of earlier) harmOf(request, other, response);
  });
});
