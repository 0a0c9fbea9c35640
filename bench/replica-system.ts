/** The toy as a system of the simulator: puts are sent to every peer over one-way messages, gossip repairs what was lost. */
import {defineSystem, type Host, type NodeSpec, type System} from '../src/index.ts';
import {KEYS, namesOf, Replica, REPLICAS} from './replicas.ts';

/** A node's program: its replica, and how it tells the others. */
interface Program {
  readonly replica: Replica;
  tell(message: string): void;
}

function boot(host: Host, replicas: number): Promise<Program> {
  const replica = new Replica(host.id, replicas);
  host.net.receive(message => replica.receive(message as string));
  return Promise.resolve({
    replica,
    tell: message => {
      for (const peer of replica.peers) host.net.send(peer, message);
    },
  });
}

const nodesOf = (replicas: number): NodeSpec[] =>
  namesOf(replicas).map(id => ({id, role: 'replica', boot: host => boot(host, replicas)}));

/** `operations` puts in all, over so much virtual time. */
export const replicaSystem = (operations: number, stormMs: number): System<null> =>
  defineSystem<null>({
    name: 'replicas',
    summary: 'replicas of a map in memory',
    drawWorld: () => ({replicas: REPLICAS}),
    nodes: world => nodesOf(Number(world['replicas'])),
    operations: {
      put: {
        weight: 1,
        role: 'replica',
        essential: true,
        draw: random => ({key: `key${random.integer(1, KEYS)}`, value: random.integer(0, 999)}),
        run: (args, doing) => {
          const {key, value} = args as {readonly key: string; readonly value: number};
          const program = doing.program as Program;
          program.tell(program.replica.put(key, value));
        },
      },
      gossip: {
        weight: 0,
        role: 'replica',
        draw: () => null,
        run: (_, doing) => {
          const program = doing.program as Program;
          program.tell(program.replica.everything());
        },
      },
    },
    size: {operations: [operations, operations], stormMs: [stormMs, stormMs]},
    settling: ['gossip'],
    hazards: {
      'lose-request': ['replica'],
      duplicate: ['replica'],
      delay: ['replica'],
      reorder: ['replica'],
    },
    ledger: () => null,
    claims: [
      {
        id: 'REPLICA-1',
        sentence: 'the replica that something happened to holds no entry ahead of its clock',
        when: 'always',
        check: scene => {
          const node = scene.touched === null ? undefined : scene.node(scene.touched);
          if (node === undefined || !node.up) return null;
          if ((node.program as Program).replica.ordered) return 'holds';
          return {code: 'ahead', node: node.id, message: `${node.id} holds an entry ahead of its clock`};
        },
      },
      {
        id: 'REPLICA-2',
        sentence: 'all replicas come to hold the same map',
        when: 'settled',
        check: scene => {
          const texts = scene.nodes('replica').map(({program}) => (program as Program).replica.text);
          const odd = texts.findIndex(text => text !== texts[0]);
          return odd < 0 ? 'holds' : {code: 'diverged', message: `replica ${odd} differs from the first`};
        },
      },
    ],
    goals: [],
  });
