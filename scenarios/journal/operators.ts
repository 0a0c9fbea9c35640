/** What operators do to the servers: rebuild a tenant in one of its ways, give a rebuild up, resume one, run the bridge. */
import {RebuildRefusedError, type RebuildRequest} from '../../src/impl/journal/server-rebuild.ts';
import type {RebuildMode, RebuildReport} from '../../src/impl/journal/server-rebuild-job.ts';
import {DiskError, type Doing, type Json, type Stream} from '../../src/index.ts';
import {errorNote} from './device-program.ts';
import type {ServerProgram} from './server-program.ts';
import {journalWorld} from './world.ts';

const MODES: readonly RebuildMode[] = ['offline', 'shadow', 'verify'];

export interface RebuildArgs {
  readonly tenant: number;
  readonly mode: number;
  /** Journal rows a step. */
  readonly step: number;
  /** Rebuilds of one name are one rebuild. */
  readonly job: number;
  /** After so many turns of the server it is given up; 0 for never. */
  readonly cancel: number;
}

export const drawRebuild = (random: Stream): Json =>
  ({
    tenant: random.integer(0, 1),
    mode: random.integer(0, MODES.length - 1),
    step: random.pick([1, 2, 5, 500]),
    job: random.integer(0, 9),
    cancel: random.oneIn(4) ? random.octave(1, 64) : 0,
  }) satisfies RebuildArgs;

const programOf = (doing: Doing): ServerProgram => doing.program as ServerProgram;

/** A command that the disk may refuse, or another rebuild; it can be given again. Null where it was refused. */
async function commanded<T>(doing: Doing, run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DiskError || error instanceof RebuildRefusedError)) throw error;
    const {name, code} = errorNote(error);
    if (error instanceof RebuildRefusedError) programOf(doing).host.probe(`rebuild:${code}`);
    doing.note('operator-failed', {name, code});
    return null;
  }
}

export async function rebuild({tenant, mode, step, job, cancel}: RebuildArgs, doing: Doing): Promise<void> {
  const {tenants} = journalWorld(doing.scene.world);
  const request: RebuildRequest = {
    tenantId: (tenants[tenant % Math.max(1, tenants.length)] ?? {id: 't1'}).id,
    jobId: `job-${job}`,
    mode: MODES[mode % MODES.length] ?? 'verify',
    stepSize: Math.max(1, step),
  };
  const [report] = await Promise.all([
    commanded(doing, () => programOf(doing).server.rebuild(request)),
    cancel > 0 ? cancelLater(tenant, cancel, doing) : null,
  ]);
  if (report !== null) rebuilt(doing, report);
}

function rebuilt(doing: Doing, report: RebuildReport): void {
  programOf(doing).host.probe(`rebuild:${report.mode}`);
  doing.note('rebuilt', report as unknown as Json);
}

/** Lets the server take some turns with whatever it does, all in the same instant, before the rebuild is given up. */
async function cancelLater(tenant: number, turns: number, doing: Doing): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await programOf(doing).host.clock.sleep(0);
  await cancelRebuild(tenant, doing);
}

export async function cancelRebuild(tenant: number, doing: Doing): Promise<void> {
  const {tenants} = journalWorld(doing.scene.world);
  const {id} = tenants[tenant % Math.max(1, tenants.length)] ?? {id: 't1'};
  const given = await commanded(doing, () => programOf(doing).server.cancelRebuild(id));
  if (given === true) programOf(doing).host.probe('rebuild:cancelled');
}

/** What a server that comes up after a crash, or its operator, does: goes on with what was under way. */
export async function resumeRebuilds(doing: Doing): Promise<void> {
  const resumed = await commanded(doing, () => programOf(doing).server.resumeRebuilds());
  if (resumed !== null && resumed > 0) programOf(doing).host.probe('rebuild:resumed');
}

export async function bridge(doing: Doing): Promise<void> {
  const crossed = await commanded(doing, () => programOf(doing).server.bridge());
  if (crossed !== null && crossed > 0) programOf(doing).host.probe('bridge:crossed');
}
