/** What users and operators of the journal do, and what strangers try. */
import type {Doing, OperationSpec} from '../../src/index.ts';
import {attempt, discardRefused, repair, rescope} from './attempts.ts';
import {drawEdit, drawRemoval, edit, remove, save, type EditArgs} from './edits.ts';
import {bridge, cancelRebuild, drawRebuild, rebuild, resumeRebuilds, type RebuildArgs} from './operators.ts';
import {
  ask,
  drawAudit,
  drawHostile,
  drawLegacy,
  drawOddPull,
  drawPack,
  giveLegacy,
  pullOddly,
  pushHostile,
  sendPack,
  takeLegacyPage,
  type HostileArgs,
  type LegacyArgs,
  type PackArgs,
} from './strangers.ts';
import {scopeAt, SCOPES} from './world.ts';

/** An operation by what sets it apart. */
interface OnDevice {
  readonly weight: number;
  readonly essential?: boolean;
  readonly draw?: OperationSpec['draw'];
  readonly run: (args: never, doing: Doing) => Promise<void>;
}

const device = ({weight, essential = false, draw = () => null, run}: OnDevice): OperationSpec => ({
  weight,
  role: 'device',
  essential,
  draw,
  run: run as OperationSpec['run'],
});

const server = (what: OnDevice): OperationSpec => ({...device(what), role: 'server'});

export const operations: {readonly [kind: string]: OperationSpec} = {
  edit: device({weight: 10, draw: drawEdit, run: (args: EditArgs, doing) => edit(doing, args)}),
  save: device({
    weight: 20,
    essential: true,
    draw: drawEdit,
    run: async (args: EditArgs, doing) => {
      await edit(doing, args);
      await save(doing);
    },
  }),
  remove: device({
    weight: 4,
    draw: drawRemoval,
    run: ({object}: {object: number}, doing) => remove(doing, object),
  }),
  erase: device({
    weight: 6,
    draw: drawRemoval,
    run: async ({object}: {object: number}, doing) => {
      await remove(doing, object);
      await save(doing);
    },
  }),
  push: device({weight: 6, run: (_, doing) => attempt(doing, 'push')}),
  pull: device({weight: 14, essential: true, run: (_, doing) => attempt(doing, 'pull')}),
  rescope: device({
    weight: 3,
    draw: random => random.integer(0, SCOPES.length - 1),
    run: (index: number, doing) => rescope(doing, scopeAt(index) ?? {}),
  }),
  discard: device({weight: 2, run: (_, doing) => discardRefused(doing)}),
  hostile: device({
    weight: 4,
    draw: drawHostile,
    run: (args: HostileArgs, doing) => pushHostile(args, doing),
  }),
  'odd-pull': device({weight: 1, draw: drawOddPull, run: (index: number, doing) => pullOddly(index, doing)}),
  pack: device({weight: 2, draw: drawPack, run: (args: PackArgs, doing) => sendPack(args, doing)}),
  legacy: device({weight: 2, draw: drawLegacy, run: (args: LegacyArgs, doing) => giveLegacy(args, doing)}),
  'legacy-pull': device({
    weight: 1,
    draw: random => random.integer(0, 4),
    run: (since: number, doing) => takeLegacyPage(since, doing),
  }),
  audit: device({
    weight: 2,
    draw: drawAudit,
    run: (args: {question: number; object: number}, doing) => ask(args, doing),
  }),
  rebuild: server({weight: 4, draw: drawRebuild, run: (args: RebuildArgs, doing) => rebuild(args, doing)}),
  'cancel-rebuild': server({
    weight: 1,
    draw: random => random.integer(0, 1),
    run: (tenant: number, doing) => cancelRebuild(tenant, doing),
  }),
  resume: server({weight: 2, run: (_, doing) => resumeRebuilds(doing)}),
  bridge: server({weight: 2, run: (_, doing) => bridge(doing)}),
  repair: device({weight: 0, run: (_, doing) => repair(doing)}),
};
