/** The harness-side memory of a rollout: the tables after each commit, what clients were promised, and what was found out. */
import type {Observation, Scene} from '../../../src/index.ts';
import {expectStep, parityOf} from '../../../src/model/vfs/migration.ts';
import type {MigrationTables} from '../../../src/model/vfs/migration-tables.ts';
import {ClientProgram} from '../client-program.ts';
import {Docket} from '../docket.ts';
import {SERVER_PLACE} from '../nodes.ts';
import {Promises} from './promises.ts';
import {judgeStep} from './judge-step.ts';
import {headOf, readStored, readTables, type StoredCheckpoint} from './tables.ts';
import type {FlatteningWorld} from './world.ts';

const OPERATOR = 'operator';
const PULL = '/v1/vfs/crdt/sync';
/** Guardrails that say: the server knows less than this client does. */
const AHEAD = new Set([
  'pull:lastWriteIdRegression',
  'pull:pullCursorRegression',
  'pull:pullRematerializationRequired',
  'reconcile:lastWriteIdRegression',
  'reconcile:reconcileCursorRegression',
]);

export class FlatteningLedger {
  readonly docket = new Docket();
  readonly promises: Promises;
  /** As they were after the last commit. */
  tables: MigrationTables | null = null;
  #stored: readonly StoredCheckpoint[] = [];
  /** What the operator said that he is about to do to the server's database. */
  #announced: 'step' | 'hand' | 'restore' | 'mark' | null = null;
  /** Somebody has left the documented way. */
  #mistaken = false;
  /** How often history was lost: each restore, and each time that the operator says so. */
  losses = 0;
  /** How much had been lost when each client asked for the page that it asked for, and was given, last. */
  readonly #asked = new Map<string, number>();
  readonly #pulled = new Map<string, number>();
  readonly #failed = new Map<string, string>();

  constructor(world: FlatteningWorld) {
    this.promises = new Promises(world, this.docket);
  }

  observe(seen: Observation, scene: Scene): void {
    switch (seen.kind) {
      case 'request':
        this.promises.requested(seen.serving, seen.request);
        break;
      case 'response':
        this.promises.answered(seen.serving, seen.response);
        this.#judgePromises(scene, seen.node);
        break;
      case 'crash':
        if (seen.node === OPERATOR) this.#announced = null;
        this.#failed.delete(seen.node);
        this.#pulled.delete(seen.node);
        break;
      case 'sent':
        if (seen.request.path.startsWith(PULL)) this.#asked.set(seen.node, this.losses);
        break;
      case 'answer':
        // what the harness repeats from an earlier attempt no server has said now
        if (seen.request.path.startsWith(PULL))
          this.#pulled.set(seen.node, seen.act === null ? (this.#asked.get(seen.node) ?? -1) : -1);
        break;
      case 'commit':
        this.#committed(seen.node, seen.database, scene);
        break;
      case 'note':
        if (seen.node === OPERATOR) this.#operator(seen.note, seen.data);
        this.#note(seen.node, seen.note, seen.data);
        break;
      case 'attempt':
        this.#attempted(seen.node, seen.stage, seen.failure === null, scene);
        break;
      default:
    }
  }

  /** How a client's last flush or sync in its present life failed; null if it did not. */
  failureOf(node: string): string | null {
    return this.#failed.get(node) ?? null;
  }

  #operator(note: string, data: unknown): void {
    switch (note) {
      case 'snapshotting':
        this.promises.snapshotBegins();
        break;
      case 'step':
        this.#announced = 'step';
        break;
      case 'refused':
        this.#judgeRefusal(data as {version: number; code: string; message: string});
        this.#announced = null;
        break;
      case 'hand':
        this.#announced = 'hand';
        this.#mistaken = true;
        break;
      case 'mistake':
        this.#mistaken = true;
        break;
      case 'restoring':
        this.#announced = 'restore';
        break;
      case 'marking':
        this.#announced = 'mark';
        break;
      case 'handed':
      case 'restored':
      case 'marked':
        this.#announced = null;
        break;
      default:
    }
  }

  #note(node: string, note: string, data: unknown): void {
    switch (note) {
      case 'dropped-table':
        this.docket.enter('VFS-M6', {
          ...{code: 'named', stage: 'sql', node},
          message: `${node} named ${String(data)}, which is not there any more`,
        });
        break;
      case 'guardrail':
        this.#judgeGuardrail(node, data as {stage: string; code: string; message: string});
        break;
      default:
    }
  }

  #committed(node: string, database: string, scene: Scene): void {
    if (node === OPERATOR && database === 'rollout') this.promises.snapshotEnds();
    const sql = scene.database(SERVER_PLACE, 'server');
    if (database !== 'server' || sql === null) return;
    const before = this.tables;
    const tables = readTables(sql);
    this.tables = tables;
    const announced = node === OPERATOR ? this.#announced : null;
    const isRestore = announced === 'restore';
    if (isRestore) this.promises.restored();
    if (isRestore || announced === 'mark') this.losses += 1;
    else this.#judgeCursors(readStored(sql), node);
    this.#stored = readStored(sql);
    if (before !== null && announced !== 'hand' && !isRestore)
      this.#judgeVersion(before, tables, node, announced);
    if (announced === 'step') {
      this.#announced = null;
      this.docket.enter('VFS-M12', null);
    }
    this.#judgeEnd(tables, node);
    // every statement until here named what was there
    if (tables.stagings === null) this.docket.enter('VFS-M6', null);
    this.#judgePromises(scene, node);
  }

  /** A version changes by one step of the operator's, to what the reference makes of the tables before; else not at all. */
  #judgeVersion(
    before: MigrationTables,
    after: MigrationTables,
    node: string,
    announced: string | null,
  ): void {
    if (announced !== 'step') {
      const right = before.version === after.version;
      this.docket.enter(
        'VFS-M1',
        right ? null : {code: 'version', node, message: `${node} changed the version outside of a step`},
      );
      return;
    }
    const {claim, finding} = judgeStep(before, after, node);
    this.docket.enter(claim, finding);
  }

  /** A guard refuses exactly where the reference does, and in its words. */
  #judgeRefusal({version, code, message}: {version: number; code: string; message: string}): void {
    const {tables} = this;
    if (tables === null) return;
    const present = tables.version;
    this.docket.enter(
      'VFS-M12',
      this.#mistaken || code !== 'guard'
        ? null
        : {
            code: message,
            stage: 'step',
            node: OPERATOR,
            message: `nobody left the documented way, and yet: ${message}`,
          },
    );
    const expected =
      code === 'guard' && version === present + 1 ? expectStep(tables) : {kind: code, message: null};
    const right =
      expected.kind === 'refuse'
        ? 'message' in expected && expected.message === message
        : (code === 'order' && (version > present + 1 || version > 27)) ||
          (code === 'future' && present > 27);
    this.docket.enter(
      'VFS-M2',
      right
        ? null
        : {
            ...{code: 'refusal', stage: 'step', node: OPERATOR, expected, actual: message},
            message: `v0${version} was refused at version ${present} where the reference does not: ${message}`,
          },
    );
  }

  #judgeCursors(now: readonly StoredCheckpoint[], node: string): void {
    const byKey = new Map(now.map(one => [one.key, one]));
    for (const before of this.#stored) {
      const after = byKey.get(before.key);
      const isBack =
        after === undefined ||
        after.cursor < before.cursor ||
        Object.entries(before.ids).some(([replica, id]) => (after.ids[replica] ?? 0) < id);
      this.docket.enter(
        'VFS-M5',
        isBack
          ? {
              ...{code: 'back', stage: 'reconcile', node, expected: before, actual: after},
              message: `the checkpoint of ${before.key} moved back, and nothing was restored`,
            }
          : null,
      );
    }
  }

  #judgeEnd(tables: MigrationTables, node: string): void {
    if (tables.version !== 27) return;
    const {p1, p2} = parityOf(tables);
    const left = [tables.objects, tables.stagings, tables.refs, tables.access].filter(one => one !== null);
    this.docket.enter(
      'VFS-M4',
      p1 + p2 + left.length === 0
        ? null
        : {
            ...{code: 'parity', stage: 'step', node, actual: {p1, p2, tables: left.length}},
            message: `at version 27 there are ${p1} stages without a link, ${p2} without a blob, ${left.length} legacy tables`,
          },
    );
  }

  #judgePromises(scene: Scene, node: string): void {
    const sql = scene.database(SERVER_PLACE, 'server');
    if (this.tables !== null) this.promises.judge(this.tables, sql, node);
  }

  #judgeGuardrail(
    node: string,
    {stage, code, message}: {stage: string; code: string; message: string},
  ): void {
    const name = `${stage}:${code}`;
    if (!AHEAD.has(name)) return;
    this.docket.enter(
      'VFS-M9',
      this.losses > 0
        ? null
        : {code, stage, node, message: `${node} met a regression though nothing was restored: ${message}`},
    );
  }

  /** A client that was ahead of a restored server has either failed, or begun anew from what the server has. */
  #attempted(node: string, stage: string, ok: boolean, scene: Scene): void {
    if (stage !== 'sync' && stage !== 'flush') return;
    if (!ok) {
      this.#failed.set(node, stage);
      return;
    }
    this.#failed.delete(node);
    const program = scene.node(node)?.program;
    const sql = scene.database(SERVER_PLACE, 'server');
    if (!(program instanceof ClientProgram) || sql === null || this.#pulled.get(node) !== this.losses) return;
    const {user, id} = program.plan;
    const known = program.exportState().reconcileState?.lastReconciledWriteIds[id] ?? 0;
    const head = headOf(sql, user, id);
    this.docket.enter(
      'VFS-M8',
      known <= head
        ? null
        : {
            ...{code: 'ahead', stage, node, expected: head, actual: known},
            message: `${node} went on as if nothing had happened, though the server has lost what it had accepted`,
          },
    );
  }
}
