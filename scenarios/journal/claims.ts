/** The claims about the journal, each a sentence with an id: what must hold after every happening, and what once the storm is over. */
import type {Claim} from '../../src/index.ts';
import type {JournalLedger} from './ledger.ts';
import {settledClaims} from './settled.ts';

const SENTENCES: readonly (readonly [string, string])[] = [
  [
    'JOURNAL-S1',
    'an object is what its operations come to, in whatever order the rule of merging takes them',
  ],
  ['JOURNAL-S3', 'an object with a deletion among the operations that nothing supersedes is deleted'],
  ['JOURNAL-S4', 'an operation that had seen all others of its object is what is shown'],
  ['JOURNAL-S2', 'what is shown is the operation that the oracle names, with its payload and tags'],
  [
    'JOURNAL-S5',
    'an operation id stands for one operation of its tenant: a retry changes nothing, another use is refused',
  ],
  ['JOURNAL-S6', "an object's clock is the join of the clocks of all its operations, and never goes back"],
  [
    'JOURNAL-S7',
    'what is live is what the journal makes, objects and conflicts, before, during and after a rebuild',
  ],
  ['JOURNAL-S8', 'the journal holds each accepted operation once, as it was pushed, in order, and for ever'],
  [
    'JOURNAL-S9',
    "a conflict is recorded with its pair's winner, both own clocks, both places and its reason",
  ],
  ['JOURNAL-C1', 'the two operations of a recorded conflict are in the journal'],
  ['JOURNAL-C2', 'every pair of operations that are both kept is recorded'],
  ['JOURNAL-C4', 'the recorded conflicts are those that the journal makes in its order'],
  ['JOURNAL-C5', 'no conflict is recorded where one operation had seen the other'],
  [
    'JOURNAL-L2',
    'a page is what changed since its cursor, in order, as the scope asks; it says exactly whether there is more',
  ],
  ['JOURNAL-L5', 'nothing changes behind a cursor that was handed out'],
  [
    'JOURNAL-L4',
    'a rebuild begins a new history, and nothing else does: whoever holds a cursor of the old one starts over',
  ],
  [
    'JOURNAL-T1',
    "a tenant's counters count its own operations: nothing of another tenant can be told from them",
  ],
  ['JOURNAL-A1', 'what is shown can be traced to its operation, its author and its clock'],
  ['JOURNAL-B1', 'each entry of a push is answered for itself, and stops no other'],
  ['JOURNAL-Q1', 'an entry whose clock cannot be is refused, and nobody else notices'],
  [
    'JOURNAL-G1',
    'the legacy exchange keeps what devices gave it, whatever the second version of the protocol does',
  ],
  [
    'JOURNAL-D1',
    'a device comes back from a crash as it was, knows what it has written, and counts each once',
  ],
  ['JOURNAL-D4', 'what a user has written is shown at once'],
  ['JOURNAL-P1', 'a client believes no answer that contradicts itself, or the question'],
  ['JOURNAL-M1', 'every step that a client takes is an edge of its lifecycle machine'],
];

const always: readonly Claim<JournalLedger>[] = SENTENCES.map(([id, sentence], index) => ({
  id,
  sentence,
  when: 'always',
  check: (scene, ledger) => {
    if (index === 0) ledger.devices.look(scene);
    return ledger.docket.take(id);
  },
}));

export const claims: readonly Claim<JournalLedger>[] = [...always, ...settledClaims];
