/** The canary: one known bug that every campaign has to catch, or its silence about everything else is worth nothing. */
import {UnreadableError} from '../../sim/assert.ts';
import type {Named} from '../load-system.ts';
import {ownMutants} from './choice.ts';
import {plant} from './patch.ts';
import {projectOf} from './project.ts';
import {LostSubject, startSubject, UnfitError, type Subject} from './subject.ts';

/** What became of the canary. */
export interface Canary {
  /** Id of the mutant. */
  readonly id: string;
  readonly caught: boolean;
  /** Seeds that it took, or how many were tried in vain. */
  readonly seeds: number;
  /** Signature of what caught it. */
  readonly signature: string | null;
}

export interface CanaryOptions {
  readonly seedBase: string;
  readonly variant: string;
  /** At most so many seeds; 500 unless told. */
  readonly seeds?: number;
  /** What a relative path to the system's module is relative to; the folder of the process unless told. */
  readonly cwd?: string;
  /** A process that says nothing for so many ms is given up, and has caught nothing; 60 s unless told. */
  readonly stallMs?: number;
}

const SEEDS = 500;
const STALL_MS = 60_000;

/**
 * Runs a system's canary in a process of its own until a claim notices it. Null if the system has none. Throws
 * `UnreadableError` if its mutants cannot be used or it is stale, `Misuse` if it can neither be built nor planted into what
 * is built.
 */
export async function catchCanary(named: Named, options: CanaryOptions): Promise<Canary | null> {
  const {seedBase, variant, seeds = SEEDS, cwd = process.cwd(), stallMs = STALL_MS} = options;
  const stored = ownMutants(named, cwd).find(({mutant}) => mutant.canary);
  if (stored === undefined) return null;
  // what is built is there in an installed package too, and needs no compiler, which takes long to load
  const [planted] = await plant([stored], projectOf(named, cwd), 'built');
  if (planted === undefined) return null;
  const {id} = stored.mutant;
  let subject: Subject | null = null;
  let tried = 0;
  try {
    const {patch} = planted;
    const started = (begun: Subject): void => void (subject = begun);
    const ready = await startSubject({given: named.given, cwd, patch, started});
    const answer = await ready.ask({kind: 'campaign', seedBase, variant, seeds}, stallMs, progress => {
      if (progress.kind === 'at') tried = progress.index;
    });
    if (answer.kind === 'killed')
      return {id, caught: true, seeds: answer.kill.seeds, signature: answer.kill.signature};
    return {id, caught: false, seeds: answer.kind === 'survived' ? seeds : tried, signature: null};
  } catch (error) {
    if (error instanceof UnfitError) throw new UnreadableError(`${stored.source}: ${id}: ${error.message}`);
    if (!(error instanceof LostSubject)) throw error;
    return {id, caught: false, seeds: tried, signature: null};
  } finally {
    (subject as Subject | null)?.end();
  }
}
