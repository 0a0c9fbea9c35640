/** A journal client as a device runs it, and what it lets the harness know of itself. */
import {JournalClient, type ExportedJournal} from '../../src/impl/journal/client.ts';
import {
  DiskError,
  type BootContext,
  type Host,
  type HttpRequest,
  type HttpResponse,
} from '../../src/index.ts';
import {edgeName, step, type ClientStep, type LifecycleState} from '../../src/model/journal/lifecycle.ts';
import {bodyOf, routeOf} from './wire.ts';
import {tokenOf, type DevicePlan, type JournalWorld} from './world.ts';

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 2;
const RETRY_AFTER_MS = 200;

export const edgeMark = (edge: string): string => `edge:${edge}`;

/** Steps after which what was done is durable, whatever becomes of the rest. */
const COMPLETES: readonly ClientStep[] = ['BATCH', 'PAGE', 'RESTART', 'RESCOPE'];

export class DeviceProgram {
  readonly plan: DevicePlan;
  readonly host: Host;
  readonly #context: BootContext;
  #client: JournalClient | null = null;
  #lifecycle: LifecycleState = 'idle';
  /** Its operator knows that it was lied to in a way that no client can notice, and what it then believed. */
  deceived = false;

  private constructor(host: Host, context: BootContext, plan: DevicePlan) {
    this.host = host;
    this.#context = context;
    this.plan = plan;
  }

  static async boot(
    host: Host,
    context: BootContext,
    plan: DevicePlan,
    world: JournalWorld,
  ): Promise<DeviceProgram> {
    const program = new DeviceProgram(overheard(host), context, plan);
    const client = await JournalClient.open(program.host, {
      deviceId: plan.id,
      token: tokenOf(plan.id),
      server: 'api',
      pageSize: plan.pullLimit,
      batchSize: world.batchLimit,
      timeoutMs: TIMEOUT_MS,
      attempts: ATTEMPTS,
      retryAfterMs: RETRY_AFTER_MS,
      onStep: taken => program.#took(taken),
    });
    program.#client = client;
    const {standing} = client.exportState();
    if (plan.scope !== null && standing.round === 1 && standing.cursor === null)
      await client.setScope(plan.scope);
    return program;
  }

  get client(): JournalClient {
    if (this.#client === null) throw new Error('a program has a client once it has booted');
    return this.#client;
  }

  get lifecycle(): LifecycleState {
    return this.#lifecycle;
  }

  exportState(): ExportedJournal {
    return this.client.exportState();
  }

  #took(taken: ClientStep): void {
    const from = this.#lifecycle;
    const to = step(from, taken);
    if (to === null) {
      this.#context.note('lifecycle-illegal', {from, step: taken});
      return;
    }
    this.#lifecycle = to;
    this.host.probe(edgeMark(edgeName(from, taken, to)));
    if (COMPLETES.includes(taken)) this.#context.progressed();
  }
}

/** The same host, with a mark for everything that a server says of an entry or a row. */
function overheard(host: Host): Host {
  const {id, clock, random, net, disk} = host;
  const request: Host['net']['request'] = async (to, asked, options) => {
    const answer = await net.request(to, asked, options);
    for (const mark of marksOf(asked, answer)) host.probe(mark);
    return answer;
  };
  return {id, clock, random, net: {...netOf(net), request}, disk, probe: mark => host.probe(mark)};
}

const netOf = (net: Host['net']): Host['net'] => ({
  request: (...asked) => net.request(...asked),
  serve: handler => net.serve(handler),
  dial: (...asked) => net.dial(...asked),
  listen: accept => net.listen(accept),
  send: (...asked) => net.send(...asked),
  receive: handler => net.receive(handler),
});

function marksOf(request: HttpRequest, answer: HttpResponse): Iterable<string> {
  const body = bodyOf(answer) as
    | {
        readonly error?: unknown;
        readonly results?: readonly {readonly outcome?: unknown; readonly reason?: unknown}[];
        readonly objects?: readonly {readonly kind?: unknown}[];
      }
    | null
    | undefined;
  const marks = new Set<string>();
  const route = routeOf(request);
  if (body === undefined || body === null) return marks;
  if (answer.status !== 200) marks.add(`refusal:${String(body.error)}`);
  if (route === 'push' && Array.isArray(body.results)) {
    for (const result of body.results as readonly {outcome?: unknown; reason?: unknown}[]) {
      marks.add(`outcome:${String(result?.outcome)}`);
      marks.add(`reason:${String(result?.reason)}`);
    }
  }
  if (route === 'pull' && Array.isArray(body.objects))
    for (const row of body.objects as readonly {kind?: unknown}[]) marks.add(`row:${String(row?.kind)}`);
  return marks;
}

/** Whether an error is the disk's own: full, busy or failing. A statement that no disk could take is its author's. */
export const isDiskWeather = (error: unknown): boolean =>
  error instanceof DiskError && error.code !== 'constraint' && error.code !== 'sql';

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
