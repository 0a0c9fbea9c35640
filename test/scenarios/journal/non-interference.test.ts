/** JOURNAL-T1 as non-interference: with and without the traffic of other tenants, a tenant observes the same, byte for byte. */
import {expect, test} from 'vitest';
import {DeviceProgram} from '../../../scenarios/journal/device-program.ts';
import type {JournalLedger} from '../../../scenarios/journal/ledger.ts';
import {SERVER_PLACE} from '../../../scenarios/journal/nodes.ts';
import {journal} from '../../../scenarios/journal/system.ts';
import {DATABASE} from '../../../scenarios/journal/watch-server.ts';
import {canonicalJson, run, type Observation, type Plan, type Scene} from '../../../src/index.ts';
import {steadyPlan, withoutOthers, worldOf} from './plans.ts';

const SEEDS = 20;
const BASE = 'non-interference';
const TABLES = [
  ['sync_tenants', 'tenant_id'],
  ['sync_journal', 'journal_id'],
  ['sync_objects', 'object_type, object_id'],
  ['sync_conflicts', 'object_type, object_id, first_op_id, second_op_id'],
  ['sync_rebuilds', 'job_id'],
  ['legacy_journal', 'entry_id'],
  ['sync_bridge', 'tenant_id'],
] as const;

/** All that can be observed of a tenant until the storm is over: what its devices were told and when, what they and the server hold. */
async function observed(plan: Plan, tenant: string): Promise<string[]> {
  const own = new Set(worldOf(plan).devices.flatMap(({id, tenant: of}) => (of === tenant ? [id] : [])));
  const lines: string[] = [];
  let over = false;
  const look = (seen: Observation, scene: Scene): void => {
    if (over) return;
    if (seen.kind === 'healed') {
      over = true;
      lines.push(...held(scene, tenant, own));
    } else if ('node' in seen && own.has(seen.node)) lines.push(...told(seen, scene.nowMs));
  };
  const outcome = await run(
    {
      ...journal,
      observe: (seen, ledger, scene) => {
        journal.observe?.(seen, ledger as JournalLedger, scene);
        look(seen, scene);
      },
    },
    {plan},
  );
  expect(outcome.violation).toBeNull();
  return lines;
}

function told(seen: Observation, nowMs: number): string[] {
  switch (seen.kind) {
    case 'answer':
      return [
        `${nowMs} ${seen.node} ${seen.request.path} ${String(seen.request.body)} ${JSON.stringify(seen.answer)}`,
      ];
    case 'note':
      return [`${nowMs} ${seen.node} ${seen.note} ${canonicalJson(seen.data)}`];
    case 'attempt':
      return [`${nowMs} ${seen.node} ${seen.stage} ${canonicalJson(seen.failure)}`];
    default:
      return [];
  }
}

function held(scene: Scene, tenant: string, own: ReadonlySet<string>): string[] {
  const sql = scene.database(SERVER_PLACE, DATABASE);
  const rows = TABLES.flatMap(([table, order]) =>
    (sql?.all(`SELECT * FROM ${table} WHERE tenant_id = ? ORDER BY ${order}`, [tenant]) ?? []).map(
      row => `${table} ${canonicalJson(row)}`,
    ),
  );
  const devices = scene
    .nodes('device')
    .flatMap(({id, program}) =>
      own.has(id) && program instanceof DeviceProgram
        ? [`${id} ${canonicalJson(program.exportState())}`]
        : [],
    );
  return [...rows, ...devices];
}

test(`[JOURNAL-T1] in ${SEEDS} plans a tenant observes the same with and without the others' traffic`, async () => {
  let compared = 0;
  let lines = 0;
  let removed = 0;
  for (let index = 0; index < SEEDS; index += 1) {
    const plan = steadyPlan(BASE, index);
    if (worldOf(plan).tenants.length < 2) continue;
    const alone = withoutOthers(plan, 't1');
    removed += plan.operations.length - alone.operations.length;
    const [together, apart] = [await observed(plan, 't1'), await observed(alone, 't1')];
    expect(apart, plan.seed).toEqual(together);
    // and the comparison notices what a tenant's own traffic does
    if (compared === 0) expect(await observed(withoutOthers(plan, 't2'), 't1')).not.toEqual(together);
    compared += 1;
    lines += together.length;
  }
  expect(compared).toBeGreaterThan(SEEDS / 4);
  expect(lines).toBeGreaterThan(compared * 10);
  expect(removed).toBeGreaterThan(compared * 5);
});
