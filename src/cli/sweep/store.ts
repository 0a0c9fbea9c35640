/** Stores the plans of injections: of each finding the first of its signature, and of what broke or hung a worker. */
import {join, resolve} from 'node:path';
import {injectedPlan, type Reference} from '../../sim/sweep.ts';
import type {Injection} from '../../sim/injection.ts';
import type {Violation} from '../../sim/outcome.ts';
import {replayCommand} from '../command.ts';
import {writeWhole} from '../files.ts';
import {registered, type Named} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import {folderOf} from '../signature-folder.ts';
import {storedText} from '../stored-run.ts';
import {shownFrom} from '../system-folder.ts';

/** What came of an injection, as far as its plan is stored with it. */
export interface Came {
  readonly digest: string;
  readonly violation: Violation;
}

export class SweepStore {
  /** Where the plan of each finding is, and the command that replays it, by signature. */
  readonly files = new Map<string, string>();
  readonly commands = new Map<string, string>();
  readonly #named: Named;
  readonly #reference: Reference;
  readonly #out: string;
  readonly #cwd: string;
  readonly #log: (line: string) => void;
  readonly #stored = new Map<string, string>();

  constructor(named: Named, reference: Reference, out: string, cwd: string, log: (line: string) => void) {
    this.#named = named;
    this.#reference = reference;
    this.#out = out;
    this.#cwd = cwd;
    this.#log = log;
  }

  /** Stores the plan of a finding, in place of what was stored for its signature. */
  finding(injection: Injection, came: Came): void {
    const {signature} = came.violation;
    if (this.#stored.get(signature) === injection.id) return;
    this.#stored.set(signature, injection.id);
    const {file, command, stored} = this.#store(
      folderOf(this.#named.system.name, signature),
      injection,
      came,
    );
    this.commands.set(signature, command);
    if (stored) this.files.set(signature, file);
  }

  /** Stores the plan of an injection of which nothing came; returns the command that replays it. */
  unknown(injection: Injection): string {
    return this.#store(injection.id, injection, null).command;
  }

  /** A full disk must not cost the sweep. */
  #store(
    folder: string,
    injection: Injection,
    came: Came | null,
  ): {readonly file: string; readonly command: string; readonly stored: boolean} {
    const {given} = this.#named;
    const path = resolve(this.#cwd, join(this.#out, folder, 'plan.json'));
    const file = shownFrom(path, this.#cwd);
    const own = registered().some(named => named.given === given);
    const command = replayCommand(file, own ? null : given);
    try {
      writeWhole(path, this.#text(injection, came, command));
      return {file, command, stored: true};
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      this.#log(`syncstorm: ${error.message}; the plan of ${injection.id} is not stored`);
      return {file, command, stored: false};
    }
  }

  #text(injection: Injection, came: Came | null, command: string): string {
    const plan = injectedPlan(this.#reference.plan, injection);
    return storedText(
      {plan, digest: came?.digest ?? null, signature: came?.violation.signature ?? null},
      {
        claim: came?.violation.claim ?? '',
        sentence: came?.violation.sentence ?? '',
        message: came?.violation.message ?? `injected: ${injection.name}`,
        steps: plan.operations.length + plan.faults.length + Object.keys(plan.fates ?? {}).length,
        command,
        replay: command,
        node: process.versions.node,
      },
    );
  }
}
