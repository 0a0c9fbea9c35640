/** What users and operators of the journal do, and what strangers try. */
import type {Doing, OperationSpec} from '../../src/index.ts';
import {attempt, discardRefused, repair, rescope} from './attempts.ts';
import {drawEdit, drawRemoval, edit, remove, save, type EditArgs} from './edits.ts';
import {drawHostile, drawOddPull, pullOddly, pushHostile, type HostileArgs} from './strangers.ts';
import {scopeAt, SCOPES} from './world.ts';

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
  repair: device({weight: 0, run: (_, doing) => repair(doing)}),
};
