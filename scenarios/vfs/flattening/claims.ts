/** The claims about the rollout: what must hold after every happening, and where it must have come to once the storm is over. */
import type {Claim, Judgement, Scene} from '../../../src/index.ts';
import {expectStep} from '../../../src/model/vfs/migration.ts';
import {programOf} from '../ledger.ts';
import type {FlatteningLedger} from './ledger.ts';
import {ServerProgram} from './server-program.ts';

const SENTENCES: readonly (readonly [string, string])[] = [
  [
    'VFS-M1',
    'a step leaves exactly the rows that the reference makes of those before it, with its version; nothing else changes a version',
  ],
  ['VFS-M2', 'a step is refused exactly where the reference refuses it, in its words, and otherwise runs'],
  [
    'VFS-M3',
    'no status, reference or operation that a client was told of is lost, but by a restore from before it',
  ],
  ['VFS-M4', 'at version 27 no legacy table is left and both parity checks find nothing'],
  ['VFS-M5', 'a stored checkpoint never moves back, but by a restore'],
  ['VFS-M6', 'no statement names a table that was dropped'],
  ['VFS-M7', 'a staging ends once: attached to one item or abandoned, in whatever form, and never again'],
  ['VFS-M8', 'a client that is ahead of a restored server fails, or starts over from what the server has'],
  ['VFS-M9', 'no client meets a regression unless something was restored'],
  ['VFS-M12', 'no guard refuses a step as long as nobody leaves the documented way'],
];

const always: readonly Claim<FlatteningLedger>[] = SENTENCES.map(([id, sentence]) => ({
  id,
  sentence,
  when: 'always',
  check: (_, ledger) => ledger.docket.take(id),
}));

/** The rollout is at its end: done and on the new release, or stopped at a guard that is right to refuse. */
function isOver(scene: Scene, {tables}: FlatteningLedger): Judgement {
  if (tables === null) return null;
  const releases = scene
    .nodes('server')
    .map(({program}) => (program instanceof ServerProgram ? program.release : null));
  if (tables.version === 27) {
    const done = releases.every(release => release === 3);
    return done
      ? 'holds'
      : {code: 'release', message: `the chain is through, and servers run ${releases.join(', ')}`};
  }
  const expected = tables.version >= 23 && tables.version < 27 ? expectStep(tables) : null;
  if (expected?.kind === 'refuse' && releases.every(release => release !== null)) return 'holds';
  return {
    code: 'version',
    message: `the rollout stands at version ${tables.version}, and nothing refuses to go on`,
  };
}

/** Every client that can be reached is in step with a server again, and has nothing left to push. */
function isRecovered(scene: Scene, ledger: FlatteningLedger): Judgement {
  let judged = false;
  for (const {id, up, cutOff} of scene.nodes('client')) {
    const program = programOf(scene, id);
    if (!up || cutOff || program === null) continue;
    judged = true;
    const failed = ledger.failureOf(id);
    if (failed !== null)
      return {code: 'stuck', node: id, stage: failed, message: `${id} cannot ${failed} any more`};
    const {pendingOperations: pending} = program.exportState();
    if (pending.length > 0)
      return {code: 'pending', node: id, message: `${id} still has ${pending.length} operations to push`};
  }
  return judged ? 'holds' : null;
}

export const claims: readonly Claim<FlatteningLedger>[] = [
  ...always,
  {
    id: 'VFS-M10',
    sentence: 'a rollout comes to its end: done, or stopped at a guard that is right to refuse',
    when: 'settled',
    check: isOver,
  },
  {
    id: 'VFS-M11',
    sentence:
      'every client is in step again once the rollout is over, also one that was ahead of a restored server',
    when: 'settled',
    check: isRecovered,
  },
];
