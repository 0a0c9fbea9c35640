/** The claims about staged blobs: what must hold after every happening, and what once the storm is over (5.8). */
import type {Claim, Judgement, Scene} from '../../../src/index.ts';
import {programIn, type BlobLedger} from './ledger.ts';

const SENTENCES: readonly (readonly [string, string])[] = [
  [
    'VFS-B1',
    'every step that a staging takes is an edge of its machine: what is attached or abandoned stays so',
  ],
  [
    'VFS-B2',
    'a commit changes of blobs exactly what one request that succeeds asks for, or the sweep: what is refused changes nothing, and an attach comes no earlier than its checkpoint, its owner and its item allow',
  ],
  ['VFS-B3', 'a blob is shown by an item only if a staging of it was attached'],
  ['VFS-B4', 'of attaching and abandoning a staging at most one succeeds'],
  ['VFS-B5', 'metadata never points at bytes that are not there, but for what the store itself has lost'],
  ['VFS-B7', 'no byte is sent to the store before the blob is known to be the caller’s'],
  ['VFS-B8', 'every answer about blobs is what the tables say: its status and its words, in their order'],
  ['VFS-B9', 'the same request once more is answered like the first, whatever became of the first answer'],
  [
    'VFS-B11',
    'blob operations are sent in the order of the queue, and leave it only when an answer says so: done, or set aside with the server’s words',
  ],
  ['VFS-B12', 'the blob queue refuses what its contract does not allow, in its words, and nothing is queued'],
  ['VFS-B13', 'a blob queue survives a crash as it was'],
  ['VFS-B14', 'who reads a blob gets the bytes that were staged, or an error'],
  ['VFS-B17', 'an attach that was truthfully acknowledged is in the tables'],
];

const always: readonly Claim<BlobLedger>[] = SENTENCES.map(([id, sentence], index) => ({
  id,
  sentence: sentence.replaceAll('’', "'"),
  when: 'always',
  check: (scene, ledger) => {
    if (index === 0) ledger.look(scene);
    return ledger.docket.take(id);
  },
}));

/** Whether somebody cut the servers, or the store behind them, off for good: then nothing is owed that needs them. */
const servedForGood = (scene: Scene): boolean =>
  [...scene.nodes('server'), ...scene.nodes('store')].every(({cutOff}) => !cutOff);

function drained(scene: Scene): Judgement {
  let judged = false;
  if (!servedForGood(scene)) return null;
  for (const {id} of scene.nodes('client').filter(({up, cutOff}) => up && !cutOff)) {
    const program = programIn(scene, id);
    if (program === null) continue;
    judged = true;
    const {pending} = program.queue.exportState();
    if (pending.length > 0 || program.failed) {
      const message = `the blob queue of ${id} does not drain: ${pending.length} wait`;
      return {code: 'stuck', node: id, message, actual: pending[0]};
    }
  }
  return judged ? 'holds' : null;
}

function swept(scene: Scene, ledger: BlobLedger): Judgement {
  const left = servedForGood(scene) ? ledger.store.unswept(scene) : null;
  if (left === null) return null;
  const {orphans, dangling} = left;
  if (orphans.length === 0 && dangling.length === 0) return 'holds';
  const message = `after the sweep: bytes of nobody ${orphans.join(', ')}; blobs without bytes ${dangling.join(', ')}`;
  return {code: orphans.length > 0 ? 'orphans' : 'dangling', message};
}

export const claims: readonly Claim<BlobLedger>[] = [
  ...always,
  {
    id: 'VFS-B15',
    sentence:
      'with a correct server and store every blob queue that can reach them drains: no operation blocks it for ever',
    when: 'settled',
    check: drained,
  },
  {
    id: 'VFS-B16',
    sentence: 'once swept, the store holds no bytes of nobody, and what it has lost is known to be lost',
    when: 'settled',
    check: swept,
  },
];
