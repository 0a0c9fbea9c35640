/** `explore` on a command line: what it covers, what it prints, and how it ends. */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {Console, type Left} from './console.ts';
import {toyModule} from './toy.ts';

const box = new Console();

/** A system with a register; the variant `careless` shows what came last. */
const MODULE = `${toyModule('sound').replace(
  'goals:',
  `smallScope: variant => ({
    symmetries: ['devices by other names: nobody looks at them'],
    palettes: n => [Array.from({length: n}, (_, i) => i)],
    operations: (history, names) => history.map(({act}, i) => ({name: names[i], value: act})),
    empty: null,
    deliver: (state, write) => variant === 'careless' || state === null || write.value > state.value ? write : state,
    plain: state => state === null ? null : state.value,
    shown: state => state === null ? null : state.name,
    expected: arrived => arrived.reduce((best, one) => one.value > best.value ? one : best).name,
    laws: [
      {kind: 'order', id: 'TOY-1', sentence: 'the order of arrival does not matter'},
      {kind: 'result', id: 'TOY-2', sentence: 'the greatest is shown', wrong: (shown, wanted) => shown === wanted ? null : 'bad \\u001b[31m text'},
    ],
    cells: ({value}) => ['write ' + value, ''],
    shownCells: shown => [shown],
    expectedCells: wanted => [wanted],
  }),
  goals:`,
)}`;

beforeAll(() => {
  box.write('scoped.mjs', MODULE);
  box.write('unscoped.mjs', toyModule('sound'));
});
afterAll(() => box.remove());

const json = ({out}: Left): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

describe('a right engine', () => {
  test('is explored to the end: 0, what was covered, and what was counted once', async () => {
    const {code, out, err} = await box.run('explore ./scoped.mjs --scope 2x3'.split(' '));
    expect({code, err}).toEqual({code: 0, err: ''});
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toContain('explore toy-sound  variant default  2 devices x 3 operations');
    expect(out).toMatch(/ {2}shapes +11 +who wrote what after which\n/);
    expect(out).toContain('devices by other names: nobody looks at them');
    expect(lines.slice(-2)).toEqual(['the scope is exhausted', 'verdict: ok']);
  });

  test('is told in one object', async () => {
    const left = await box.run('explore ./scoped.mjs --scope 1x3 --json'.split(' '));
    expect(left.code).toBe(0);
    const {seconds, ...record} = json(left);
    expect(seconds).toBeTypeOf('number');
    expect(record).toEqual({
      schema: 'syncstorm/1',
      verb: 'explore',
      system: 'toy-sound',
      verdict: 'ok',
      runs: 9,
      variant: 'default',
      scope: {devices: 1, operations: 3},
      exhausted: true,
      shapes: 3,
      histories: 9,
      orders: 41 + 38,
      whole: 41,
      gapped: 38,
      deliveries: expect.any(Number) as number,
      symmetries: ['devices by other names: nobody looks at them'],
      findings: [],
    });
  });
});

describe('a wrong engine', () => {
  const careless = 'explore ./scoped.mjs --scope 3x3 --variant careless';

  test('ends with 1, and the smallest counterexample can be read', async () => {
    const {code, out} = await box.run(careless.split(' '));
    expect(code).toBe(1);
    expect(out).toContain(
      [
        '✗ TOY-1/explore/order/-',
        '  claim     TOY-1: the order of arrival does not matter',
        '  seen      2 different results, depending on the order of arrival',
        '  how often in 66 of 67 histories',
        '  smallest  2 operations of 1 device',
        '',
        '  operations',
        '    A1  write 0  knows nothing',
        '    A2  write 1  knows A1',
        '',
        '  order of arrival, and what is shown then',
        '    A1 A2     A2',
        '    A2 A1     A1  wrong',
        '    expected  A2',
        '',
        'also broken',
        '  TOY-2/explore/result/-  in 66 of 67  smallest 2  bad \\x1b[31m text',
        '',
        'the scope is exhausted',
        'verdict: violation',
        'npx syncstorm explore ./scoped.mjs --scope 1x2 --variant careless',
      ].join('\n'),
    );
  });

  test('its last line finds the same in the smallest scope', async () => {
    const left = await box.run('explore ./scoped.mjs --scope 1x2 --variant careless --json'.split(' '));
    expect(left.code).toBe(1);
    expect(json(left)).toMatchObject({
      verdict: 'violation',
      findings: [
        {
          signature: 'TOY-1/explore/order/-',
          claim: 'TOY-1',
          count: 2,
          seed: null,
          steps: 2,
          bundle: null,
          system: 'toy-sound',
          command: 'npx syncstorm explore ./scoped.mjs --scope 1x2 --variant careless',
          counterexample: {expected: ['A2'], results: [{orders: [['A1', 'A2']]}, {isWrong: true}]},
        },
        {claim: 'TOY-2'},
      ],
    });
  });

  test('with more than eight orders each result is told once', async () => {
    box.write(
      'later.mjs',
      MODULE.replace(
        '(state, write) =>',
        '(state, write) => write.value < 3 && state?.value !== 3 && (state === null || write.value > state.value) ? write : state?.value === 3 ? (write.value === 0 ? write : state) : write.value === 3 ? write : state ?? write, unused: () =>',
      ),
    );
    const {code, out} = await box.run('explore ./later.mjs --scope 1x4'.split(' '));
    expect(code).toBe(1);
    expect(out).toMatch(/ {4}A1 A2 A3 A4 and \d+ other orders +A/);
  });
});

describe('what was not exhausted', () => {
  test('because of an interruption is inconclusive', async () => {
    const {code, out} = await box.run('explore ./scoped.mjs --scope 3x5'.split(' '), {interrupt: true});
    expect(code).toBe(21);
    expect(out).toContain('the scope is not exhausted: it was interrupted\nverdict: inconclusive\n');
  });

  test('because the time was up is inconclusive, and JSON says so', async () => {
    const left = await box.run('explore ./scoped.mjs --scope 3x5 --for 1s --json'.split(' '), {tickMs: 600});
    expect(left.code).toBe(21);
    expect(json(left)).toMatchObject({verdict: 'inconclusive', exhausted: false, findings: []});
    expect(json(left)['histories']).toBeGreaterThan(0);
  });

  test('is a violation all the same where something was found', async () => {
    const flags = 'explore ./scoped.mjs --scope 3x5 --variant careless --for 1s'.split(' ');
    const {code, out} = await box.run(flags, {tickMs: 600});
    expect(code).toBe(1);
    expect(out).toContain('the scope is not exhausted');
  });
});

describe('misuse is two lines, the second of which helps', () => {
  test.each([
    ['explore', 'explore needs a system', 'syncstorm explore --help'],
    [
      'explore ./scoped.mjs --scope 3',
      '--scope takes devices x operations, from 1x1 to 8x8, got "3"',
      'as in: --scope 3x4',
    ],
    ['explore ./scoped.mjs --scope 0x3', 'got "0x3"', 'as in: --scope 3x4'],
    ['explore ./scoped.mjs --scope 3x9', 'got "3x9"', 'as in: --scope 3x4'],
    ['explore ./scoped.mjs --scope 3x3x3', 'got "3x3x3"', 'as in: --scope 3x4'],
    ['explore ./scoped.mjs --variant carelss', 'no variant "carelss"', 'did you mean careless?'],
    ['explore ./scoped.mjs --for 5', '--for takes a duration', 'as in: --for 60s'],
    [
      'explore ./unscoped.mjs',
      'toy-sound offers no small scope to explore',
      'give your own system a smallScope',
    ],
  ])('%s', async (line, wrong, remedy) => {
    const {code, err} = await box.run(line.split(' '));
    expect(code).toBe(2);
    const [first = '', second = ''] = err.trimEnd().split('\n');
    expect(first).toContain(wrong);
    expect(second).toContain(remedy);
  });
});
