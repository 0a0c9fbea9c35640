/** The public library: define a system, run it, fuzz it. Everything a system needs comes from here. */
export {
  DiskError,
  NetError,
  type Body,
  type Clock,
  type Database,
  type Disk,
  type DiskErrorCode,
  type Host,
  type HttpRequest,
  type HttpResponse,
  type Net,
  type NetErrorCode,
  type RandomSource,
  type RequestHandler,
  type Socket,
  type Sql,
  type SqlParams,
  type SqlRow,
  type SqlValue,
} from './host.ts';
export {AssertionError, UnreadableError, UsageError} from './sim/assert.ts';
export type {Campaign, CampaignFinding, CampaignOptions, Mismatch} from './sim/campaign.ts';
export {drawPlan} from './sim/draw.ts';
export {Explorer, explore, type BrokenLaw, type Explored} from './sim/explore/explore.ts';
export type {History, Law, ScopeSize, SmallScope, Written} from './sim/explore/scope.ts';
export {fuzz} from './sim/fuzz.ts';
export {HAZARDS, type Hazard, type HazardKind} from './sim/hazards.ts';
export type {Injection} from './sim/injection.ts';
export {canonicalJson, type Json} from './sim/json.ts';
export type {ClaimCount, HazardCount, Outcome, Violation} from './sim/outcome.ts';
export {
  checkPlan,
  parsePlan,
  PLAN_SCHEMA,
  type Fate,
  type Plan,
  type PlannedFault,
  type PlannedOperation,
} from './sim/plan.ts';
export {seedAt, type Stream} from './sim/random.ts';
export {run, type RunOptions} from './sim/run.ts';
export type {CommittedSql, NodeView, Scene} from './sim/scene.ts';
export {
  injectedPlan,
  runInjection,
  sweepInjections,
  type Injected,
  type Reference,
  type Sweep,
} from './sim/sweep.ts';
export {
  defineSystem,
  isSystem,
  type AnswerSeen,
  type AttemptResult,
  type AttemptSpec,
  type BootContext,
  type Claim,
  type Doing,
  type Failure,
  type Finding,
  type HazardRoles,
  type Judgement,
  type NodeSpec,
  type Observation,
  type OperationSpec,
  type System,
  type SystemSpec,
  type Tamper,
  type TamperContext,
  type World,
} from './sim/system.ts';
