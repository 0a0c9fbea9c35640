/** Stores each new finding at once, so that it is there whatever becomes of the campaign; and its bundle when it is examined. */
import {existsSync, rmSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {UnreadableError} from '../sim/assert.ts';
import type {CampaignFinding} from '../sim/campaign.ts';
import type {Examined} from '../sim/explanation.ts';
import type {Plan} from '../sim/plan.ts';
import {FAILURE_FILE, writeBundle} from './bundle/bundle.ts';
import {replayCommand, runCommand} from './command.ts';
import {namesIn, writeWhole} from './files.ts';
import type {Io} from './io.ts';
import {isRegistered, type Named} from './load-system.ts';
import {findingFolder, findingIn, type StoredFinding} from './stored-finding.ts';
import {PLAN_FILE, storedText} from './stored-run.ts';
import {shownFrom} from './system-folder.ts';

/** What is stored of a finding: nothing, its plan as it was found, or all that was found out about it. */
type Kept = 'nothing' | 'plan' | 'bundle';

/** Where the findings of one system's campaign go. */
export class Findings {
  /** File or folder, as shown and used in commands, by signature. */
  readonly files = new Map<string, string>();
  /** Steps of the minimal plan, by signature, of those that have a bundle. */
  readonly steps = new Map<string, number>();
  readonly #named: Named;
  readonly #results: string;
  readonly #io: Pick<Io, 'cwd' | 'env'>;

  /** `out`: the folder of results. */
  constructor(named: Named, out: string, io: Pick<Io, 'cwd' | 'env'>) {
    this.#named = named;
    this.#results = resolve(io.cwd, out);
    this.#io = io;
  }

  /** What is stored of this very finding, from before its campaign was left. */
  kept({signature, seed}: CampaignFinding): Kept {
    const stored = this.#read(signature);
    if (stored?.plan.seed !== seed) return 'nothing';
    const {folder, complete, steps} = stored;
    this.files.set(signature, this.#shown(complete ? folder : join(folder, PLAN_FILE)));
    if (complete) this.steps.set(signature, steps);
    return complete ? 'bundle' : 'plan';
  }

  /** Writes the plan of a finding as it was found. Throws `Misuse` if it cannot be written. */
  write(finding: CampaignFinding, plan: Plan): void {
    const {signature, claim, sentence, seed, steps, violation} = finding;
    const folder = this.#folderOf(signature);
    const path = join(folder, PLAN_FILE);
    const file = this.#shown(path);
    const {given} = this.#named;
    const notes = {
      claim,
      sentence,
      message: violation.message,
      steps,
      command: runCommand(given, seed, plan.variant),
      replay: replayCommand(file, isRegistered(given) ? null : given),
      node: process.versions.node,
    };
    // without it the rest is no bundle, whatever of it is still there if this is cut short
    if (existsSync(folder)) rmSync(join(folder, FAILURE_FILE), {force: true});
    writeWhole(path, storedText({plan, digest: null, signature}, notes));
    this.#clear(folder);
    this.steps.delete(signature);
    this.files.set(signature, file);
  }

  /** Writes all that was found out about a finding. Gives what a person should be told. Throws `Misuse`. */
  complete(signature: string, examined: Examined): readonly string[] {
    const folder = this.#folderOf(signature);
    const {cwd, env} = this.#io;
    const {notes} = writeBundle(folder, examined, {given: this.#named.given, cwd, env});
    this.steps.set(signature, examined.size.steps);
    this.files.set(signature, this.#shown(folder));
    return notes;
  }

  /** What was found out about another plan must not stand beside this one; at no moment is there no plan at all. */
  #clear(folder: string): void {
    for (const name of namesIn(folder).filter(other => other !== PLAN_FILE)) {
      const path = join(folder, name);
      if (statSync(path).isFile()) rmSync(path);
    }
  }

  #read(signature: string): StoredFinding | null {
    try {
      return findingIn(this.#folderOf(signature), this.#named.system.name, signature);
    } catch (error) {
      // what cannot be read is written anew
      if (error instanceof UnreadableError) return null;
      throw error;
    }
  }

  #folderOf(signature: string): string {
    return findingFolder(this.#results, this.#named.system.name, signature);
  }

  #shown(path: string): string {
    return shownFrom(path, this.#io.cwd);
  }
}
