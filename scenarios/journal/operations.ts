/** What users and operators of the journal do, and what strangers try. */
import type {OperationSpec} from '../../src/index.ts';
import {drawHostile, drawOddPull, pullOddly, pushHostile, type HostileArgs} from './strangers.ts';

export const operations: {readonly [kind: string]: OperationSpec} = {
  hostile: {
    weight: 3,
    role: 'device',
    draw: drawHostile,
    run: (args, doing) => pushHostile(args as unknown as HostileArgs, doing),
  },
  'odd-pull': {
    weight: 1,
    role: 'device',
    draw: drawOddPull,
    run: (args, doing) => pullOddly(Number(args), doing),
  },
};
