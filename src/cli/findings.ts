/** Writes the plan of each new finding at once, so that it is there whatever becomes of the campaign. */
import {join, relative, resolve} from 'node:path';
import type {CampaignFinding} from '../sim/campaign.ts';
import {hash64} from '../sim/digest.ts';
import type {Plan} from '../sim/plan.ts';
import {hex32} from '../sim/random.ts';
import {replayCommand, runCommand} from './command.ts';
import {writeWhole} from './files.ts';
import {registered, type Named} from './load-system.ts';
import {storedText} from './stored-run.ts';

const LONGEST_NAME = 120;

/**
 * The folder of a signature: its text with `/` as `_`. A text that a file name cannot hold is made to fit, and told
 * apart from others that would look the same by eight digits of its hash.
 */
export function folderOf(signature: string): string {
  const plain = signature.replaceAll('/', '_');
  const fitting = plain.replace(/[^\w.-]/g, '-').slice(0, LONGEST_NAME);
  return fitting === plain ? plain : `${fitting}-${hex32(hash64('folder', signature)[0])}`;
}

/** Where the findings of one system's campaign go. */
export class Findings {
  /** File, as shown and used in commands, by signature. */
  readonly files = new Map<string, string>();
  readonly #named: Named;
  readonly #folder: string;
  readonly #cwd: string;

  constructor(named: Named, out: string, cwd: string) {
    this.#named = named;
    this.#folder = join(out, 'failures');
    this.#cwd = cwd;
  }

  /** Writes what is known of a finding; again when more is known. Throws `Misuse` if it cannot be written. */
  write(finding: CampaignFinding, plan: Plan, digest: string | null): void {
    const path = resolve(this.#cwd, this.#folder, folderOf(finding.signature), 'plan.json');
    const file = this.#shown(path);
    const {signature, claim, sentence, seed, steps, violation} = finding;
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
    writeWhole(path, storedText({plan, digest, signature}, notes));
    this.files.set(signature, file);
  }

  /** Relative where that is shorter and stays inside, as a person would type it. */
  #shown(path: string): string {
    const inside = relative(this.#cwd, path);
    return inside.startsWith('..') ? path : inside;
  }
}

const isRegistered = (given: string): boolean => registered().some(named => named.given === given);
