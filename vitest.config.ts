/** How tests run: in worker processes, so that one that blocks or crashes takes no other with it; the corpus before all others. */
import {availableParallelism} from 'node:os';
import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

const CORPUS = '/test/corpus.test.ts';

/** What was found once is looked at before anything new; the rest is in the order that vitest makes. */
class CorpusFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isCorpus = ({moduleId}: TestSpecification): boolean => moduleId.endsWith(CORPUS);
    return [...sorted.filter(isCorpus), ...sorted.filter(file => !isCorpus(file))];
  }
}

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // vitest leaves one core to itself, which on two cores is half of them
    maxWorkers: availableParallelism(),
    sequence: {sequencer: CorpusFirst},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
