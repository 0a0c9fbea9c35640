/** After the storm: rounds of settling operations on every node, until every settled claim holds or patience is out. */
import {SIM_CLAIMS} from './core.ts';
import type {Life} from './life.ts';
import type {runOperation} from './operations.ts';
import type {Finding} from './system.ts';
import type {World} from './world.ts';

const BETWEEN_ROUNDS_MS = 200;
/** After so many rounds each pause is twice as long as the one before, up to so many doublings. */
const QUICK_ROUNDS = 10;
const DOUBLINGS = 7;
/** What a round that is under way when patience is out is given to come to its end. */
const LAST_ROUND_MS = 60_000;

export class Settling {
  readonly #world: World;
  readonly #run: typeof runOperation;
  /** Settling operations of this round that have not ended: `kind on node`. */
  readonly #outstanding = new Set<string>();
  #rounds = 0;
  #settled = false;
  #outOfTime = false;
  #lastFailing: {claim: string; finding: Finding} | null = null;

  constructor(world: World, run: typeof runOperation) {
    this.#world = world;
    this.#run = run;
    world.core.scheduleWorld(world.core.plan.patienceMs, () => this.#outOfPatience());
    world.core.scheduleWorld(0, () => this.#round());
  }

  over(): boolean {
    return this.#settled;
  }

  waitsFor(): string {
    const unfinished = this.#unfinished();
    if (unfinished.length > 0) return `waiting for ${unfinished.join(', ')}`;
    if (this.#lastFailing !== null)
      return `waiting for ${this.#lastFailing.claim}: ${this.#lastFailing.finding.message}`;
    return 'waiting for nothing that has a name';
  }

  #round(): void {
    const {core, system} = this.#world;
    this.#rounds += 1;
    core.event('round', '', this.#rounds);
    for (const node of [...this.#world.nodes.values()]) {
      if (node.gone || node.cutOff) continue;
      const life = node.life;
      if (life === null || !life.booted) continue;
      const kinds = system.settling.filter(kind => system.operations[kind]?.role === node.spec.role);
      if (kinds.length > 0) this.#chain(life, kinds, 0);
    }
    if (this.#outstanding.size === 0) core.scheduleWorld(0, () => this.#judge());
  }

  /** What was started and has not ended, as `kind on node`; a node that is cut off for ever owes nothing. */
  #unfinished(): string[] {
    const names = new Set(this.#outstanding);
    for (const node of this.#world.nodes.values()) {
      if (node.cutOff) continue;
      for (const kind of node.life?.operations ?? []) names.add(`${kind} on ${node.id}`);
    }
    return [...names];
  }

  #chain(life: Life, kinds: readonly string[], index: number): void {
    const {core, system} = this.#world;
    const kind = kinds[index] ?? '';
    const spec = system.operations[kind];
    if (spec === undefined) return;
    const name = `${kind} on ${life.id}`;
    this.#outstanding.add(name);
    const planned = {id: `settle-${this.#rounds}-${index}`, at: core.now, kind, target: 0, args: null};
    core.schedule(0, life, 'io', () =>
      this.#run(this.#world, life, spec, planned, () => {
        this.#outstanding.delete(name);
        if (index + 1 < kinds.length) this.#chain(life, kinds, index + 1);
        else if (this.#outstanding.size === 0) core.scheduleWorld(0, () => this.#judge());
      }),
    );
  }

  #judge(): void {
    const {core, system, scene, ledger, nodes} = this.#world;
    if (this.#settled || core.violation !== null || this.#outstanding.size > 0) return;
    this.#lastFailing = null;
    const down = [...nodes.values()].find(node => !node.gone && !node.cutOff && node.life?.booted !== true);
    if (down !== undefined) {
      this.#lastFailing = {
        claim: 'every node',
        finding: {message: `${down.id} has not booted`, code: 'boot', node: down.id},
      };
    }
    const ready = down === undefined && this.#unfinished().length === 0;
    for (const claim of system.claims) {
      if (claim.when !== 'settled' || !ready) continue;
      const judgement = claim.check(scene, ledger);
      core.tally.claim(claim.id, judgement !== null);
      if (judgement === null || judgement === 'holds') continue;
      this.#lastFailing = {claim: claim.id, finding: judgement};
      break;
    }
    if (this.#lastFailing === null && ready) {
      this.#settled = true;
      return;
    }
    if (this.#outOfTime) {
      this.#stuck();
      return;
    }
    const doublings = Math.min(DOUBLINGS, Math.max(0, this.#rounds - QUICK_ROUNDS));
    core.scheduleWorld(BETWEEN_ROUNDS_MS * 2 ** doublings, () => this.#round());
  }

  #outOfPatience(): void {
    this.#outOfTime = true;
    if (this.#outstanding.size === 0) this.#stuck();
    else this.#world.core.scheduleWorld(LAST_ROUND_MS, () => this.#stuck());
  }

  #stuck(): void {
    if (this.#settled) return;
    const {core, system, nodes} = this.#world;
    const failing = this.#lastFailing;
    const claim = system.claims.find(({id}) => id === failing?.claim);
    const unfinished = this.#unfinished();
    if (unfinished.length === 0 && failing !== null && claim !== undefined) {
      const role = nodes.get(failing.finding.node ?? '')?.spec.role ?? '';
      core.violate(claim, {stage: 'settled', ...failing.finding}, role);
      return;
    }
    const first = unfinished[0] ?? 'boot';
    core.violate(
      SIM_CLAIMS.settle,
      {
        code: first.split(' ')[0] ?? 'settle',
        stage: 'settled',
        message: `patience is out after ${this.#rounds} rounds, ${this.waitsFor()}`,
      },
      '',
    );
  }
}
