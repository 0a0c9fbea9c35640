/** All verbs, in the order in which help shows them. */
import type {Verb} from './args.ts';
import {fuzz} from './fuzz.ts';
import {list} from './list.ts';
import {replay} from './replay.ts';
import {run} from './run.ts';

export const VERBS: readonly Verb[] = [run, fuzz, replay, list];
