/** Watches the devices: what their users wrote, and what becomes of it; who was lied to; whether a life keeps what the last one had. */
import type {OutboxItem} from '../../src/impl/journal/client-state.ts';
import type {PushEntry} from '../../src/impl/journal/protocol.ts';
import type {Observation, Scene} from '../../src/index.ts';
import {objectKey} from '../../src/model/journal/tenant.ts';
import {DeviceProgram} from './device-program.ts';
import type {Docket} from './docket.ts';
import {tamperOf} from './tampers.ts';
import type {ServerWatch} from './watch-server.ts';
import type {JournalWorld} from './world.ts';

/** Something that a user wrote, from its writing to its end. */
export interface Intent {
  readonly node: string;
  readonly tenant: string;
  readonly entry: PushEntry;
  /** `excused`: lost in a way that no program can prevent, such as a device that was wiped before it could push. */
  state: 'written' | 'discarded' | 'excused';
}

/** Names an operation across being made anew: its object, its writer and the writer's own count are never changed. */
export const intentKey = ({objectType, objectId, deviceId, vectorClock}: PushEntry): string =>
  `${objectKey(objectType, objectId)}\n${deviceId}\n${vectorClock[deviceId] ?? 0}`;

export class DeviceWatch {
  readonly intents = new Map<string, Intent>();
  readonly #docket: Docket;
  readonly #server: ServerWatch;
  readonly #tenants: ReadonlyMap<string, string>;
  /** Devices whose users asked for another part of the objects, and those that had to start over in a new history. */
  readonly rescoped = new Set<string>();
  readonly restarted = new Set<string>();
  /** Devices that believe something that no client could have seen through. */
  readonly #deceived = new Set<string>();

  constructor(world: JournalWorld, docket: Docket, server: ServerWatch) {
    this.#docket = docket;
    this.#server = server;
    this.#tenants = new Map(world.devices.map(({id, tenant}) => [id, tenant]));
  }

  /** The tenant of a device, or of a twin of one. */
  tenantOf(node: string): string {
    return this.#tenants.get(node.split('~')[0] ?? node) ?? '';
  }

  note(node: string, note: string, data: unknown): void {
    if (note === 'edited') this.#edited(node, data as PushEntry);
    if (note === 'discarded') this.#settle(data as PushEntry, 'discarded');
    if (note === 'rescoped') this.rescoped.add(node);
    if (note === 'repaired') this.#deceived.delete(node);
    if (note === 'lifecycle-illegal') {
      this.#docket.wrong('JOURNAL-M1', {
        code: 'edge',
        node,
        message: `${node} took a step that its lifecycle does not have: ${JSON.stringify(data)}`,
        actual: data,
      });
    }
  }

  #edited(node: string, entry: PushEntry): void {
    const key = intentKey(entry);
    this.#docket.enter('JOURNAL-D1', !this.intents.has(key), () => ({
      code: 'counter-reused',
      stage: 'edit',
      node,
      message: `${node} counts two of its operations alike`,
      expected: this.intents.get(key)?.entry,
      actual: entry,
    }));
    this.intents.set(key, {node, tenant: this.tenantOf(node), entry, state: 'written'});
  }

  #settle(entry: PushEntry, state: Intent['state']): void {
    const intent = this.intents.get(intentKey(entry));
    if (intent !== undefined) intent.state = state;
  }

  /** A lie that nobody sees through leaves its mark, until the device lets go of what it holds. */
  answered({node, act, answer}: Extract<Observation, {kind: 'answer'}>): void {
    if (answer.kind === 'http' && String(answer.response.body).startsWith('{"error":"CURSOR_INVALID"'))
      this.restarted.add(node);
    if (tamperOf(act)?.detection === 'harmful') this.#deceived.add(node);
  }

  /** A device's disk was put back, or its life ended for good: what it had not pushed may be gone. */
  excuse(node: string): void {
    for (const intent of this.intents.values()) {
      if (intent.node === node && intent.state === 'written' && !this.inJournal(intent))
        intent.state = 'excused';
    }
  }

  /** The servers lost a part of history: what a device had given them, and no longer keeps, is gone with it. */
  historyLost(): void {
    for (const intent of this.intents.values()) {
      if (intent.state === 'written' && !this.inJournal(intent)) intent.state = 'excused';
    }
  }

  inJournal({tenant, entry}: Intent): boolean {
    return this.#server.wrote(tenant, entry);
  }

  /** A life begins: what was written and has not come to an end is in its outbox. */
  booted(node: string, program: unknown): void {
    if (!(program instanceof DeviceProgram)) return;
    const kept = new Set(program.exportState().outbox.map(({entry}: OutboxItem) => intentKey(entry)));
    for (const [key, intent] of this.intents) {
      if (intent.node !== node || intent.state !== 'written' || this.inJournal(intent)) continue;
      this.#docket.enter('JOURNAL-D1', kept.has(key), () => ({
        code: 'forgotten',
        stage: 'boot',
        node,
        message: `${node} no longer knows ${intent.entry.opId}, which it had written`,
        expected: intent.entry,
      }));
    }
  }

  /** Lets a device's operator know, once the storm is over, what the device cannot. */
  look(scene: Scene): void {
    const {touched} = scene;
    if (touched === null || !scene.healed || !this.#deceived.has(touched)) return;
    const program = scene.node(touched)?.program;
    if (program instanceof DeviceProgram) program.deceived = true;
  }
}
