/** Tampers with answers to pushes: results that are missing, in another order, of another operation, or of no known kind. */
import {
  drawIndex,
  NO_COUNT,
  NO_LIST,
  replaced,
  resultsTamper,
  type Fields,
  type JournalTamper,
} from './tampers-form.ts';

const OUTCOMES = ['applied', 'conflict_won', 'conflict_lost', 'stale', 'duplicate'] as const;

/** Another value for one field of one result. */
const altered =
  (change: (result: Fields, index: number) => Fields | undefined) =>
  (honest: {readonly results: readonly Fields[]}, about: Parameters<typeof drawIndex>[1]): unknown => {
    const index = drawIndex(honest.results, about);
    const result = index === null ? undefined : honest.results[index];
    const changed =
      result === undefined || index === null ? undefined : change(result, about.random.integer(0, 0xff));
    return changed === undefined || index === null
      ? undefined
      : {...honest, results: replaced(honest.results, index, changed)};
  };

const accepted = ({outcome}: Fields): boolean => outcome !== 'rejected';

export const pushTampers: readonly JournalTamper[] = [
  resultsTamper({
    id: 'push-result-dropped',
    sentence: 'One entry gets no result.',
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      return index === null ? undefined : {...honest, results: replaced(honest.results, index)};
    },
  }),
  resultsTamper({
    id: 'push-result-twice',
    sentence: 'One entry gets two results.',
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      const result = index === null ? undefined : honest.results[index];
      return index === null || result === undefined
        ? undefined
        : {...honest, results: replaced(honest.results, index, result, result)};
    },
  }),
  resultsTamper({
    id: 'push-results-reversed',
    sentence: 'The results are in another order than the entries.',
    change: honest =>
      honest.results.length < 2 ? undefined : {...honest, results: honest.results.toReversed()},
  }),
  resultsTamper({
    id: 'push-results-none',
    sentence: 'There are no results, or they are no list.',
    change: (honest, {random}) => ({...honest, results: random.pick(NO_LIST)}),
  }),
  resultsTamper({
    id: 'push-result-of-another',
    sentence: 'A result names an operation that was not pushed.',
    change: altered(result => ({...result, opId: 'somebody-elses'})),
  }),
  resultsTamper({
    id: 'push-outcome-unknown',
    sentence: 'A result has an outcome that nobody knows.',
    change: altered(result => ({...result, outcome: 'accepted'})),
  }),
  resultsTamper({
    id: 'push-reason-unknown',
    sentence: 'A refusal has a reason that nobody knows, or none.',
    detection: 'harmful',
    change: altered((result, draw) => ({
      ...result,
      outcome: 'rejected',
      reason: draw % 2 === 0 ? 'BECAUSE' : null,
      objectClock: null,
      changeSeq: null,
    })),
  }),
  resultsTamper({
    id: 'push-clock-missing',
    sentence: 'An operation that was taken has no clock, or one that is none.',
    change: altered((result, draw) =>
      accepted(result) ? {...result, objectClock: draw % 2 === 0 ? null : {d1: -1}} : undefined,
    ),
  }),
  resultsTamper({
    id: 'push-sequence-no-count',
    sentence: 'An operation that was taken has no change sequence, or one that is none.',
    change: altered((result, draw) =>
      accepted(result) ? {...result, changeSeq: NO_COUNT[draw % NO_COUNT.length]} : undefined,
    ),
  }),
  resultsTamper({
    id: 'push-other-outcome',
    sentence: 'An operation that was taken is said to have fared otherwise than it did.',
    detection: 'harmless',
    change: altered((result, draw) =>
      accepted(result)
        ? {...result, outcome: OUTCOMES[draw % OUTCOMES.length], reason: reasonFor(draw % OUTCOMES.length)}
        : undefined,
    ),
  }),
  resultsTamper({
    id: 'push-counts-wrong',
    sentence: 'The counts say that nothing was kept.',
    detection: 'harmless',
    change: honest => ({...honest, applied: 0, conflicts: 0}),
  }),
  resultsTamper({
    id: 'push-refused-after-all',
    sentence: 'An operation that was taken is said to be refused for good.',
    detection: 'harmful',
    change: altered(result =>
      accepted(result)
        ? {...result, outcome: 'rejected', reason: 'INVALID_PAYLOAD', objectClock: null, changeSeq: null}
        : undefined,
    ),
  }),
];

const reasonFor = (outcome: number): string | null =>
  [null, 'CONCURRENT_UPDATE', 'CONCURRENT_UPDATE', 'STALE_UPDATE', 'DUPLICATE'][outcome] ?? null;
