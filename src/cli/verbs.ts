/** All verbs, in the order in which help shows them. */
import type {Verb} from './args.ts';
import {corpus} from './corpus/corpus.ts';
import {explain} from './explain.ts';
import {explore} from './explore.ts';
import {fuzz} from './fuzz.ts';
import {list} from './list.ts';
import {merge} from './merge.ts';
import {mutants} from './mutants/mutants.ts';
import {replay} from './replay.ts';
import {report} from './report.ts';
import {run} from './run.ts';
import {sweep} from './sweep.ts';
import {shrink} from './shrink.ts';

export const VERBS: readonly Verb[] = [
  run,
  fuzz,
  merge,
  replay,
  sweep,
  explore,
  corpus,
  shrink,
  explain,
  mutants,
  report,
  list,
];
