/** What becomes of a request that comes again after its first success: the one thing about blobs that may be chosen. */
import type {Reply} from '../server-http.ts';

/** `repeated` is given the answer of the first success; null stands for the refusal that any second request gets. */
export interface RepeatPolicy {
  readonly name: string;
  repeated(first: Reply): Reply | null;
}

/** The first answer again: a client whose answer was lost learns what became of its request. */
export const ANSWER_REPEATS: RepeatPolicy = {name: 'answer-repeats', repeated: first => first};

/** As upstream does (D35): a client whose answer was lost is told that somebody was faster. */
export const REFUSE_REPEATS: RepeatPolicy = {name: 'refuse-repeats', repeated: () => null};
