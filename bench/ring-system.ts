/** A system of any size whose nodes pass messages around a ring: what a happening costs as worlds and runs grow. */
import {defineSystem, type Host, type Plan, type System} from '../src/index.ts';
import {plainPlan} from './plans.ts';

const TICK_MS = 10;
/** A tick is a timer, a message on its way and its arrival. */
const HAPPENINGS_A_TICK = 3;

async function tick(host: Host, next: string, ticks: number): Promise<void> {
  for (let count = 0; count < ticks; count += 1) {
    await host.clock.sleep(TICK_MS);
    host.net.send(next, `{"tick":${count}}`);
  }
}

const nameOf = (index: number): string => `node${index}`;

export const ring: System<null> = defineSystem<null>({
  name: 'ring',
  summary: 'nodes that pass messages around',
  drawWorld: () => ({nodes: 2, ticks: 0}),
  nodes: world => {
    const [nodes, ticks] = [Number(world['nodes']), Number(world['ticks'])];
    return Array.from({length: nodes}, (_, index) => ({
      id: nameOf(index),
      role: 'node',
      boot: (host: Host) => {
        const program = {received: 0};
        host.net.receive(() => (program.received += 1));
        void tick(host, nameOf((index + 1) % nodes), ticks);
        return Promise.resolve(program);
      },
    }));
  },
  operations: {},
  size: {operations: [0, 0], stormMs: [0, 0]},
  settling: [],
  hazards: {},
  ledger: () => null,
  claims: [
    {
      id: 'RING-1',
      sentence: 'the node that something happened to has not received less than nothing',
      when: 'always',
      check: scene => {
        const node = scene.touched === null ? undefined : scene.node(scene.touched);
        if (node === undefined || !node.up) return null;
        if ((node.program as {received: number}).received >= 0) return 'holds';
        return {code: 'negative', node: node.id, message: `${node.id} received less than nothing`};
      },
    },
  ],
  goals: [],
});

/** A plan of about so many happenings on so many nodes. */
export function ringPlan(nodes: number, happenings: number): Plan {
  const ticks = Math.max(1, Math.round(happenings / nodes / HAPPENINGS_A_TICK));
  return plainPlan(ring, {nodes, ticks}, (ticks + 10) * TICK_MS, happenings * 2 + 1_000);
}
