/** Replays a corpus: every stored plan must still give what it is expected to, and still meet what it met. */
import {join} from 'node:path';
import {printable} from '../../report/printable.ts';
import type {CorpusResult} from '../../report/corpus.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {metSteps} from '../../sim/met.ts';
import type {Outcome} from '../../sim/outcome.ts';
import {run} from '../../sim/run.ts';
import type {System} from '../../sim/system.ts';
import type {Named} from '../load-system.ts';
import {folderOfSystem, jsonFilesIn, type SystemFolder} from '../system-folder.ts';
import {OK, readEntry, type CorpusEntry} from './file.ts';

const SHOWN = 3;

/** Where a corpus is. */
export interface CorpusPlace {
  readonly cwd: string;
  /** Another folder than the system's own. */
  readonly folder?: SystemFolder;
}

/** Replays all files of a system's corpus, in order of their names; none if it has no corpus. */
export async function replayCorpus(named: Named, place: CorpusPlace): Promise<CorpusResult[]> {
  const folder = place.folder ?? folderOfSystem(named, 'corpus', place.cwd);
  const results: CorpusResult[] = [];
  for (const name of jsonFilesIn(folder.path)) results.push(await replayFile(named.system, folder, name));
  return results;
}

/** Replays one file. What cannot be read is a result, never skipped. */
export async function replayFile(system: System, folder: SystemFolder, name: string): Promise<CorpusResult> {
  const file = join(folder.shownAs, name);
  try {
    const entry = readEntry(join(folder.path, name), file);
    const outcome = await run(system, {plan: entry.plan, census: 'steps'});
    return {
      file,
      system: system.name,
      note: entry.note,
      expect: entry.expect,
      digest: outcome.digest,
      violation: outcome.violation,
      ...judge(entry, outcome),
    };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return {
      file,
      system: system.name,
      note: null,
      expect: null,
      digest: null,
      violation: null,
      state: 'unreadable',
      problem: error.message,
    };
  }
}

function judge(entry: CorpusEntry, outcome: Outcome): Pick<CorpusResult, 'state' | 'problem'> {
  const now = outcome.violation?.signature ?? OK;
  if (now !== entry.expect && now !== OK) {
    return {state: 'violation', problem: `breaks ${now}, where ${entry.expect} is expected`};
  }
  if (now !== entry.expect) {
    return {state: 'stale', problem: `no longer breaks ${entry.expect}: if that is mended, it is to be ok`};
  }
  const met = new Set(metSteps(outcome));
  const missing = entry.met.filter(step => !met.has(step));
  if (missing.length === 0) return {state: 'ok', problem: null};
  const more = missing.length > SHOWN ? `, and ${missing.length - SHOWN} more` : '';
  const shown = missing.slice(0, SHOWN).map(printable).join('; ');
  return {state: 'stale', problem: `it tests less than it did; it no longer meets: ${shown}${more}`};
}
