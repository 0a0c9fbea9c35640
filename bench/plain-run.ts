/** Carries out a calm plan of a system on plain hosts: the same programs and operations, and nobody who simulates or watches. */
import type {AttemptResult, AttemptSpec, BootContext, Doing, Plan, Scene, System} from '../src/index.ts';
import {PlainWorld} from './plain-host.ts';

const CONTEXT: BootContext = {
  release: 1,
  disk: null,
  twin: false,
  note: () => undefined,
  progressed: () => undefined,
};

interface Node {
  readonly id: string;
  readonly role: string;
  readonly program: unknown;
}

/** Boots the nodes, does the operations one after another, then one round of settling; resolves to the number of messages. */
export async function runPlain(system: System, plan: Plan): Promise<number> {
  const world = new PlainWorld(plan.seed);
  try {
    const nodes: Node[] = [];
    for (const {id, role, place, addresses, boot} of system.nodes(plan.world)) {
      nodes.push({id, role, program: await boot(world.host(id, place ?? id, addresses ?? []), CONTEXT)});
    }
    for (const {id, at, kind, target, args} of plan.operations) {
      world.nowMs = at;
      const spec = system.operations[kind];
      const able = nodes.filter(({role}) => role === spec?.role);
      const node = able[target % able.length];
      if (node !== undefined) await spec?.run(args, doingOf(world, plan, node, id));
    }
    world.nowMs = plan.stormMs;
    for (const kind of system.settling) {
      const spec = system.operations[kind];
      for (const node of nodes) {
        if (node.role === spec?.role) await spec.run(null, doingOf(world, plan, node, `settle ${kind}`));
      }
    }
    return world.messages;
  } finally {
    world.close();
  }
}

function doingOf(world: PlainWorld, plan: Plan, {id, program}: Node, operation: string): Doing {
  return {
    // operations look at the world's configuration and at nothing else of the scene
    scene: {world: plan.world} as Scene,
    node: id,
    program,
    operation,
    settling: false,
    now: () => world.clock(),
    attempt,
    residue: () => undefined,
    note: () => undefined,
  };
}

async function attempt<T>({run, failure}: AttemptSpec<T>): Promise<AttemptResult<T>> {
  try {
    return {ok: true, value: await run()};
  } catch (error) {
    return {ok: false, failure: failure(error)};
  }
}
