/** What users write: values and deletions of the objects of their tenant, whether they have seen them or not. */
import type {Doing, Json, Stream} from '../../src/index.ts';
import type {ExportedJournal} from '../../src/impl/journal/client.ts';
import {attempt, programOf} from './attempts.ts';
import {errorNote, isDiskWeather} from './device-program.ts';
import {LEGACY_TYPE} from './legacy.ts';
import {ORDERED_OTHERWISE, PAYLOAD_COUNT, payloadAt} from './payloads.ts';
import {journalWorld, TAGS, type ObjectPlan} from './world.ts';

/** An edit by index: whatever the world has, and in whatever state, it means something. */
export interface EditArgs {
  readonly object: number;
  readonly payload: number;
  /** Which of the tags it has, by bit. */
  readonly tags: number;
  /** Of the type that the legacy exchange owns: the server must refuse it. */
  readonly foreign: boolean;
}

const PLAIN = 3;
const FOREIGN_ONE_IN = 24;

export const drawEdit = (random: Stream): Json =>
  ({
    object: random.integer(0, 0xff),
    // plain values are few, so that devices often write the same
    payload: random.oneIn(2)
      ? random.integer(0, PLAIN - 1)
      : random.oneIn(4)
        ? random.pick(ORDERED_OTHERWISE)
        : random.integer(0, PAYLOAD_COUNT - 1),
    tags: random.oneIn(3) ? random.integer(0, 2 ** TAGS.length - 1) : 0,
    foreign: random.oneIn(FOREIGN_ONE_IN),
  }) satisfies EditArgs;

export const drawRemoval = (random: Stream): Json => ({object: random.integer(0, 0xff)});

/** The object that an index picks of the device's tenant. */
function objectAt(doing: Doing, index: number): ObjectPlan {
  const {tenant} = programOf(doing).plan;
  const objects = journalWorld(doing.scene.world).tenants.find(({id}) => id === tenant)?.objects ?? [];
  return objects[index % Math.max(1, objects.length)] ?? {type: 'note', id: 'x'};
}

const tagsOf = (bits: number): readonly string[] => TAGS.filter((_, index) => (bits >> index) % 2 === 1);

/** Writes, and tells the ledger; a full or failing disk refuses it, and then nothing was written. */
export async function edit(doing: Doing, {object, payload, tags, foreign}: EditArgs): Promise<void> {
  const {type, id} = foreign ? {type: LEGACY_TYPE, id: 'x'} : objectAt(doing, object);
  await written(doing, () => programOf(doing).client.put(type, id, payloadAt(payload), tagsOf(tags)));
}

export async function remove(doing: Doing, object: number): Promise<void> {
  const {type, id} = objectAt(doing, object);
  await written(doing, () => programOf(doing).client.remove(type, id));
}

async function written(doing: Doing, write: () => Promise<{readonly opId: string}>): Promise<void> {
  const program = programOf(doing);
  try {
    const {opId} = await write();
    const item = program.exportState().outbox.find(({entry}) => entry.opId === opId);
    if (item === undefined) throw new Error('what was written is in the outbox');
    doing.residue(state => {
      const before = state as unknown as ExportedJournal;
      return {...before, outbox: [...before.outbox, item]} as unknown as Json;
    });
    const view = program.client.get(item.entry.objectType, item.entry.objectId);
    const shown = view === null ? null : {payload: view.payload, tags: view.tags};
    doing.note('edited', {entry: item.entry, view: shown} as unknown as Json);
  } catch (error) {
    if (!isDiskWeather(error)) throw error;
    doing.note('edit-failed', errorNote(error));
  }
}

/** Pushes what was written, as most programs do at once. */
export const save = (doing: Doing): Promise<void> => attempt(doing, 'push');
