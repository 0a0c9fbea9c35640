/** The rules of merging by name: the default, and the alternatives that are kept to be told apart from it. */
import {antichain} from './antichain.ts';
import {joinClock} from './join-clock.ts';
import {lamportLww} from './lamport-lww.ts';
import type {MergePolicy} from './policy.ts';
import {winnerClock} from './winner-clock.ts';

export type PolicyName = 'default' | 'winner-clock' | 'join-clock' | 'lamport-lww';

/** A rule whose states only it itself can read. */
export type AnyPolicy = MergePolicy<unknown>;

export const policies: Readonly<Record<PolicyName, AnyPolicy>> = {
  default: antichain,
  'winner-clock': winnerClock,
  'join-clock': joinClock,
  'lamport-lww': lamportLww,
};
