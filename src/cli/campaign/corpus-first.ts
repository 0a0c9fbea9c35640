/** Replays the corpus of a system before its campaign tries anything new: what was mended once must still be. */
import {counted} from '../../report/amounts.ts';
import {corpusVerdict, type CorpusResult} from '../../report/corpus.ts';
import {printable} from '../../report/printable.ts';
import type {Verdict} from '../../report/verdict.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {replayCommand, shellWord} from '../command.ts';
import {replayCorpus} from '../corpus/replay.ts';
import {registered, type Named} from '../load-system.ts';
import type {Session} from '../session.ts';

/** What became of the corpus of one system. */
export interface CorpusFirst {
  readonly verdict: Verdict;
  readonly results: readonly CorpusResult[];
}

/**
 * Replays all files, and tells of those that break a claim. Throws {@link UnreadableError} for a file that cannot be
 * read, or that no longer tests what it is kept for: a campaign that skipped it would claim too much.
 */
export async function corpusFirst(named: Named, session: Session): Promise<CorpusFirst> {
  const results = await replayCorpus(named, {cwd: session.io.cwd});
  if (results.length === 0) return {verdict: 'ok', results};
  const useless = results.find(({state}) => state === 'unreadable' || state === 'stale');
  if (useless !== undefined) {
    const {file, problem} = useless;
    throw new UnreadableError(
      `${file}: ${problem ?? 'of no use'}; all of them: npx syncstorm corpus verify ${shellWord(named.given)}`,
    );
  }
  const broken = results.filter(({state}) => state === 'violation');
  const system = registered().some(({given}) => given === named.given) ? null : named.given;
  session.say([
    `corpus: ${counted(results.length, 'plan')} replayed, ${counted(broken.length, 'violation')}`,
    ...broken.flatMap(({file, problem}) => [
      session.paint.red(`✗ ${printable(file)}: ${printable(problem ?? '')}`),
      replayCommand(file, system),
    ]),
  ]);
  return {verdict: corpusVerdict(results), results};
}
