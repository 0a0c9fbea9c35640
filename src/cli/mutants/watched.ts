/** Looks on while mutants are tried: the line that is redrawn, a row for each that is done, minimal plans on disk. */
import {resolve} from 'node:path';
import {mutantRow, mutantStatus, type AtWork} from '../../report/mutant-lines.ts';
import type {MutantResult} from '../../report/mutants.ts';
import {printable} from '../../report/printable.ts';
import {replayCommand, shellWord} from '../command.ts';
import {writeWhole} from '../files.ts';
import {Live} from '../live.ts';
import {registered, type Named} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import type {Session} from '../session.ts';
import {storedText} from '../stored-run.ts';
import {shownFrom} from '../system-folder.ts';
import type {Onlooker} from './crew.ts';
import type {Planted} from './patch.ts';
import type {Kill, Minimal} from './tasks.ts';
import type {Tried} from './trial.ts';

export class Watched implements Onlooker {
  readonly #order: readonly string[];
  readonly #width: number;
  readonly #named: Named;
  readonly #out: string | undefined;
  readonly #session: Session;
  readonly #live: Live;
  readonly #results = new Map<string, MutantResult>();
  #runs = 0;

  constructor(planted: readonly Planted[], named: Named, out: string | undefined, session: Session) {
    this.#order = planted.map(({mutant}) => mutant.id);
    this.#width = Math.max(0, ...this.#order.map(id => id.length));
    this.#named = named;
    this.#out = out;
    this.#session = session;
    this.#live = new Live(session.io);
  }

  /** What became of those that are done, in the order of their folder. */
  get results(): readonly MutantResult[] {
    return this.#order.flatMap(id => this.#results.get(id) ?? []);
  }

  /** Seeds run, all mutants together. */
  get runs(): number {
    return this.#runs;
  }

  moved(atWork: readonly AtWork[]): void {
    this.#live.show(width => mutantStatus(this.results, this.#order.length, atWork, width));
  }

  done({result, kill, minimal, runs}: Tried, elapsedMs: number): void {
    const plan = kill === null || minimal === null ? null : this.#store(result, kill, minimal);
    this.#results.set(result.id, {...result, plan});
    this.#runs += runs;
    this.#live.clear();
    this.#session.say(mutantRow(result, elapsedMs, this.#width, this.#session.paint));
  }

  end(): void {
    this.#live.clear();
  }

  /** Where the minimal plan is, as shown; null if it is not wanted, or could not be written: the result is told anyway. */
  #store({id}: MutantResult, kill: Kill, {plan, digest, size, message}: Minimal): string | null {
    if (this.#out === undefined) return null;
    const {cwd} = this.#session.io;
    const path = resolve(cwd, this.#out, 'mutants', id, 'plan.json');
    const shown = shownFrom(path, cwd);
    const {given} = this.#named;
    const notes = {
      claim: kill.claim,
      sentence: kill.sentence,
      message,
      steps: size.steps,
      command: `npx syncstorm mutants ${shellWord(given)} --only ${shellWord(id)}`,
      replay: replayCommand(shown, registered().some(named => named.given === given) ? null : given),
      node: process.versions.node,
    };
    try {
      writeWhole(path, storedText({plan, digest, signature: kill.signature}, notes));
      return shown;
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      this.#live.clear();
      this.#session.log(`syncstorm: ${error.message}; the minimal plan of ${printable(id)} is not stored`);
      return null;
    }
  }
}
