/** What any merge of operations with vector clocks is expected to do, told as short stories (spec 14). */
import {describe, expect, test} from 'vitest';
import {antichain} from '../../../../src/impl/journal/merge/antichain.ts';
import {fold, op} from './histories.ts';
import type {Operation} from '../../../../src/impl/journal/merge/operation.ts';

const ingest = (known: readonly Operation[], one: Operation) => antichain.ingest(fold(antichain, known), one);

describe('the default', () => {
  test('shows nothing of an object that nobody has written', () => {
    expect(antichain.expose(antichain.empty)).toBeNull();
  });

  test('applies what is new, and shows it', () => {
    const one = op('1', {a: 1}, {v: 'A'}, ['red']);
    const {state, ...rest} = ingest([], one);
    expect(rest).toEqual({outcome: 'applied', reason: null, conflicts: []});
    expect(antichain.expose(state)).toEqual({
      payload: {v: 'A'},
      tags: ['red'],
      isTombstone: false,
      lastOpId: '1',
      clock: {a: 1},
      winnerClock: {a: 1},
    });
  });

  test('applies a descendant', () => {
    const {state, outcome} = ingest([op('1', {a: 1}, 'z')], op('2', {a: 2}, 'a'));
    expect(outcome).toBe('applied');
    expect(antichain.expose(state)).toMatchObject({payload: 'a', lastOpId: '2', clock: {a: 2}});
  });

  test('ignores an ancestor', () => {
    const known = fold(antichain, [op('2', {a: 2}, 'a')]);
    const {state, ...rest} = antichain.ingest(known, op('1', {a: 1}, 'z'));
    expect(rest).toEqual({outcome: 'stale', reason: 'STALE_UPDATE', conflicts: []});
    expect(state).toBe(known);
  });

  test('ignores a repetition', () => {
    const known = fold(antichain, [op('1', {a: 1}, 'z')]);
    const {state, ...rest} = antichain.ingest(known, op('1', {a: 1}, 'z'));
    expect(rest).toEqual({outcome: 'duplicate', reason: 'DUPLICATE', conflicts: []});
    expect(state).toBe(known);
  });

  test('decides between concurrent updates by payload, and the context knows both', () => {
    const {state, ...rest} = ingest([op('1', {a: 1}, {v: 'A'})], op('2', {b: 1}, {v: 'B'}));
    expect(rest).toEqual({
      outcome: 'conflict_won',
      reason: 'CONCURRENT_UPDATE',
      conflicts: [
        {
          opIds: ['1', '2'],
          winningOpId: '2',
          losingOpId: '1',
          winningClock: {b: 1},
          losingClock: {a: 1},
          reason: 'CONCURRENT_UPDATE',
        },
      ],
    });
    expect(antichain.expose(state)).toMatchObject({
      payload: {v: 'B'},
      clock: {a: 1, b: 1},
      winnerClock: {b: 1},
    });
  });

  test('a concurrent delete wins, whichever comes first', () => {
    const [update, remove] = [op('1', {a: 1}, 'zzz'), op('2', {b: 1}, null)];
    expect(ingest([update], remove)).toMatchObject({outcome: 'conflict_won', reason: 'DELETE_VS_UPDATE'});
    expect(ingest([remove], update)).toMatchObject({outcome: 'conflict_lost', reason: 'DELETE_VS_UPDATE'});
    const shown = antichain.expose(fold(antichain, [remove, update]));
    expect(shown).toMatchObject({payload: null, isTombstone: true, lastOpId: '2', clock: {a: 1, b: 1}});
  });

  test('two concurrent deletes are a conflict of their own kind', () => {
    const {reason, conflicts} = ingest([op('1', {a: 1}, null)], op('2', {b: 1}, null));
    expect(reason).toBe('CONCURRENT_DELETE');
    expect(conflicts).toMatchObject([{winningOpId: '2', losingOpId: '1', reason: 'CONCURRENT_DELETE'}]);
  });

  test('what knows of a delete brings the object back', () => {
    const {state, outcome} = ingest([op('1', {a: 1}, null)], op('2', {a: 1, b: 1}, 'back'));
    expect(outcome).toBe('applied');
    expect(antichain.expose(state)).toMatchObject({payload: 'back', isTombstone: false});
  });

  test('an older base, two edits on top of it that do not know each other: one conflict, the greater stays', () => {
    const base = op('base', {A: 1}, 'base');
    const [b, a] = [op('2b', {A: 1, B: 1}, '2B'), op('2a', {A: 2}, '2A')];
    const {state, outcome, conflicts} = ingest([base, b], a);
    expect(outcome).toBe('conflict_lost');
    expect(conflicts).toMatchObject([{winningOpId: '2b', losingOpId: '2a'}]);
    expect(antichain.expose(state)).toMatchObject({payload: '2B', clock: {A: 2, B: 1}});
  });

  test('meets every sibling, not only the one that is shown', () => {
    const known = [op('1', {a: 1}, 'z'), op('2', {b: 1}, 'm')];
    const {conflicts} = ingest(known, op('3', {c: 1}, 'p'));
    expect(conflicts.map(({winningOpId, losingOpId}) => [winningOpId, losingOpId])).toEqual([
      ['1', '3'],
      ['3', '2'],
    ]);
  });

  test('a conflict is won against the greatest it met', () => {
    const known = [op('1', {a: 1}, 'z'), op('2', {b: 1}, null)];
    expect(ingest(known, op('3', {c: 1}, null)).reason).toBe('CONCURRENT_DELETE');
    expect(ingest(known, op('3', {c: 1}, 'zz'))).toMatchObject({
      outcome: 'conflict_lost',
      reason: 'DELETE_VS_UPDATE',
    });
  });

  test('a write that knows all siblings leaves only itself', () => {
    const known = [op('1', {a: 1}, 'z'), op('2', {b: 1}, 'm'), op('3', {c: 1}, 'p')];
    const {state, outcome} = ingest(known, op('4', {a: 1, b: 1, c: 2}, '0'));
    expect(outcome).toBe('applied');
    expect(state).toHaveLength(1);
  });

  test('of two with one clock the greater stays, beside what is concurrent with both', () => {
    const known = [op('1', {a: 1}, 'm'), op('2', {b: 1}, 'z')];
    const {state, outcome, reason, conflicts} = ingest(known, op('3', {a: 1}, 'n'));
    expect({outcome, reason}).toEqual({outcome: 'conflict_lost', reason: 'CONCURRENT_UPDATE'});
    expect(conflicts.map(one => [...one.opIds, one.reason])).toEqual([
      ['2', '3', 'CONCURRENT_UPDATE'],
      ['1', '3', 'EQUAL_CLOCK'],
    ]);
    expect(state.map(({op: {opId}}) => opId)).toEqual(['2', '3']);
  });
});
