/** The soft policy for stale pages: what is dropped, what is told, and what is still refused (3.6, a to e). */

import {describe, expect, test} from 'vitest';
import {at, cursor, item, page} from './make.ts';
import {accepted, ahead, refused, told} from './pulls.ts';

describe('softened stale pages', () => {
  const soften = {state: ahead, policy: 'soften'} as const;
  const stale = [item('k', '11:00:00'), item('l', '11:00:01')];
  const dropped = {
    code: 'pullPageInvariantViolation',
    stage: 'pull',
    message: 'pull response included stale items at or before local cursor',
    details: {droppedItems: 2, previousChangedAt: at('12:00:00'), previousChangeId: 'm'},
  };

  test('(a) what is stale is dropped, the rest applied', () => {
    const {violations, then, state} = accepted(page({items: [...stale, item('n', '12:30:00')]}), soften);
    expect(violations).toEqual([dropped]);
    expect(then.applied.map(({opId}) => opId)).toEqual(['n']);
    expect(state.replaySnapshot.cursor).toEqual(cursor('12:30:00', 'n'));
  });

  test('(b) a page with nothing newer keeps the boundary', () => {
    const {violations, then, state} = accepted(page({items: stale, ids: {desktop: 9}}), soften);
    expect(violations.map(({message}) => message)).toEqual([
      dropped.message,
      'pull response regressed cursor without newer items; preserving local cursor boundary',
    ]);
    expect(then.applied).toEqual([]);
    expect(state.replaySnapshot).toEqual(ahead.replaySnapshot);
    expect(state.nextLocalWriteId).toBe(10);
    const atCursor = accepted(page({items: [item('m', '12:00:00')]}), soften);
    expect(atCursor.violations).toHaveLength(1);
  });

  test('(b) a page that regresses after newer items is refused', () => {
    const result = told(page({items: [item('n', '12:30:00'), item('l', '11:00:01')]}), soften);
    expect(result).toEqual([
      'pull:pullPageInvariantViolation',
      'pull:pullCursorRegression',
      'transport returned regressing sync cursor',
    ]);
  });

  test('(c) nothing newer, and more promised: only rematerialization helps', () => {
    const {violations, error} = refused(page({items: stale, hasMore: true}), soften);
    expect(error).toEqual({
      name: 'VfsCrdtRematerializationRequiredError',
      message: 'CRDT pull page did not contain items newer than local cursor',
    });
    expect(violations.map(({message}) => message)).toEqual([
      dropped.message,
      'pull response regressed cursor without newer items; preserving local cursor boundary',
      'pull response could not advance beyond local cursor while reporting hasMore',
    ]);
    expect(violations.at(-1)).toMatchObject({
      code: 'pullRematerializationRequired',
      stage: 'pull',
      details: {previousChangedAt: at('12:00:00'), previousChangeId: 'm'},
    });
  });

  test('(c) a page with nothing at all, and more promised, is as wrong as ever', () => {
    expect(told(page({hasMore: true}), soften)).toEqual([
      'pull:pullPageInvariantViolation',
      'transport returned hasMore=true with an empty pull page',
    ]);
  });

  test('(a) is told first, even where the write ids are refused', () => {
    expect(told(page({items: stale, ids: {desktop: 1}}), soften)).toEqual([
      'pull:pullPageInvariantViolation',
      'pull:lastWriteIdRegression',
      'transport regressed lastReconciledWriteIds for replica desktop',
    ]);
  });

  test('(d) the boundary follows what was applied', () => {
    const {violations, state} = accepted(
      page({items: [item('n', '12:30:00'), item('m', '12:00:00')]}),
      soften,
    );
    expect(violations[1]).toEqual({
      code: 'pullPageInvariantViolation',
      stage: 'pull',
      message: 'pull response cursor boundary lagged applied replay cursor; advancing reconcile boundary',
      details: {
        replayChangedAt: at('12:30:00'),
        replayChangeId: 'n',
        boundaryChangedAt: at('12:00:00'),
        boundaryChangeId: 'm',
      },
    });
    expect(state.reconcileState?.cursor).toEqual(cursor('12:30:00', 'n'));
  });

  test('(e) a stale item is no duplicate', () => {
    const {then} = accepted(page({items: [item('n', '11:00:00'), item('n', '12:30:00')]}), soften);
    expect(then.applied).toHaveLength(1);
  });
});
