/** The order of the tests: what was found once is looked at before anything new. */
import {expect, test} from 'vitest';
import type {TestSpecification, TestSequencerConstructor, Vitest} from 'vitest/node';
import config from '../vitest.config.ts';

test('the corpus comes first, and nothing is left out', async () => {
  const {test: options} = config as {test: {sequence: {sequencer: TestSequencerConstructor}}};
  const nothingKnown = {getFileTestResults: () => undefined, getFileStats: () => ({size: 1})};
  const sequencer = new options.sequence.sequencer({
    cache: nothingKnown,
    config: {root: '/p', sequence: {groupOrder: 0}},
  } as unknown as Vitest);
  const names = ['test/a.test.ts', 'test/corpus.test.ts', 'test/cli/corpus.test.ts', 'test/z.test.ts'];
  const files = names.map(name => ({
    moduleId: `/p/${name}`,
    project: {name: '', config: {root: '/p', sequence: {groupOrder: 0}}},
  })) as unknown as TestSpecification[];
  const sorted = (await sequencer.sort(files)).map(({moduleId}) => moduleId.slice('/p/'.length));
  expect(sorted[0]).toBe('test/corpus.test.ts');
  expect(sorted.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
});
