/** The page of Markdown on a finding: the whole text of a plain one, and nothing live in a hostile one. */
import {describe, expect, test} from 'vitest';
import {failureMarkdown} from '../../src/report/failure-markdown.ts';
import type {CurvePoint, Examined, PlanStep} from '../../src/sim/explanation.ts';
import {HARM, harmful} from '../cli/finding.ts';
import {aPlan, aViolation, SEED} from './samples.ts';

const COMMANDS = {run: 'run it', replay: 'replay it', explain: 'explain it', test: 'test it'};

const FATE = 'c1>api POST /push #2 res';
const edit: PlanStep = {kind: 'operation', id: 'o1', label: 'o1 edit on c1', atMs: 12};
const crash: PlanStep = {kind: 'fault', id: 'f1', label: 'f1 crash on c2', atMs: 800};
const loss: PlanStep = {kind: 'fate', id: FATE, label: `lose-response: ${FATE}`, atMs: 1_204};
const late: PlanStep = {kind: 'fate', id: 'late', label: 'delay: late', atMs: 1_500};
const lie: PlanStep = {kind: 'fate', id: 'lie', label: 'tamper:gap: lie', atMs: null};

const [operation] = aPlan().operations;
const [fault] = aPlan().faults;
if (operation === undefined || fault === undefined) throw new Error('a sample plan has steps');

const examined: Examined = {
  original: aPlan(),
  originalDigest: '1111111111111111',
  originalSize: {operations: 40, faults: 3, fates: 14, nodes: 4, steps: 57},
  minimal: aPlan({
    operations: [operation],
    faults: [fault],
    fates: {
      [FATE]: {delayMs: 3, act: 'lose-response', arg: 1},
      late: {delayMs: 12_300, act: 'delay', arg: 12_290},
      lie: {delayMs: 3, act: 'tamper:gap', arg: 1},
    },
  }),
  digest: '2222222222222222',
  size: {operations: 1, faults: 1, fates: 3, nodes: 2, steps: 5},
  violation: aViolation({expected: {cursor: 5, items: ['a']}, actual: {cursor: 4, items: ['a']}}),
  locallyMinimal: true,
  runs: 318,
  explanation: {
    curve: [
      {fixed: 0, step: null, runs: 20, hits: 0},
      {fixed: 1, step: edit, runs: 20, hits: 3},
      {fixed: 2, step: crash, runs: 20, hits: 20},
    ],
    necessary: [
      {step: edit, necessary: true},
      {step: crash, necessary: true},
      {step: loss, necessary: false},
      {step: late, necessary: true},
      {step: lie, necessary: null},
    ],
    kinds: [
      {kind: 'operation edit', count: 12, necessary: true},
      {kind: 'fault crash', count: 1, necessary: true},
      {kind: 'fate delay', count: 9, necessary: false},
      {kind: 'fate duplicate', count: 2, necessary: null},
    ],
    slice: [1, 2, 5, 6],
    nearest: {without: crash, event: 5, failing: '{"n":5,"k":"crash"}', passing: null},
  },
  trace: Array.from({length: 12}, () => '{}'),
  film: {
    nodes: [
      {id: 'c1', role: 'client', place: 'c1'},
      {id: 's1', role: 'server', place: 'server'},
    ],
    frames: [],
    bodies: {},
  },
};

test('a finding is told in a page', () => {
  expect(failureMarkdown(examined, COMMANDS)).toBe(`# \`VFS-3/pull/skipped/client\`

**Claim** \`VFS-3\`: \`a client whose cursor is past an item has applied it\`

**Seen** \`c2 is past an item that it has not applied\`

- expected at \`$.cursor\`: \`5\`
- actual at \`$.cursor\`: \`4\`

It was seen on \`client\` \`c2\`, at 18.2 s of virtual time, after happening 412.

## What it takes: 1 operation, 1 fault, 3 fates on 2 nodes

Made from 40 operations, 3 faults, 14 fates on 4 nodes in 318 runs; without any one of them it does not fail so.

Nodes: \`c1\` (\`client\`), \`s1\` (\`server\`)

| | at | step | what it does | without it |
| ---: | ---: | --- | --- | --- |
| 1 | 12 ms | \`o1 edit on c1\` | a user does \`edit\` with \`{"key":"k1"}\` | does not fail so |
| 2 | 800 ms | \`f1 crash on c2\` | a node crashes, at once or next to its next commit, and boots later; for 1.5 s | does not fail so |
| 3 | 1.2 s | \`lose-response: ${FATE}\` | the answer is lost after the server acted | fails all the same |
| 4 | 1.5 s | \`delay: late\` | a message takes far longer than usual: 12.3 s | does not fail so |
| 5 | never seen | \`tamper:gap: lie\` | the answer is changed, as a faulty peer would: \`gap\` | not examined |

## When it became inevitable

Certain once this has happened: \`f1 crash on c2\`

Everything up to a step is kept, the rest is left to chance again:

| fixed up to | it happens in |
| --- | ---: |
| nothing but the world | 0 of 20 |
| 1. \`o1 edit on c1\` | 3 of 20 |
| 2. \`f1 crash on c2\` | 20 of 20 |

## Of the run as it was found

- it needs: \`operation edit\` (12), \`fault crash\` (1)
- it fails all the same without: \`fate delay\` (9)

## The nearest plan that passes

The same without \`f1 crash on c2\`. The two runs part at event 5:

\`\`\`diff
- {"n":5,"k":"crash"}
+ (the trace ends)
\`\`\`

## See it again

\`\`\`sh
replay it   # the steps above
run it   # the run as it was found
explain it   # when, why and what nearly passes, anew
test it   # a test that is red until the bug is fixed
\`\`\`

- System \`sample\`, variant \`default\`, seed \`${SEED}\`.
- Of 10 events, 4 could have influenced it: \`index.html\` shows them.
- Digests: \`2222222222222222\` (these steps), \`1111111111111111\` (as it was found).
`);
});

describe('what is not known', () => {
  const told = (over: Partial<Examined>): string => failureMarkdown({...examined, ...over}, COMMANDS);
  const explained = (over: Partial<Examined['explanation']>): string =>
    told({explanation: {...examined.explanation, ...over}});

  test('is not told as if it were', () => {
    const bare = told({explanation: {curve: [], necessary: [], kinds: [], slice: [], nearest: null}});
    for (const heading of ['inevitable', 'Of the run as it was found', 'nearest plan', 'without it |']) {
      expect(bare).not.toContain(heading);
    }
    expect(bare).not.toContain('No step is needed');
    const none = told({size: {operations: 0, faults: 0, fates: 0, nodes: 2, steps: 0}});
    expect(none).toContain('No step is needed: the world by itself does it.');
  });

  test('such as whether the plan is minimal, or was made smaller at all', () => {
    expect(told({locallyMinimal: false})).toContain('the time was up before it was as small as it gets.');
    const whole = told({size: examined.originalSize});
    expect(whole).toContain('\nThe plan as it was found.\n');
    expect(whole).not.toContain('Made from');
  });

  test('such as when it became certain, if it ever did', () => {
    const [none, some] = examined.explanation.curve;
    if (none === undefined || some === undefined) throw new Error('the sample has a curve');
    const open = 'No part of the plan makes it certain: what comes after can still prevent it.';
    expect(explained({curve: [none]})).toContain(`\n${open}\n`);
    const more = {fixed: 2, step: crash, runs: 10, hits: 9};
    const same = {fixed: 3, step: late, runs: 20, hits: 18};
    expect(explained({curve: [none, some, more, same]})).toContain(
      `\n${open} Likeliest once this has happened: \`f1 crash on c2\`\n`,
    );
    const sure = {...some, fixed: 0, step: null, runs: 20, hits: 20};
    expect(explained({curve: [sure]})).toContain('It is certain from the start');
    const point: CurvePoint = {fixed: 1, step: edit, runs: 20, hits: 0};
    const long = explained({curve: Array.from({length: 30}, () => point)});
    expect(long.match(/\| 0 of 20 \|/g)).toHaveLength(24);
    expect(long).toContain('and 6 more steps');
  });

  test('such as where in the world, and what had been expected', () => {
    const text = told({violation: aViolation({node: '', role: ''})});
    expect(text).toContain('It was seen in the world as a whole, at');
    expect(text).not.toContain('- expected');
    const other = told({violation: aViolation({expected: 'one', actual: undefined})});
    expect(other).toContain('- expected: `"one"`\n- actual: `nothing`\n');
  });
});

/** What is left of a page without its code: there mark-up would be live. */
const live = (markdown: string): string =>
  markdown
    .replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, 'CODE');

describe('of what came out of a run nothing is live', () => {
  // the same page, with a word in place of the harm: all that is not code
  const words = live(failureMarkdown(harmful(examined, 'harmless'), COMMANDS));

  test.each(HARM.map(harm => [JSON.stringify(harm).slice(0, 40), harm]))('%s', (_, harm) => {
    const text = failureMarkdown(harmful(examined, harm), COMMANDS);
    expect(live(text).replaceAll(' in CODE', '')).toBe(words.replaceAll(' in CODE', ''));
    // eslint-disable-next-line no-control-regex -- none of them may be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    // every row of a table has its cells, whatever is in them
    for (const row of text.split('\n').filter(line => /^\| \d/.test(line))) {
      expect(row.replace(/\\\|/g, '').match(/\|/g)?.length).toBe(
        row.includes(' of ') && !row.includes('fail') ? 3 : 6,
      );
    }
  });
});
