/** A VFS client as a device runs it: which of its stores is in use, and what it lets the harness know of itself. */
import {edgeName, step, type LifecycleState} from '../../src/model/vfs/lifecycle.ts';
import type {ExportedState, GuardrailViolation, LifecycleEvent} from '../../src/model/vfs/types.ts';
import {DiskError, type BootContext, type Database, type Host, type Json} from '../../src/index.ts';
import {VfsClient} from '../../src/impl/vfs/client.ts';
import {VfsHttpTransport} from '../../src/impl/vfs/transport.ts';
import {tokenOf, type VfsClientPlan} from './world.ts';

const DEVICE_SCHEMA = [
  'CREATE TABLE device (id INTEGER PRIMARY KEY CHECK (id = 1), store INTEGER NOT NULL)',
  'INSERT INTO device VALUES (1, 1)',
];

const REQUEST_TIMEOUT_MS = 10_000;

export const edgeMark = (edge: string): string => `edge:${edge}`;
export const guardrailMark = ({stage, code}: Pick<GuardrailViolation, 'stage' | 'code'>): string =>
  `guardrail:${stage}:${code}`;

/** The client on one device, and the device's own record of which store it works on. */
export class ClientProgram {
  readonly plan: VfsClientPlan;
  readonly host: Host;
  readonly transport: VfsHttpTransport;
  readonly #context: BootContext;
  readonly #device: Database;
  #client: VfsClient | null = null;
  #store = 1;
  #lifecycle: LifecycleState = 'idle';
  #flushes = 0;
  /** The number of the flush that is under way; null while none is. */
  flight: number | null = null;
  background = false;
  /** How many operations of the user's are at work on it, and whether its state is being moved to another store. */
  busy = 0;
  moving = false;
  /** What the server refused for good, until the user discards it. */
  rejected: string[] = [];
  /** The operator knows that this client was lied to, in a way that it cannot notice. */
  deceived = false;
  /** It was told to start over from canonical state, and may not do so by itself. */
  stranded = false;

  private constructor(host: Host, context: BootContext, plan: VfsClientPlan, device: Database) {
    this.plan = plan;
    this.host = host;
    this.#context = context;
    this.#device = device;
    this.transport = new VfsHttpTransport(host, {
      server: 'api',
      token: tokenOf(plan.user),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
  }

  static async boot(host: Host, context: BootContext, plan: VfsClientPlan): Promise<ClientProgram> {
    const device = await host.disk.open('device', DEVICE_SCHEMA);
    const row = await device.get('SELECT store FROM device WHERE id = 1');
    const program = new ClientProgram(host, context, plan, device);
    program.#store = Number(row?.['store'] ?? 1);
    program.#client = await program.open(program.#store);
    if (plan.backgroundMs > 0) program.startBackground(plan.backgroundMs);
    return program;
  }

  get client(): VfsClient {
    if (this.#client === null) throw new Error('a program has a client once it has booted');
    return this.#client;
  }

  get lifecycle(): LifecycleState {
    return this.#lifecycle;
  }

  exportState(): ExportedState {
    return this.client.exportState();
  }

  /** Opens a store of this device; its client reports to the harness as this device's. */
  open(store: number): Promise<VfsClient> {
    const {plan} = this;
    return VfsClient.open(this.#heard(), {
      userId: plan.user,
      clientId: plan.id,
      transport: this.transport,
      database: `client-${store}`,
      pullLimit: plan.pullLimit,
      stalePages: plan.stalePages,
      maxRematerializationAttempts: plan.rematerializations,
      onGuardrailViolation: violation => this.#guardrail(violation),
      onBackgroundError: error => this.#context.note('background-error', errorNote(error)),
      onLifecycle: event => this.#event(event),
      onProgress: () => this.#context.progressed(),
    });
  }

  /** The device's host, with the harness told of each tick of the background loop: the engine sets no other timers. */
  #heard(): Host {
    const {id, clock, random, net, disk} = this.host;
    const after = (durationMs: number, run: () => void): (() => void) =>
      clock.after(durationMs, () => {
        const atRest = this.#lifecycle === 'idle' && this.busy === 0 && !this.moving;
        if (atRest) this.#context.note('ticked', null);
        run();
      });
    return {id, clock: {...clock, after}, random, net, disk, probe: mark => this.host.probe(mark)};
  }

  /** A store that nothing was written to yet, beside the one in use. */
  async freshStore(): Promise<{readonly store: number; readonly client: VfsClient}> {
    const store = this.#store + 1 + this.host.random.integer(0, 0x3fff_ffff);
    return {store, client: await this.open(store)};
  }

  /** Makes another store the one in use: from here on, and after the next boot. */
  async adopt(store: number, client: VfsClient): Promise<void> {
    await this.#device.run('UPDATE device SET store = ? WHERE id = 1', [store]);
    this.#store = store;
    this.#client = client;
    this.#context.note('adopted', null);
  }

  startBackground(intervalMs: number): void {
    this.client.startBackgroundFlush(intervalMs);
    this.background = true;
  }

  async stopBackground(wait: boolean): Promise<void> {
    // at once: the user may start it again while the stop still waits for the flush in flight
    this.background = false;
    await this.client.stopBackgroundFlush(wait);
  }

  #guardrail(violation: GuardrailViolation): void {
    this.host.probe(guardrailMark(violation));
    this.#context.note('guardrail', violation as unknown as Json);
    // a listener that fails must change nothing: every violation is told to one that does
    throw new Error('a listener of guardrail violations failed');
  }

  #event(event: LifecycleEvent): void {
    const from = this.#lifecycle;
    const to = step(from, event);
    if (to === null) {
      this.#context.note('lifecycle-illegal', {from, event});
      return;
    }
    this.#lifecycle = to;
    if (event === 'FLUSH') this.flight = this.#flushes += 1;
    if (to === 'idle') this.flight = null;
    this.host.probe(edgeMark(edgeName(from, event, to)));
    this.#context.note('lifecycle', event);
  }
}

/** Whether an error is the disk's own: full, busy or failing. A statement that no disk could take is its author's. */
export const isDiskWeather = (error: unknown): boolean =>
  error instanceof DiskError && error.code !== 'constraint' && error.code !== 'sql';

/** Whether a failure, as {@link errorNote} and signatures tell it, is the disk's own. */
export const isDiskWeatherName = (name: string): boolean => /^DiskError\.(busy|full|io)$/.test(name);

/** How an error is told: its class's name, its code where it has one, and its message. */
export function errorNote(error: unknown): {
  readonly name: string;
  readonly code: string;
  readonly message: string;
} {
  if (!(error instanceof Error)) return {name: 'unknown', code: '', message: String(error)};
  const {code} = error as {code?: unknown};
  return {name: error.name, code: typeof code === 'string' ? code : '', message: error.message};
}

/** A noted error by the name that failed attempts go by. */
export const noted = ({
  name,
  code,
  message,
}: ReturnType<typeof errorNote>): {name: string; message: string} => ({
  name: code === '' ? name : `${name}.${code}`,
  message,
});
