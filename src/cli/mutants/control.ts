/** The system as it is, in a process of its own: a seed that fails there as well proves nothing about a mutant. */
import type {Named} from '../load-system.ts';
import {LostSubject, startSubject, type Subject} from './subject.ts';

export class Control {
  readonly #named: Named;
  readonly #cwd: string;
  readonly #quietMs: number;
  #subject: Subject | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** `quietMs`: how long its process may say nothing, in ms of wall time. */
  constructor(named: Named, cwd: string, quietMs: number) {
    this.#named = named;
    this.#cwd = cwd;
    this.#quietMs = quietMs;
  }

  /** Whether a seed breaks a claim, or the process, without any mutant. Those who ask take turns. */
  fails(seed: string, variant: string): Promise<boolean> {
    const turn = this.#turn.then(() => this.#ask(seed, variant));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  end(): void {
    this.#subject?.end();
    this.#subject = null;
  }

  async #ask(seed: string, variant: string): Promise<boolean> {
    try {
      const subject = this.#subject ?? (await this.#start());
      const answer = await subject.ask({kind: 'seed', seed, variant}, this.#quietMs);
      return answer.kind !== 'ran' || answer.signature !== null;
    } catch (error) {
      if (!(error instanceof LostSubject) || error.how === 'stopped') throw error;
      this.end();
      return true;
    }
  }

  #start(): Promise<Subject> {
    return startSubject({
      given: this.#named.given,
      cwd: this.#cwd,
      patch: null,
      started: subject => (this.#subject = subject),
    });
  }
}
