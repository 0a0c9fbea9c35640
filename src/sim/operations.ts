/** Runs operations on their nodes: picks the target, keeps the attempts they make, and tries a failed attempt once more. */
import {Attempt, sameFailure} from './attempt.ts';
import {SIM_CLAIMS} from './core.ts';
import type {Life, PinnedAnswer} from './life.ts';
import type {PlannedOperation} from './plan.ts';
import {Stream} from './random.ts';
import type {AttemptResult, AttemptSpec, Doing, Failure, OperationSpec} from './system.ts';
import type {World} from './world.ts';

/** One failed attempt in so many is tried again against the same answers. */
const RETRY_ONE_IN = 2;

/** Starts a planned operation on the node that its target picks among those that run; resolves when it is over. */
export function startOperation(world: World, planned: PlannedOperation): void {
  const spec = world.system.operations[planned.kind];
  if (spec === undefined) return;
  const able = [...world.nodes.values()].filter(
    node => node.spec.role === spec.role && node.life?.booted === true && !node.gone,
  );
  const node = able[planned.target % Math.max(1, able.length)];
  const life = node?.life;
  if (life === null || life === undefined) return;
  world.core.schedule(0, life, 'io', () => runOperation(world, life, spec, planned, () => undefined));
}

/** Runs an operation in the name of a life. `over` is called when it has come to its end, and never if the life ends first. */
export function runOperation(
  world: World,
  life: Life,
  spec: OperationSpec,
  planned: PlannedOperation,
  over: () => void,
): void {
  const {core} = world;
  core.event('op', life.id, planned.id, planned.kind, JSON.stringify(planned.args));
  core.census?.step('operation', planned.id, life.id);
  life.operations.push(planned.kind);
  life.worksFor.push(planned.id);
  const doing = doingOf(world, life, planned.id);
  const running = (async () => spec.run(planned.args, doing))();
  running.then(
    () => {
      if (!life.alive) return;
      life.operations.splice(life.operations.indexOf(planned.kind), 1);
      life.doneFor(planned.id);
      core.event('op-end', life.id, planned.id);
      over();
    },
    (error: unknown) => {
      if (!life.alive) return;
      world.thrown(life, planned.kind, 'operation', error);
      over();
    },
  );
}

function doingOf(world: World, life: Life, operation: string): Doing {
  const {core} = world;
  return {
    scene: world.scene,
    node: life.id,
    program: life.program,
    operation,
    settling: !core.weather.stormy,
    now: () => life.node.clock.read(core.now),
    note: (kind, data) => world.note(life, kind, JSON.stringify(data)),
    residue: change => {
      for (const attempt of life.attempts) attempt.residue(change);
    },
    attempt: spec => attemptTwice(world, life, operation, spec),
  };
}

async function attemptTwice<T>(
  world: World,
  life: Life,
  operation: string,
  spec: AttemptSpec<T>,
): Promise<AttemptResult<T>> {
  const alone = life.attempts.length === 0;
  // only what one attempt heard alone can be told to its retry
  const heard: PinnedAnswer[] | null = alone ? [] : null;
  if (heard === null) life.heard = null;
  else life.heard = heard;
  const first = await attemptOnce(world, life, spec, false);
  const undisturbed = heard !== null && life.heard === heard && life.attempts.length === 0;
  if (life.heard === heard) life.heard = null;
  if (first.result.ok || first.moved || !undisturbed || world.core.violation !== null) return first.result;
  if (!Stream.keyed(world.core.plan.seed, `retry ${operation} ${life.id}`).oneIn(RETRY_ONE_IN))
    return first.result;
  life.pinned = [...heard];
  const second = await attemptOnce(world, life, spec, true);
  const answeredAlike = life.pinned !== null && life.pinned.length === 0 && !second.moved;
  life.pinned = null;
  if (answeredAlike) judgeRetry(world, life, first.result.failure, second.result);
  return second.result;
}

function judgeRetry<T>(world: World, life: Life, first: Failure, second: AttemptResult<T>): void {
  if (!second.ok && sameFailure(first, second.failure)) {
    world.core.tally.probe('sim:retry-failed-alike');
    return;
  }
  violateAttempt(world, life, first, {
    code: 'other-failure',
    message: `${life.id}: ${first.stage} met the same answers again and ended otherwise`,
    expected: first,
    actual: second.ok ? 'success' : second.failure,
  });
}

async function attemptOnce<T>(
  world: World,
  life: Life,
  spec: AttemptSpec<T>,
  retry: boolean,
): Promise<{result: AttemptResult<T>; moved: boolean}> {
  const {core} = world;
  const attempt = new Attempt(spec.stage, spec.state);
  life.attempts.push(attempt);
  core.event('attempt', life.id, spec.stage, retry ? 'again' : 'begins');
  let result: AttemptResult<T>;
  try {
    result = {ok: true, value: await spec.run()};
  } catch (error) {
    result = {ok: false, failure: spec.failure(error)};
  }
  life.attempts.splice(life.attempts.indexOf(attempt), 1);
  const failure = result.ok ? null : result.failure;
  core.event(
    'attempt',
    life.id,
    spec.stage,
    failure === null ? 'done' : 'failed',
    failure?.code ?? '',
    failure?.message ?? '',
  );
  core.observe({kind: 'attempt', node: life.id, stage: spec.stage, failure, retry});
  core.tally.claim((world.system.attemptClaim ?? SIM_CLAIMS.attempt).id, failure !== null);
  if (failure !== null) judgeUnchanged(world, life, attempt, failure);
  return {result, moved: attempt.moved};
}

function judgeUnchanged(world: World, life: Life, attempt: Attempt, failure: Failure): void {
  const difference = attempt.changed();
  if (difference === null) return;
  violateAttempt(world, life, failure, {
    code: 'changed',
    message: `${life.id}: a failed ${attempt.stage} (${failure.code}) changed ${difference.path}`,
    expected: difference.expected,
    actual: difference.actual,
  });
}

function violateAttempt(
  world: World,
  life: Life,
  failure: Failure,
  finding: {code: string; message: string; expected: unknown; actual: unknown},
): void {
  world.core.violate(
    world.system.attemptClaim ?? SIM_CLAIMS.attempt,
    {...finding, stage: failure.stage, node: life.id},
    life.node.spec.role,
  );
}
