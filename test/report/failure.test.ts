/** A failure is told in twelve lines, and its last line reproduces it. */
import {stripVTControlCharacters} from 'node:util';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {failureLines} from '../../src/report/failure.ts';
import {paint, plain} from '../../src/report/paint.ts';
import {widthOf} from '../../src/report/printable.ts';
import {SEED, aViolation} from './samples.ts';

const command = `npx syncstorm run vfs --seed ${SEED}`;
const facts = {operations: 47, faults: 1, file: 'reports/failures/x/plan.json', command};

describe('the text of a failure', () => {
  test('says what was claimed, what was seen, where, and how to see it again', () => {
    const violation = aViolation({expected: {at: 5, items: [1, 2]}, actual: {at: 5, items: [1, 3]}});
    expect(failureLines({violation, ...facts}, plain)).toEqual([
      '✗ VFS-3/pull/skipped/client',
      '  claim     VFS-3: a client whose cursor is past an item has applied it',
      '  seen      c2 is past an item that it has not applied',
      '  expected  $.items[1] = 2',
      '  actual    $.items[1] = 3',
      '  where     client c2, after happening 412, at 18.2 s of virtual time',
      '  plan      47 operations, 1 fault',
      '  stored    reports/failures/x/plan.json',
      command,
    ]);
  });

  test('shows whole values where they differ as wholes', () => {
    const text = failureLines(
      {violation: aViolation({expected: 'a', actual: undefined}), ...facts},
      plain,
    ).join('\n');
    expect(text).toContain('expected  "a"');
    expect(text).toContain('actual    nothing');
  });

  test('names the world where no node is concerned', () => {
    const text = failureLines({violation: aViolation({node: '', role: ''}), ...facts}, plain).join('\n');
    expect(text).toContain('where     the world, after');
  });

  test('has at most 12 lines of at most 110 columns, whatever the run says', () => {
    const text = fc.string({unit: 'binary', maxLength: 2_000});
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.anything(),
        fc.anything(),
        fc.integer({min: 1, max: 300}),
        (a, b, c, d, e, width) => {
          const violation = aViolation({
            message: a,
            sentence: b,
            node: c,
            signature: c,
            expected: d,
            actual: e,
          });
          const lines = failureLines({violation, ...facts}, plain, width);
          expect(lines.length).toBeLessThanOrEqual(12);
          expect(lines.at(-1)).toBe(command);
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(110);
            // eslint-disable-next-line no-control-regex -- this is what must not be there
            expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          }
        },
      ),
    );
  });

  test('means the same without colours', () => {
    const violation = aViolation();
    const bare = failureLines({violation, ...facts}, paint(true)).map(line => stripVTControlCharacters(line));
    expect(bare).toEqual(failureLines({violation, ...facts}, plain));
  });
});
