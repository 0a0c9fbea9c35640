/** Which nodes can reach which: partitions, clogs and slow links, by node, as the faults in force have set them. */

/** What the faults in force do to one node's links. */
interface NodeLinks {
  /** Faults that block what it sends, and what is sent to it; by fault id, with the hazard's id. */
  readonly out: Map<string, string>;
  readonly in: Map<string, string>;
  /** Until when its messages are held back; virtual ms. */
  clogs: Map<string, number>;
  slow: Map<string, number>;
}

export class Links {
  readonly #nodes = new Map<string, NodeLinks>();

  /** The links of a node, to be changed by faults. */
  of(node: string): NodeLinks {
    let links = this.#nodes.get(node);
    if (links === undefined) {
      links = {out: new Map(), in: new Map(), clogs: new Map(), slow: new Map()};
      this.#nodes.set(node, links);
    }
    return links;
  }

  /** True where no fault has ever touched a link. */
  get untouched(): boolean {
    return this.#nodes.size === 0;
  }

  /** The hazard that keeps `from` from reaching `to`; null if none does. */
  blockedBy(from: string, to: string): string | null {
    const out = this.#nodes.get(from)?.out.values().next();
    if (out !== undefined && out.done !== true) return out.value;
    const into = this.#nodes.get(to)?.in.values().next();
    return into !== undefined && into.done !== true ? into.value : null;
  }

  /** Until when messages between the two are held back; 0 if they are not. */
  cloggedUntil(from: string, to: string): number {
    return Math.max(greatest(this.#nodes.get(from)?.clogs, 0), greatest(this.#nodes.get(to)?.clogs, 0));
  }

  /** How many times longer a message between the two takes. */
  slowness(from: string, to: string): number {
    return Math.max(greatest(this.#nodes.get(from)?.slow, 1), greatest(this.#nodes.get(to)?.slow, 1));
  }
}

function greatest(values: ReadonlyMap<string, number> | undefined, least: number): number {
  let most = least;
  if (values === undefined || values.size === 0) return most;
  for (const value of values.values()) if (value > most) most = value;
  return most;
}
