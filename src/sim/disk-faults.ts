/** Faults of a place's databases: what was written is lost, put back or emptied, or a replica of it lags. */
import type {DatabaseFile} from './database-file.ts';
import {effective, holdDown, whenQuiet, type Handler} from './fault.ts';
import type {SimNode} from './life.ts';
import {Sqlite} from './sqlite.ts';
import type {World} from './world.ts';

/** All nodes whose databases are at a place, twins not among them. */
const nodesAt = (world: World, place: string): SimNode[] =>
  [...world.nodes.values()].filter(node => node.place === place && !node.gone);

/** Stops a place's nodes, puts its databases back to `images`, and lets the nodes boot. */
function rewind(
  world: World,
  node: SimNode,
  images: ReadonlyMap<string, Uint8Array>,
  cause: 'restored' | 'rebuilt' | 'lost-tail' | 'wiped',
): boolean {
  const nodes = nodesAt(world, node.place);
  for (const at of nodes) world.crash(at, null, cause);
  const before = world.storage.images(node.place);
  world.storage.rewind(node.place, images);
  world.core.event('rewound', node.id, cause);
  world.core.observe({kind: 'rewound', place: node.place, cause});
  if (cause === 'restored' || cause === 'rebuilt') {
    const first = nodes[0];
    if (first !== undefined) first.diskCause = cause;
  }
  for (const at of nodes) world.boot(at);
  return !sameImages(before, images);
}

function sameImages(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, bytes] of a) {
    const other = b.get(name);
    if (other === undefined || Buffer.compare(bytes, other) !== 0) return false;
  }
  return true;
}

/** Keeps a copy of a node's disk and puts it back at the end. */
const putBack =
  (cause: 'restored' | 'lost-tail'): Handler =>
  (world, node, fault) => {
    let images: Map<string, Uint8Array> | null = null;
    whenQuiet(world, node.place, () => {
      images = world.storage.images(node.place);
    });
    return () => {
      if (images === null || images.size === 0) return;
      if (rewind(world, node, images, cause)) effective(world.core, fault.kind);
    };
  };

const emptied =
  (cause: 'wiped' | 'rebuilt'): Handler =>
  (world, node, fault) => {
    const others = nodesAt(world, node.place);
    const down = others.map(at => holdDown(world, at, cause));
    if (rewind(world, node, new Map(), cause)) effective(world.core, fault.kind);
    return () => {
      for (const up of down) up();
    };
  };

export const DISK_FAULTS: Readonly<Record<string, Handler>> = {
  'lost-tail': putBack('lost-tail'),
  'restore-backup': putBack('lost-tail'),
  wipe: emptied('wiped'),
  'server-restore': putBack('restored'),
  'server-rebuild': emptied('rebuilt'),
  'lagging-replica': (world, node) => {
    const lagging: DatabaseFile[] = [];
    let over = false;
    whenQuiet(world, node.place, () => {
      if (over) return;
      for (const file of world.storage.filesOf(node.place)) {
        if (file.lag !== null) continue;
        file.lag = {sqlite: Sqlite.from(file.sqlite.export()), changes: file.sqlite.totalChanges()};
        lagging.push(file);
      }
    });
    return () => {
      over = true;
      for (const file of lagging) {
        file.lag?.sqlite.close();
        file.lag = null;
      }
    };
  },
};
