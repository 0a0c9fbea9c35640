/** Holds one client's hydrates against the contract: refused in its very words, or taken in as offered. */
import {pristine} from '../../src/model/vfs/client.ts';
import {describeDifference, sameState} from '../../src/model/vfs/compare.ts';
import type {HydrateExpectation} from '../../src/model/vfs/hydrate.ts';
import type {ExportedState, GuardrailViolation} from '../../src/model/vfs/types.ts';
import {isDiskWeatherName} from './client-program.ts';
import type {Verdicts} from './verdicts.ts';

export class HydrateWatch {
  readonly #verdicts: Verdicts;
  #expected: HydrateExpectation | null = null;
  #raised = false;

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** The client's life ended, and a hydrate under way with it. */
  crashed(): void {
    this.#expected = null;
  }

  /** A hydrate begins. */
  begins(expected: HydrateExpectation): void {
    this.#expected = expected;
  }

  /** The refusal that a hydrate under way must raise: once, and once more if it is tried again. */
  nextViolation(): GuardrailViolation | undefined {
    const owed = this.#expected;
    if (owed?.kind !== 'refuse') return undefined;
    this.#raised = true;
    return {stage: 'hydrate', code: 'hydrateGuardrailViolation', message: owed.message};
  }

  /** A hydrate attempt ended: it must have been refused in the very words of the contract, or not at all. */
  ended(failure: {readonly code: string; readonly message: string} | null): void {
    const owed = this.#expected;
    const raised = this.#raised;
    this.#raised = false;
    if (owed === null || isDiskWeatherName(failure?.code ?? '')) return;
    const told = failure === null ? null : failure.message;
    const right = (owed.kind === 'refuse' ? owed.message : null) === told;
    if (right && raised === (owed.kind === 'refuse')) this.#verdicts.right('VFS-G3');
    else
      this.#verdicts.wrong(
        'VFS-G3',
        'hydrate',
        'met a stored state otherwise than the contract says',
        owed.kind === 'refuse' ? owed.message : 'accepted',
        told ?? 'accepted',
      );
  }

  /** The state after a hydrate that was accepted. */
  after(state: ExportedState): void {
    const owed = this.#expected;
    this.#expected = null;
    if (owed?.kind !== 'accept' || sameState(state, pristine())) return;
    const difference = describeDifference(owed.state, state);
    if (difference === null) this.#verdicts.right('VFS-I15');
    else
      this.#verdicts.wrong(
        'VFS-I15',
        'hydrated',
        `holds another state than it was hydrated with: ${difference.path}`,
        difference.expected,
        difference.actual,
      );
  }
}
