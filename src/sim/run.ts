/** One run: from a seed or a plan to its outcome. Storm, heal, settle; claims are checked all the while. */
import type {Happening} from './agenda.ts';
import {assert, UnreadableError, UsageError} from './assert.ts';
import {Core, SIM_CLAIMS, type Recording} from './core.ts';
import {drawPlan} from './draw.ts';
import {isFault, scheduleFaults} from './faults.ts';
import {Camera} from './film.ts';
import {installGuard} from './guard.ts';
import {runOperation, startOperation} from './operations.ts';
import type {Outcome} from './outcome.ts';
import type {Plan} from './plan.ts';
import {Settling} from './settling.ts';
import {loadSqlite, unsharedKinds} from './sqlite.ts';
import type {Claim, System} from './system.ts';
import {watchRejections, type Rejections} from './rejections.ts';
import {World} from './world.ts';

export interface RunOptions extends Recording {
  /** Exactly one of the two: the seed to draw a plan from, or the plan itself. */
  readonly seed?: string;
  readonly plan?: Plan;
  readonly variant?: string;
  /** Fewer happenings than the plan allows, for who does not want to see the rest: a run that takes more breaks SIM-BUDGET. */
  readonly within?: number;
}

/** The real ones: while a run is on, a guard stands before them. */
const afterAll = setImmediate;
const nextTick = process.nextTick.bind(process);

let busy: Promise<unknown> = Promise.resolve();

/**
 * Runs one plan and says what was found. Runs of one process take turns, since the guard stands before its globals.
 * Throws {@link UsageError} or {@link UnreadableError} for a seed or plan that cannot be run.
 */
export function run(system: System, options: RunOptions): Promise<Outcome> {
  const turn = busy.then(() => runAlone(system, options));
  busy = turn.catch(() => undefined);
  return turn;
}

async function runAlone(system: System, options: RunOptions): Promise<Outcome> {
  const plan = planOf(system, options);
  await loadSqlite();
  for (;;) {
    const kinds = unsharedKinds();
    try {
      const outcome = await performAndAudit(system, plan, options);
      if (unsharedKinds() === kinds) return outcome;
    } catch (error) {
      if (unsharedKinds() === kinds) throw error;
    }
  }
}

async function performAndAudit(system: System, plan: Plan, options: RunOptions): Promise<Outcome> {
  const first = await perform(system, plan, options, false);
  // a rejection that nobody handled shows only after the run; a slow second pass finds out when and whose it was
  return first.escaped ? (await perform(system, plan, options, true)).outcome : first.outcome;
}

function planOf(system: System, options: RunOptions): Plan {
  if ((options.seed === undefined) === (options.plan === undefined)) {
    throw new UsageError('give a run either a seed or a plan');
  }
  if (options.plan === undefined) return drawPlan(system, options.seed ?? '', options.variant);
  const {plan} = options;
  if (plan.system !== system.name) {
    throw new UnreadableError(`the plan is for the system "${plan.system}", not for "${system.name}"`);
  }
  if (plan.variant !== 'default' && system.variants?.includes(plan.variant) !== true) {
    throw new UnreadableError(
      `the plan is for a variant that ${system.name} does not have: "${plan.variant}"`,
    );
  }
  for (const {kind} of plan.operations) {
    if (!Object.hasOwn(system.operations, kind)) {
      throw new UnreadableError(`the plan has an operation that ${system.name} does not know: "${kind}"`);
    }
  }
  for (const {kind} of plan.faults) {
    if (!isFault(kind)) throw new UnreadableError(`the plan has a fault that nobody knows: "${kind}"`);
  }
  return plan;
}

async function perform(
  system: System,
  plan: Plan,
  options: RunOptions,
  audit: boolean,
): Promise<{outcome: Outcome; escaped: boolean}> {
  const core = new Core(plan, options);
  const camera = options.film === true ? new Camera() : null;
  const world = new World(core, camera?.watching(system) ?? system, plan);
  const rejections = watchRejections(core, audit);
  const takeDown = installGuard({
    mode: system.globals ?? 'forbid',
    current: () => (core.current === null ? null : world.hostOf(core.current)),
    report: (host, what) =>
      core.violate(
        SIM_CLAIMS.guard,
        {code: what, stage: '', node: host.id, message: `${host.id} reached for ${what}`},
        world.nodes.get(host.id)?.spec.role ?? '',
      ),
  });
  try {
    const slow = audit || system.globals === 'virtual';
    const most = Math.min(plan.maxHappenings, options.within ?? plan.maxHappenings);
    await new Drive(world, rejections, {slow, camera, most}).toTheEnd();
    core.current = null;
    const escaped = await rejections.end();
    if (audit) rejections.report();
    return {outcome: outcomeOf(world, camera), escaped: escaped && !audit};
  } finally {
    core.current = null;
    takeDown();
    rejections.stop();
    world.storage.close();
  }
}

function outcomeOf(world: World, camera: Camera | null): Outcome {
  const {core} = world;
  const {digest, lines} = core.trace.end(core.now);
  let fates: Outcome['fates'] | null = null;
  return {
    plan: core.plan,
    verdict: core.violation === null ? 'ok' : 'violation',
    violation: core.violation,
    digest,
    happenings: core.happenings,
    virtualMs: core.now,
    messages: core.messages,
    ...core.tally.result(),
    // by far the largest part, and asked for only where something was found
    get fates() {
      return (fates ??= core.tally.fates());
    },
    trace: lines,
    owners: core.weather.recordsOwners ? core.weather.owners() : null,
    census: core.census,
    film: camera?.film(world) ?? null,
  };
}

/** Resolves once all microtasks are done. */
const barrier = (resolve: () => void): void => nextTick(resolve);

/** Resolves when the engine has also told of unhandled rejections. */
const pause = (resolve: () => void): void => void afterAll(resolve);

/** Drives a world: the loop that decides nothing. */
class Drive {
  readonly #world: World;
  readonly #core: Core;
  readonly #always: readonly Claim[];
  readonly #rejections: Rejections;
  readonly #slow: boolean;
  readonly #camera: Camera | null;
  readonly #most: number;

  constructor(
    world: World,
    rejections: Rejections,
    {slow, camera, most}: {readonly slow: boolean; readonly camera: Camera | null; readonly most: number},
  ) {
    this.#world = world;
    this.#core = world.core;
    this.#always = world.system.claims.filter(({when}) => when === 'always');
    this.#rejections = rejections;
    this.#slow = slow;
    this.#camera = camera;
    this.#most = most;
  }

  async toTheEnd(): Promise<void> {
    // the loop itself must run in a microtask, or the first barrier does not drain everything
    await null;
    const world = this.#world;
    const core = this.#core;
    world.bootAll();
    const endFaults = scheduleFaults(world);
    for (const operation of core.plan.operations) {
      core.scheduleWorld(operation.at, () => startOperation(world, operation));
    }
    let settling: Settling | null = null;
    core.scheduleWorld(core.plan.stormMs, () => {
      heal(world, endFaults);
      settling = new Settling(world, runOperation);
    });
    while (core.violation === null) {
      const happening = core.agenda.next();
      assert(happening !== null, 'patience is out before nothing is left to happen');
      if (this.#heldBack(happening)) continue;
      if (happening.life !== null && !happening.life.alive) continue;
      if (core.happenings >= this.#most) {
        this.#overBudget(settling);
        return;
      }
      world.perform(happening);
      // what happens to the world runs no node's code, so it leaves no microtasks behind
      if (this.#slow || happening.life !== null) {
        await new Promise<void>(this.#slow ? pause : barrier);
        this.#rejections.attribute(core.current);
        core.current = null;
      }
      if (core.broken !== null) throw core.broken.error;
      if (core.dirty) this.#checkAlways();
      if (this.#camera !== null) this.#camera.look(world);
      if ((settling as Settling | null)?.over() === true) return;
    }
  }

  /** A paused life is told later, in the same order; a frozen one only does without its timers. */
  #heldBack(happening: Happening): boolean {
    const {life} = happening;
    if (life === null || !life.alive) return false;
    if (life.pauses === 0 && (life.freezes === 0 || happening.kind !== 'timer')) return false;
    life.held.push(happening);
    return true;
  }

  #checkAlways(): void {
    const core = this.#core;
    core.dirty = false;
    for (const claim of this.#always) {
      const judgement = claim.check(this.#world.scene, this.#world.ledger);
      core.tally.claim(claim.id, judgement !== null);
      if (judgement === null || judgement === 'holds') continue;
      const role = this.#world.nodes.get(judgement.node ?? '')?.spec.role ?? '';
      core.violate(claim, judgement, role);
      return;
    }
  }

  #overBudget(settling: Settling | null): void {
    const waits = settling === null ? 'the storm has not even ended' : settling.waitsFor();
    this.#core.violate(
      SIM_CLAIMS.budget,
      {
        code: 'happenings',
        stage: settling === null ? 'storm' : 'settle',
        message: `no end after ${this.#core.happenings} happenings: ${waits}`,
      },
      '',
    );
  }
}

/** Ends the storm: the weather calms, every fault that ends is over, every node that is down boots. */
function heal(world: World, endFaults: () => void): void {
  const {core} = world;
  core.weather.stormy = false;
  endFaults();
  for (const node of world.nodes.values()) {
    if (node.life !== null) node.life.armedCrash = null;
    world.boot(node);
  }
  core.event('heal', '');
  core.observe({kind: 'healed'});
}
