/** Pulling on the model: one answer against one state, and what came of it. */

import {expect} from 'vitest';
import {pristine} from '../../../src/model/vfs/client.ts';
import type {Answer} from '../../../src/model/vfs/decode.ts';
import {expectPull, newPullCycle, type PullCycle} from '../../../src/model/vfs/expect-pull.ts';
import type {ExportedState, StalePagePolicy} from '../../../src/model/vfs/types.ts';
import {caughtUp, cursor} from './make.ts';

/** A client that has applied up to noon, and knows of two replicas. */
export const ahead = caughtUp(cursor('12:00:00', 'm'), {desktop: 8, mobile: 7});

export interface Given {
  readonly state?: ExportedState;
  readonly cycle?: PullCycle;
  readonly policy?: StalePagePolicy;
}

export function pull(answer: Answer, given: Given = {}): ReturnType<typeof expectPull> {
  const state = given.state ?? pristine();
  const cycle = given.cycle ?? newPullCycle(state);
  return expectPull({clientId: 'desktop', limit: 100, policy: given.policy ?? 'fail', state, cycle, answer});
}

export function accepted(
  answer: Answer,
  given: Given = {},
): Extract<ReturnType<typeof pull>, {kind: 'accept'}> {
  const result = pull(answer, given);
  if (result.kind !== 'accept') throw new Error(`refused: ${result.error.message}`);
  return result;
}

export function refused(
  answer: Answer,
  given: Given = {},
): Extract<ReturnType<typeof pull>, {kind: 'refuse'}> {
  const result = pull(answer, given);
  if (result.kind !== 'refuse') throw new Error('accepted');
  expect(result.state).toBe(given.state ?? result.state);
  return result;
}

/** Signature and message of a refusal. */
export function told(answer: Answer, given: Given = {}): readonly string[] {
  const {violations, error} = refused(answer, given);
  return [...violations.map(({stage, code}) => `${stage}:${code}`), error.message];
}
