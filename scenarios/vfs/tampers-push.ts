/** Tampers with the answer to a push: results that are none, of other operations, or untrue. */
import type {PushStatus} from '../../src/model/vfs/types.ts';
import {
  drawIndex,
  NO_LIST,
  NO_OBJECT,
  NO_TEXT,
  replaced,
  resultsTamper,
  tamperOf,
  withBody,
  type VfsTamper,
} from './tampers-form.ts';
import {objectOf, readResults, sentOpIds, type Results} from './tampers-reading.ts';

const SIZE = 'transport returned mismatched push response size';
const MISSING_RESULT = 'transport push response missing result for opId *';
const REJECTED = 'push rejected one or more operations';
const WRONG_STATUSES: readonly unknown[] = [
  undefined,
  null,
  '',
  'accepted',
  'APPLIED',
  ' applied',
  'aclDenied',
  'constructor',
  200,
  true,
  ['applied'],
];

const ACKNOWLEDGED: readonly PushStatus[] = ['applied', 'alreadyApplied', 'outdatedOp'];
const isAcknowledged = (status: PushStatus): boolean => ACKNOWLEDGED.includes(status);

/** The body with other results. */
const giving = ({body}: Results, results: readonly unknown[]): unknown => ({...body, results});

/** All results given the status that `statusOf` says; undefined if that changes none. */
function restated(honest: Results, statusOf: (status: PushStatus, index: number) => PushStatus): unknown {
  const {results, told} = honest;
  const changed = told.map(({status}, index) => statusOf(status, index));
  if (changed.every((status, index) => status === told[index]?.status)) return undefined;
  return giving(
    honest,
    results.map((result, index) => ({...result, status: changed[index]})),
  );
}

const malformed: readonly VfsTamper[] = [
  resultsTamper({
    id: 'push-results-no-list',
    sentence: 'The results are missing or no list.',
    refusedBy: ['transport returned invalid push response results'],
    change: ({body}, {random}) => ({...body, results: random.pick(NO_LIST)}),
  }),
  resultsTamper({
    id: 'push-result-no-object',
    sentence: 'Something that is no object stands among the results.',
    refusedBy: ['transport returned invalid push result at index *'],
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      if (index === null) return undefined;
      return giving(honest, replaced<unknown>(honest.results, index, about.random.pick(NO_OBJECT)));
    },
  }),
  resultsTamper({
    id: 'push-result-op-id',
    sentence: 'A result names no operation.',
    refusedBy: ['transport returned invalid results[*].opId'],
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      if (index === null) return undefined;
      const result = {...honest.results[index], opId: about.random.pick(NO_TEXT)};
      return giving(honest, replaced<unknown>(honest.results, index, result));
    },
  }),
  resultsTamper({
    id: 'push-result-status',
    sentence: 'A result has no status that a client knows.',
    refusedBy: ['transport returned invalid results[*].status'],
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      if (index === null) return undefined;
      const result = {...honest.results[index], status: about.random.pick(WRONG_STATUSES)};
      return giving(honest, replaced<unknown>(honest.results, index, result));
    },
  }),
  resultsTamper({
    id: 'push-client-id-no-text',
    sentence: 'The answer does not say whose push it answers.',
    refusedBy: ['transport returned invalid clientId'],
    change: ({body}, {random}) => ({...body, clientId: random.pick(NO_TEXT)}),
  }),
];

const mismatched: readonly VfsTamper[] = [
  resultsTamper({
    id: 'push-result-left-out',
    sentence: 'An operation gets no result, or none does.',
    refusedBy: [SIZE],
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      if (index === null) return undefined;
      return giving(honest, about.random.oneIn(3) ? [] : replaced(honest.results, index));
    },
  }),
  resultsTamper({
    id: 'push-result-of-more',
    sentence: 'One result more: of an operation that was never sent, or a second one of one that was.',
    refusedBy: [SIZE],
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      const unsent = {opId: `unsent-${about.random.id(4)}`, status: 'applied'};
      const second = index === null ? unsent : about.random.pick([unsent, honest.results[index]]);
      return giving(honest, [...honest.results, second]);
    },
  }),
  resultsTamper({
    id: 'push-result-of-unsent',
    sentence: 'In place of an operation that was sent, one is acknowledged that was not.',
    refusedBy: [MISSING_RESULT],
    change: (honest, about) => {
      const index = drawIndex(honest.results, about);
      if (index === null) return undefined;
      const unsent = {opId: `unsent-${about.random.id(4)}`, status: 'applied'};
      return giving(honest, replaced<unknown>(honest.results, index, unsent));
    },
  }),
  resultsTamper({
    id: 'push-result-twice',
    sentence: 'One operation is answered twice, and another not at all.',
    refusedBy: [MISSING_RESULT],
    change: (honest, about) => {
      const {results, told} = honest;
      const index = drawIndex(results.slice(1), about);
      const [one, other] = index === null ? [] : [results[index], results[index + 1]];
      if (index === null || one === undefined || other === undefined) return undefined;
      return told[index]?.opId === told[index + 1]?.opId
        ? undefined
        : giving(honest, replaced(results, index + 1, one));
    },
  }),
  tamperOf(
    ['push'],
    {
      id: 'push-answer-of-another',
      sentence: 'The answer is the one that another client was given, or this one earlier.',
      refusedBy: [SIZE, MISSING_RESULT, REJECTED],
      detection: 'sometimes',
    },
    (_, {others, earlier, random}) => {
      const answers = [...earlier, ...others.values()].filter(answer => readResults(answer) !== null);
      return answers.length === 0 ? null : random.pick(answers);
    },
  ),
  resultsTamper({
    id: 'push-reordered',
    sentence: 'The results come in another order: they are matched by operation, not by place.',
    change: honest => (honest.results.length < 2 ? undefined : giving(honest, honest.results.toReversed())),
  }),
  resultsTamper({
    id: 'push-other-client',
    sentence: 'The answer is addressed to another client, which no client looks at.',
    change: ({body}) => ({...body, clientId: 'another-client'}),
  }),
  resultsTamper({
    id: 'push-op-ids-padded',
    sentence: 'The op ids have blanks around them, which are none of them.',
    change: honest =>
      honest.results.length === 0
        ? undefined
        : giving(
            honest,
            honest.told.map(({opId, status}) => ({opId: `\t${opId} `, status})),
          ),
  }),
];

const untrue: readonly VfsTamper[] = [
  resultsTamper({
    id: 'push-all-stale',
    sentence: 'Every write id is called stale, whatever it is: recovery is tried twice, and no third time.',
    refusedBy: ['flush:staleWriteRecoveryExhausted'],
    detection: 'sometimes',
    answersNeeded: 3,
    change: honest => restated(honest, () => 'staleWriteId'),
  }),
  resultsTamper({
    id: 'push-partly-stale',
    sentence: 'One operation that was applied is called stale, and tried again.',
    refusedBy: ['flush:staleWriteRecoveryExhausted'],
    detection: 'sometimes',
    answersNeeded: 3,
    change: (honest, about) => {
      const index = drawIndex(honest.told, about, ({status}) => isAcknowledged(status));
      return index === null
        ? undefined
        : restated(honest, (status, at) => (at === index ? 'staleWriteId' : status));
    },
  }),
  resultsTamper({
    id: 'push-stale-out-of-order',
    sentence: 'One operation that was applied is called stale, and the results come in another order.',
    refusedBy: ['flush:staleWriteRecoveryExhausted'],
    detection: 'sometimes',
    answersNeeded: 3,
    change: (honest, about) => {
      const index = drawIndex(honest.told, about, ({status}) => isAcknowledged(status));
      if (index === null || honest.told.length < 2) return undefined;
      const told = honest.told.map((result, at) =>
        at === index ? {...result, status: 'staleWriteId'} : result,
      );
      return giving(honest, told.toReversed());
    },
  }),
  resultsTamper({
    id: 'push-denied',
    sentence: 'One operation is called invalid, though it was applied or only stale.',
    refusedBy: [REJECTED],
    change: (honest, about) => {
      const index = drawIndex(honest.told, about, ({status}) => status !== 'invalidOp');
      return index === null
        ? undefined
        : restated(honest, (status, at) => (at === index ? 'invalidOp' : status));
    },
  }),
  resultsTamper({
    id: 'push-forged-acknowledgement',
    sentence: 'What the server refused is acknowledged all the same.',
    change: (honest, {random}) => {
      const acknowledged = random.pick(ACKNOWLEDGED);
      return restated(honest, status => (isAcknowledged(status) ? status : acknowledged));
    },
  }),
  resultsTamper({
    id: 'push-other-acknowledgement',
    sentence: 'What was applied is told as applied before, or as outdated.',
    change: (honest, {random}) => {
      const other = random.pick(ACKNOWLEDGED);
      return restated(honest, status => (isAcknowledged(status) ? other : status));
    },
  }),
  tamperOf(
    ['push'],
    {
      id: 'push-forged-success',
      sentence: 'The push failed and changed nothing, and all of it is acknowledged.',
    },
    (answer, {request}) => {
      const opIds = sentOpIds(request);
      if ((answer.status >= 200 && answer.status <= 299) || opIds.length === 0) return null;
      const clientId = objectOf(request)?.['clientId'];
      if (typeof clientId !== 'string' || clientId.trim() === '') return null;
      const results = opIds.map(opId => ({opId, status: 'applied'}));
      return withBody({...answer, status: 200}, {clientId, results});
    },
  ),
];

export const pushTampers: readonly VfsTamper[] = [...malformed, ...mismatched, ...untrue];
