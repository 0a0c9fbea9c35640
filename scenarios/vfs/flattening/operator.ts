/** What the operator does: the documented way, one thing at a time; and the mistakes that people make on it. */
import {DiskError, type Doing, type OperationSpec} from '../../../src/index.ts';
import {errorNote} from '../client-program.ts';
import {
  FORGET_THE_FUTURE,
  HAND_EDITS,
  PUT_GRANTS_BACK,
  RECORD_THE_FUTURE,
  SET_GRANTS_ASIDE,
} from './hand-edits.ts';
import type {OperatorProgram} from './operator-program.ts';
import type {ReleaseNumber, Rollout} from './rollout.ts';
import {ServerProgram} from './server-program.ts';

const LAST = 27;
const NEXT: Readonly<Record<ReleaseNumber, ReleaseNumber>> = {1: 2, 2: 3, 3: 3};
/** A second rollback would lead to the same refusal again. */
const MOST_ROLLBACKS = 2;

const operator = (
  weight: number,
  draw: OperationSpec['draw'],
  act: (program: OperatorProgram, args: unknown, doing: Doing) => Promise<void>,
  essential = false,
): OperationSpec => ({
  ...{weight, role: 'operator', essential, draw},
  run: async (args, doing) => {
    const program = doing.program as OperatorProgram;
    if (program.busy) return;
    program.busy = true;
    try {
      await act(program, args, doing);
    } catch (error) {
      // the disk failed: what was begun is taken up again by the next thing that is done
      if (!(error instanceof DiskError)) throw error;
      doing.note('operator-failed', errorNote(error));
    } finally {
      program.busy = false;
    }
  },
});

export const operatorOperations: {readonly [kind: string]: OperationSpec} = {
  advance: operator(
    30,
    () => null,
    (program, _, doing) => advance(program, doing),
    true,
  ),
  'step-out-of-order': operator(
    2,
    random => random.integer(24, LAST + 1),
    async (program, args) => {
      program.note('mistake', 'step-out-of-order');
      await program.step(Number(args));
    },
  ),
  'migrate-at-once': operator(
    3,
    () => null,
    async program => {
      program.note('mistake', 'migrate-at-once');
      const version = await program.version();
      if (version < LAST) await stepOrStop(program, version + 1);
    },
  ),
  'deploy-at-random': operator(
    5,
    // too early or too late more often than the release that fits always
    random => ({server: random.integer(0, 2), release: random.pick([1, 2, 3, 3])}),
    async (program, args) => {
      const {server, release} = args as {server: number; release: ReleaseNumber};
      const nodes = [...(await program.state()).deployed.keys()];
      const node = nodes[server % nodes.length];
      program.note('mistake', 'deploy-at-random');
      if (node !== undefined) await program.deploy(node, release);
    },
  ),
  'edit-by-hand': operator(
    3,
    random => ({at: random.integer(23, LAST - 1), choice: random.integer(0, 0xffff)}),
    async (program, args) => {
      const {at, choice} = args as {at: number; choice: number};
      if ((await program.version()) === at) await editByHand(program, choice);
      else program.planned.set(at, choice);
    },
  ),
  'roll-back': operator(
    2,
    random => random.oneIn(2),
    (program, args) => program.rollBack(args === true),
  ),
  verify: operator(
    1,
    () => null,
    async program => void (await program.verify()),
  ),
  finish: operator(
    0,
    () => null,
    (program, _, doing) => finish(program, doing),
  ),
};

/**
 * Brings the rollout to an end: undoes what was left half done, rolls back what was stopped, and goes on. Where the same
 * refusal comes again and again the servers stay on releases that work with the schema as it is.
 */
async function finish(program: OperatorProgram, doing: Doing): Promise<void> {
  await mend(program);
  const {stopped, restores, snapshot, marked} = await program.state();
  if (stopped !== null && snapshot !== null && restores < MOST_ROLLBACKS) await program.rollBack(true);
  else {
    if (stopped !== null) {
      await deployFitting(program);
      await program.stop(null);
    }
    await advance(program, doing);
  }
  if (!marked) await program.mark();
}

async function deployFitting(program: OperatorProgram): Promise<void> {
  const version = await program.version();
  for (const [node, release] of (await program.state()).deployed) {
    const fits = version < 25 ? release < 3 : release > 1;
    if (!fits) await program.deploy(node, 2);
  }
}

/** The next thing on the documented way; nothing once it is at its end, or was stopped. */
async function advance(program: OperatorProgram, doing: Doing): Promise<void> {
  const rollout = await program.state();
  if (rollout.restoring) return program.rollBack(rollout.marked);
  if (rollout.stopped !== null) return;
  const version = await program.version();
  if (rollout.snapshot === null && version < LAST) return program.snapshot();
  const least = version < LAST ? 2 : 3;
  const behind = [...rollout.deployed].find(([, release]) => release < least);
  if (behind !== undefined) return program.deploy(behind[0], NEXT[behind[1]]);
  if (!isDeployed(doing, rollout)) return;
  if (version < LAST) {
    const planned = program.planned.get(version);
    if (program.planned.delete(version) && planned !== undefined) return editByHand(program, planned);
    noteTraffic(program, doing, version + 1);
    return stepOrStop(program, version + 1);
  }
  if (!rollout.verified && !(await program.verify())) await program.stop('verify');
}

/** A step that is refused stops the rollout, whoever asked for it. */
async function stepOrStop(program: OperatorProgram, version: number): Promise<void> {
  const result = await program.step(version);
  if (result.kind === 'refused') await program.stop(result.message);
}

/** Whether every server that is up runs what was deployed to it, and has done with what it ran before. */
function isDeployed({scene}: Doing, {deployed}: Rollout): boolean {
  return scene.nodes('server').every(({id, program}) => {
    if (!(program instanceof ServerProgram)) return true;
    return program.release === deployed.get(id);
  });
}

function noteTraffic(program: OperatorProgram, {scene}: Doing, version: number): void {
  const isBusy = scene
    .nodes('server')
    .some(({program: server}) => server instanceof ServerProgram && server.inFlight > 0);
  if (isBusy) program.host.probe(`traffic:${version}`);
}

async function editByHand(program: OperatorProgram, choice: number): Promise<void> {
  const version = await program.version();
  const fitting = HAND_EDITS.filter(({at}) => at === version);
  const special = version === LAST - 1 ? ['future', 'aside'] : ['future'];
  const index = choice % (fitting.length + special.length);
  const edit = fitting[index];
  if (edit !== undefined) return program.edit(edit.kind, edit.statements);
  const isAside = special[index - fitting.length] === 'aside';
  const [before, after] = isAside
    ? [SET_GRANTS_ASIDE, PUT_GRANTS_BACK]
    : [RECORD_THE_FUTURE, FORGET_THE_FUTURE];
  if (!isAside && version > LAST) return;
  await program.edit(isAside ? 'aside' : 'future', [before]);
  await program.step(Math.min(LAST, version + 1));
  await program.edit(isAside ? 'put-back' : 'forget-the-future', [after]);
}

/** Undoes what somebody began to do by hand and did not end. */
async function mend(program: OperatorProgram): Promise<void> {
  if ((await program.version()) > LAST) await program.edit('forget-the-future', [FORGET_THE_FUTURE]);
  const aside = `SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'vfs_acl_entries_aside'`;
  if (Number((await program.database.get(aside))?.['n']) > 0)
    await program.edit('put-back', [PUT_GRANTS_BACK]);
}
