/** What must come to hold of the journal once the storm is over. */
import {LEGACY_DEVICE} from '../../src/impl/journal/protocol.ts';
import type {Claim, Finding, Judgement, Scene} from '../../src/index.ts';
import {concurrentPairs, shownOf, type Written} from '../../src/model/journal/merge-oracle.ts';
import {canonicalTags, canonicalValue, compareText} from '../../src/model/journal/order.ts';
import {projection} from '../../src/model/journal/page.ts';
import {objectKey, type ObjectRecord} from '../../src/model/journal/tenant.ts';
import type {Value} from '../../src/model/journal/types.ts';
import {DeviceProgram} from './device-program.ts';
import type {JournalLedger} from './ledger.ts';
import {LEGACY_TYPES} from './legacy.ts';
import {journalWorld} from './world.ts';

const pairOf = (...opIds: readonly string[]): string => canonicalValue(opIds.toSorted(compareText));
const text = (value: unknown): string => canonicalValue(value as Value);

/** The devices that everything is asked of: those that run and can be reached. */
function devices(scene: Scene): {readonly id: string; readonly program: DeviceProgram}[] {
  return scene
    .nodes('device')
    .flatMap(({id, up, cutOff, program}) =>
      up && !cutOff && program instanceof DeviceProgram ? [{id, program}] : [],
    );
}

/** A device's objects against what its scope asks for; null if it holds exactly that. */
function difference(node: string, program: DeviceProgram, ledger: JournalLedger): Finding | null {
  const {client, plan} = program;
  const due = projection(ledger.server.tenant(plan.tenant), client.scope);
  const held = new Map(client.list().map(view => [objectKey(view.type, view.id), view]));
  const clocks = new Map(client.exportState().bases.map(({row}) => [objectKey(row.type, row.id), row]));
  const wrong = (code: string, what: string, expected: unknown, actual: unknown): Finding => ({
    code,
    node,
    message: `${node} ${what}`,
    expected,
    actual,
  });
  for (const [key, {shown, type, id}] of due) {
    const view = held.get(key);
    const row = clocks.get(key);
    if (view === undefined) return wrong('missing', `does not hold ${type} ${id}`, shown, null);
    const same =
      text(view.payload) === text(shown.payload) && text(canonicalTags(view.tags)) === text(shown.tags);
    if (!same) return wrong('content', `holds another ${type} ${id}`, shown, view);
    const known =
      row !== undefined && row.lastOpId === shown.lastOpId && text(row.clock) === text(shown.clock);
    if (!known) return wrong('clock', `knows another state of ${type} ${id}`, shown, row);
  }
  for (const [key, view] of held) {
    if (!due.has(key))
      return wrong('stray', `holds ${view.type} ${view.id}, which it should not`, null, view);
  }
  return null;
}

/** Judges the devices that `which` picks. */
function judgeHeld(scene: Scene, ledger: JournalLedger, which: (node: string) => boolean): Judgement {
  const picked = devices(scene).filter(({id}) => which(id));
  for (const {id, program} of picked) {
    const found = difference(id, program, ledger);
    if (found !== null) return found;
  }
  return picked.length > 0 ? 'holds' : null;
}

function judgeOracles({state, type, id, shown}: ObjectRecord): Finding | null {
  const written: Written[] = state.all.map(({operation}) => ({...operation, clock: operation.vectorClock}));
  const pairs = new Set(concurrentPairs(written).map(([a, b]) => pairOf(a.opId, b.opId)));
  const stray = state.conflicts.find(
    ({winner, loser}) => !pairs.has(pairOf(winner.operation.opId, loser.operation.opId)),
  );
  if (stray !== undefined)
    return {code: 'pair', message: `a conflict of ${type} ${id} is none`, actual: stray};
  const oracle = shownOf(written)?.lastOpId;
  return oracle === shown.lastOpId
    ? null
    : {code: 'oracles', message: `two oracles disagree on ${type} ${id}`, expected: oracle, actual: shown};
}

function drained(scene: Scene): Judgement {
  const all = devices(scene);
  for (const {id, program} of all) {
    const left = program.client.outbox()[0];
    if (left !== undefined)
      return {
        code: left.status,
        node: id,
        message: `${id} still has ${left.entry.opId} in its outbox`,
        actual: left,
      };
  }
  return all.length > 0 ? 'holds' : null;
}

function kept(scene: Scene, {devices: watch}: JournalLedger): Judgement {
  let judged = false;
  for (const intent of watch.intents.values()) {
    if (intent.state !== 'written' || scene.node(intent.node)?.cutOff === true) continue;
    judged = true;
    if (!watch.arrived(intent))
      return {
        code: 'lost',
        node: intent.node,
        message: `${intent.entry.opId} of ${intent.node} is not in the journal`,
        expected: intent.entry,
      };
  }
  return judged ? 'holds' : null;
}

export const settledClaims: readonly Claim<JournalLedger>[] = [
  {
    id: 'JOURNAL-D3',
    sentence: 'with a correct server the outbox of every device that can reach it drains',
    when: 'settled',
    check: scene => drained(scene),
  },
  {
    id: 'JOURNAL-D2',
    sentence: 'every operation that a user wrote and did not give up is in the journal',
    when: 'settled',
    check: kept,
  },
  {
    id: 'JOURNAL-L3',
    sentence: 'a device that changed its scope comes to hold exactly what the new one asks for',
    when: 'settled',
    check: (scene, ledger) => judgeHeld(scene, ledger, node => ledger.devices.rescoped.has(node)),
  },
  {
    id: 'JOURNAL-L4S',
    sentence: 'a device whose history ended comes to hold exactly what the new one has',
    when: 'settled',
    check: (scene, ledger) => judgeHeld(scene, ledger, node => ledger.devices.restarted.has(node)),
  },
  {
    id: 'JOURNAL-L1',
    sentence: 'every device that can reach the server comes to hold exactly what its scope asks for',
    when: 'settled',
    check: (scene, ledger) => judgeHeld(scene, ledger, () => true),
  },
  {
    id: 'JOURNAL-G2',
    sentence: 'what the legacy exchange got of the types that it owns crosses the bridge, each once',
    when: 'settled',
    check: (scene, {server}) => {
      let judged = false;
      for (const {id} of journalWorld(scene.world).tenants) {
        const {legacy, tenant} = server.held(id);
        for (const {entryId, objectType} of legacy) {
          if (!LEGACY_TYPES.some(own => own === objectType)) continue;
          judged = true;
          if (tenant.operation(`${LEGACY_DEVICE}~${entryId}`) === undefined)
            return {
              code: 'left-behind',
              message: `legacy entry ${entryId} of ${id} has not crossed the bridge`,
            };
        }
      }
      return judged ? 'holds' : null;
    },
  },
  {
    id: 'JOURNAL-C3',
    sentence: 'every recorded conflict is one of all pairs of which neither had seen the other',
    when: 'settled',
    check: (_scene, {server}) => {
      const objects = server.allObjects();
      const found = objects.map(judgeOracles).find(finding => finding !== null);
      return found ?? (objects.length > 0 ? 'holds' : null);
    },
  },
];
