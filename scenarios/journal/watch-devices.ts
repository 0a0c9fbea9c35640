/** Watches the devices: what their users wrote, and what becomes of it; who was lied to; whether a life keeps what the last one had. */
import type {OutboxItem} from '../../src/impl/journal/client-state.ts';
import type {PushEntry} from '../../src/impl/journal/protocol.ts';
import {
  canonicalJson,
  type Failure,
  type HttpRequest,
  type Json,
  type Observation,
  type Scene,
} from '../../src/index.ts';
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
  /** The servers lost it with their history, and its device still keeps it: it, or what followed it, must come back. */
  lost: boolean;
}

/** Names an operation across being made anew: its object, its writer and the writer's own count are never changed. */
const intentKey = ({objectType, objectId, deviceId, vectorClock}: PushEntry): string =>
  `${objectKey(objectType, objectId)}\n${deviceId}\n${vectorClock[deviceId] ?? 0}`;

export class DeviceWatch {
  readonly intents = new Map<string, Intent>();
  readonly #docket: Docket;
  readonly #server: ServerWatch;
  readonly #tenants: ReadonlyMap<string, string>;
  /** Devices whose users asked for another part of the objects, and those that had to start over in a new history. */
  readonly rescoped = new Set<string>();
  readonly restarted = new Set<string>();
  /** What each device was last seen to hold: its next life holds the same. Absent where nobody has looked since it changed. */
  readonly #seen = new Map<string, string>();
  readonly #changed = new Set<string>();
  /** Devices that were just told what contradicts itself, or their question. */
  readonly #lied = new Set<string>();
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
    switch (note) {
      case 'edited':
        this.#edited(node, data as Edited);
        break;
      case 'discarded':
        this.#discarded(node, data as Discarded);
        break;
      case 'rescoped':
        this.rescoped.add(node);
        break;
      case 'repaired':
        this.#deceived.delete(node);
        break;
      case 'lifecycle-illegal':
        this.#docket.wrong('JOURNAL-M1', {
          code: 'edge',
          node,
          message: `${node} took a step that its lifecycle does not have: ${JSON.stringify(data)}`,
          actual: data,
        });
        break;
      default:
    }
  }

  #edited(node: string, {entry, view}: Edited): void {
    const key = intentKey(entry);
    this.#docket.enter('JOURNAL-D1', !this.intents.has(key), () => ({
      code: 'counter-reused',
      stage: 'edit',
      node,
      message: `${node} counts two of its operations alike`,
      expected: this.intents.get(key)?.entry,
      actual: entry,
    }));
    const due = entry.isTombstone ? null : {payload: entry.payload, tags: entry.tags ?? []};
    this.#docket.enter('JOURNAL-D4', canonicalJson(view) === canonicalJson(due), () => ({
      code: 'hidden',
      stage: 'edit',
      node,
      message: `${node} does not show what was just written`,
      expected: due,
      actual: view,
    }));
    this.intents.set(key, {node, tenant: this.tenantOf(node), entry, state: 'written', lost: false});
  }

  #discarded(node: string, {entry, reason}: Discarded): void {
    this.#settle(entry, 'discarded');
    this.#docket.enter('JOURNAL-D1', reason !== 'CLOCK_UNSEEN', () => ({
      code: 'given-up',
      stage: 'discard',
      node,
      message: `${node} gave up what only lacked its ground`,
      actual: entry,
    }));
  }

  #settle(entry: PushEntry, state: Intent['state']): void {
    const intent = this.intents.get(intentKey(entry));
    if (intent !== undefined) intent.state = state;
  }

  /** A lie that nobody sees through leaves its mark, until the device lets go of what it holds. */
  answered({node, act, answer, request}: Extract<Observation, {kind: 'answer'}>): void {
    if (answer.kind === 'http' && String(answer.response.body).startsWith('{"error":"CURSOR_INVALID"'))
      this.restarted.add(node);
    const detection = tamperOf(act)?.detection;
    if (detection === 'harmful') this.#deceived.add(node);
    if (detection === 'refused' && isOfClient(request)) this.#lied.add(node);
  }

  /** A push or pull is over: what contradicts itself was refused. */
  attempted(node: string, failure: Failure | null): void {
    if (!this.#lied.delete(node)) return;
    this.#docket.enter('JOURNAL-P1', failure !== null, () => ({
      code: 'believed',
      stage: 'answer',
      node,
      message: `${node} believed an answer that no honest server gives`,
    }));
  }

  /** A device's database has changed. */
  committed(place: string): void {
    this.#changed.add(place);
    this.#seen.delete(place);
  }

  crashed(node: string): void {
    this.#lied.delete(node);
    this.#changed.delete(node);
  }

  /** A device's disk was put back, or its life ended for good: what it had not pushed may be gone. */
  excuse(node: string): void {
    this.#seen.delete(node);
    for (const intent of this.intents.values()) {
      if (intent.node === node && intent.state === 'written' && !this.inJournal(intent))
        intent.state = 'excused';
    }
  }

  /** The servers lost a part of history: what a device had given them comes back if it is kept, else it is gone. */
  historyLost(scene: Scene): void {
    for (const [key, intent] of this.intents) {
      if (intent.state !== 'written' || this.inJournal(intent)) continue;
      const program = scene.node(intent.node)?.program;
      const items = program instanceof DeviceProgram ? program.exportState().outbox : [];
      if (items.some(({entry}) => intentKey(entry) === key)) intent.lost = true;
      else intent.state = 'excused';
    }
  }

  /** Whether what was written has got where it should: into the journal, or, once lost, what was built on it has. */
  arrived(intent: Intent): boolean {
    return this.inJournal(intent) || (intent.lost && this.#server.knows(intent.tenant, intent.entry));
  }

  inJournal({tenant, entry}: Intent): boolean {
    return this.#server.wrote(tenant, entry);
  }

  /** A life begins: what was written and has not come to an end is in its outbox. */
  booted(node: string, program: unknown): void {
    if (!(program instanceof DeviceProgram)) return;
    const before = this.#seen.get(node);
    if (before !== undefined) {
      this.#docket.enter('JOURNAL-D1', before === heldText(program), () => ({
        code: 'other-state',
        stage: 'boot',
        node,
        message: `${node} came back from a crash with another state`,
        expected: before,
        actual: heldText(program),
      }));
    }
    const kept = new Set(program.exportState().outbox.map(({entry}: OutboxItem) => intentKey(entry)));
    for (const [key, intent] of this.intents) {
      if (intent.node !== node || intent.state !== 'written' || this.arrived(intent)) continue;
      this.#docket.enter('JOURNAL-D1', kept.has(key), () => ({
        code: 'forgotten',
        stage: 'boot',
        node,
        message: `${node} no longer knows ${intent.entry.opId}, which it had written`,
        expected: intent.entry,
      }));
    }
  }

  /** Looks at the device that the present happening touched. */
  look(scene: Scene): void {
    const {touched} = scene;
    if (touched === null) return;
    const program = scene.node(touched)?.program;
    if (!(program instanceof DeviceProgram)) return;
    if (this.#changed.delete(touched)) this.#seen.set(touched, heldText(program));
    // once the storm is over the operator learns what the device cannot
    if (scene.healed && this.#deceived.has(touched)) program.deceived = true;
  }
}

/** What a device's user wrote, and what it shows of it at once. */
export interface Edited {
  readonly entry: PushEntry;
  readonly view: {readonly payload: Json; readonly tags: readonly string[]} | null;
}

export interface Discarded {
  readonly entry: PushEntry;
  readonly reason: string | null;
}

/** What a device holds, but for where it stands: a boot may begin with another scope. */
function heldText(program: DeviceProgram): string {
  const {bases, outbox} = program.exportState();
  return JSON.stringify({bases, outbox});
}

const OF_CLIENT = /^\{(?:"sinceCursor":(?:null|"[^"]*"),"limit":\d+,"scope":\{|"entries":\[\{"opId":)/;

/** Whether a client made a request, and not a stranger in its name. */
function isOfClient({body}: HttpRequest): boolean {
  const text = String(body);
  return OF_CLIENT.test(text) && !text.includes('"sessionId":"hostile"');
}
