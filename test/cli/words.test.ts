/** The small words of the command line: seeds, guesses, and commands that survive a shell. */
import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {replayCommand, runCommand, shellWord} from '../../src/cli/command.ts';
import {nearest} from '../../src/cli/nearest.ts';
import {UsageError} from '../../src/sim/assert.ts';
import {parseSeed} from '../../src/sim/seed.ts';

describe('a seed', () => {
  test.each([
    ['0', '0x0000000000000000'],
    ['5', '0x0000000000000005'],
    ['0x9F3A', '0x0000000000009f3a'],
    ['0X9f3ac1d204e71b55', '0x9f3ac1d204e71b55'],
    ['18446744073709551615', '0xffffffffffffffff'],
    ['4d1c2aa0b3f7e5d6c8a9017263544f3e2d1c0b9a', '0x4d1c2aa0b3f7e5d6'],
    ['1234567890123456789012345678901234567890', '0x1234567890123456'],
  ])('%s', (text, seed) => {
    expect(parseSeed(text)).toBe(seed);
    expect(parseSeed(seed)).toBe(seed);
  });

  test.each([
    '',
    ' 5',
    '5 ',
    '-1',
    '1.5',
    '1e3',
    '0x',
    '0x10000000000000000',
    '18446744073709551616',
    'abc',
    '0b1',
    '٣',
  ])('is not "%s"', text => {
    expect(() => parseSeed(text)).toThrow(UsageError);
  });
});

test.each([
  ['rum', 'run'],
  ['fuz', 'fuzz'],
  ['rpelay', 'replay'],
  ['LIST', 'list'],
  ['re', 'replay'],
  ['sweep', null],
  ['', null],
])('"%s" may have meant %s', (word, meant) => {
  expect(nearest(word, ['run', 'fuzz', 'replay', 'list'])).toBe(meant);
});

describe('a command', () => {
  test('names what is needed and no more', () => {
    expect(runCommand('vfs', '0x05', 'default')).toBe('npx syncstorm run vfs --seed 0x05');
    expect(runCommand('./my system.mjs', '0x05', 'soften')).toBe(
      "npx syncstorm run './my system.mjs' --seed 0x05 --variant soften",
    );
    expect(replayCommand('a/plan.json', null)).toBe('npx syncstorm replay a/plan.json');
    expect(replayCommand('a/plan.json', './b.mjs')).toBe('npx syncstorm replay a/plan.json --system ./b.mjs');
  });

  test('means to a shell what it says, and prints as what it is', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', '`', '\n', '\u001b', '*', '~', 'é', '!'),
    });
    fc.assert(
      fc.property(fc.array(word, {minLength: 1, maxLength: 8}), words => {
        const texts = words.map(text => shellWord(text));
        // eslint-disable-next-line no-control-regex -- this is what must not be there
        for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f]/);
        const heard = execFileSync('bash', ['-c', `printf '%s\\0' ${texts.join(' ')}`], {encoding: 'utf8'});
        expect(heard.split('\0').slice(0, -1)).toEqual(words);
      }),
      {numRuns: 50},
    );
  });
});
