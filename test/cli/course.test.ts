/** The course of a campaign: what is handed out next, in pieces of which size, and what comes back. */
import {describe, expect, test} from 'vitest';
import {Course} from '../../src/cli/campaign/course.ts';
import {WHOLE} from '../../src/sim/positions.ts';

/** Everything that two workers are handed, in order, if every batch is done in `ms` a seed. */
function handedOut(course: Course, ms: number): number[] {
  const sizes: number[] = [];
  for (let range = course.next(2); range !== null; range = course.next(2)) {
    sizes.push(range[1] - range[0]);
    course.finish(range, range[1] - range[0], ms * (range[1] - range[0]));
  }
  return sizes;
}

describe('a course', () => {
  test('hands out at least 25 seeds at a time, more where they are quick, and no more than 100', () => {
    expect(handedOut(new Course(WHOLE, 150, []), 40)).toEqual([25, 25, 25, 25, 25, 25]);
    expect(handedOut(new Course(WHOLE, 10, []), 40)).toEqual([10]);
    // 10 ms a seed: half a second is 50 of them; towards the end both workers should have something
    expect(handedOut(new Course(WHOLE, 400, []), 10)).toEqual([25, 50, 50, 50, 50, 44, 33, 25, 25, 25, 23]);
    expect(handedOut(new Course(WHOLE, 1_000, []), 0.1).slice(0, 4)).toEqual([25, 100, 100, 100]);
  });

  test('has each position once, and is complete when all are done', () => {
    const course = new Course({index: 2, of: 3}, 200, []);
    const [a, b] = [course.next(2), course.next(2)];
    expect([a, b]).toEqual([
      [0, 25],
      [25, 50],
    ]);
    expect(course.done).toEqual([]);
    course.finish([25, 50], 25, 1_000);
    expect(course.done).toEqual([[25, 50]]);
    expect(course.next(2)).toEqual([50, 67]);
    course.finish([0, 25], 25, 1_000);
    course.finish([50, 67], 17, 1_000);
    expect(course.done).toEqual([[0, 67]]);
    expect(course.next(2)).toBeNull();
    expect(course.isComplete).toBe(true);
  });

  test('hands out again what came back undone', () => {
    const course = new Course(WHOLE, 60, []);
    course.next(1);
    course.finish([0, 25], 4, 5_000);
    expect(course.done).toEqual([[0, 4]]);
    expect(course.isComplete).toBe(false);
    expect(course.next(1)).toEqual([4, 29]);
  });

  test('goes on where a campaign was left, gaps first', () => {
    const course = new Course(WHOLE, 130, [
      [0, 25],
      [50, 75],
    ]);
    expect(course.next(1)).toEqual([25, 50]);
    expect(course.next(1)).toEqual([75, 100]);
    expect(course.next(1)).toEqual([100, 125]);
    expect(course.next(1)).toEqual([125, 130]);
    expect(course.next(1)).toBeNull();
  });

  test('does not run again what is lost, nor calls it done', () => {
    const course = new Course(WHOLE, 50, []);
    course.next(2);
    course.next(2);
    course.finish([25, 50], 25, 1_000);
    expect(course.next(2)).toBeNull();
    expect(course.done).toEqual([[25, 50]]);
    expect(course.isComplete).toBe(true);
  });

  test('knows up to where nothing can change any more: gaps are open, what is lost is not', () => {
    const course = new Course(WHOLE, 100, [[0, 10]]);
    expect(course.firstOpen).toBe(10);
    course.next(2);
    course.next(2);
    course.finish([35, 60], 25, 1_000);
    expect(course.firstOpen).toBe(10);
    course.lose([10, 35]);
    expect(course.firstOpen).toBe(60);
    expect(course.done).toEqual([
      [0, 10],
      [35, 60],
    ]);
    course.finish([60, 85], 5, 1_000);
    expect(course.firstOpen).toBe(65);
  });

  test('has no end without a number of runs', () => {
    const course = new Course(WHOLE, undefined, [[0, 1_000_000]]);
    expect(course.next(2)).toEqual([1_000_000, 1_000_025]);
    expect(course.isComplete).toBe(false);
  });
});
