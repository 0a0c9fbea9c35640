/**
 * The form of every expectation: given a state and an answer, what a client must do, tell and hold
 * afterwards.
 */

import {Refusal, type ErrorName} from './refusal.ts';
import type {ExportedState, GuardrailViolation} from './types.ts';

/** An error as a caller of the client sees it. */
export interface ExpectedError {
  readonly name: ErrorName;
  readonly message: string;
}

export type Expectation<T> =
  | {
      readonly kind: 'accept';
      readonly state: ExportedState;
      /** Soft ones: told, not thrown. */
      readonly violations: readonly GuardrailViolation[];
      readonly then: T;
    }
  | {
      readonly kind: 'refuse';
      /** What the export equals afterwards: mostly the state from before. */
      readonly state: ExportedState;
      /** In the order of their telling: none for a silent check, soft ones first where a policy has them. */
      readonly violations: readonly GuardrailViolation[];
      readonly error: ExpectedError;
    };

/**
 * Runs one telling of the rules from a state: what it throws as a {@link Refusal} becomes the refusal's data.
 */
export function judge<T>(
  before: ExportedState,
  rules: (tell: (soft: GuardrailViolation) => void) => {readonly state: ExportedState; readonly then: T},
): Expectation<T> {
  const told: GuardrailViolation[] = [];
  try {
    const {state, then} = rules(soft => told.push(soft));
    return {kind: 'accept', state, violations: told, then};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      kind: 'refuse',
      state: error.state ?? before,
      violations: error.violation === null ? told : [...told, error.violation],
      error: {name: error.name, message: error.message},
    };
  }
}
