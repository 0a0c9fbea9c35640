/** A toy system over one-way messages: replicas of one register, which tell each other of it over and over. */
import {
  defineSystem,
  DiskError,
  type BootContext,
  type Database,
  type Host,
  type System,
} from '../../../src/index.ts';

export interface RegisterOptions {
  /** `careless` takes whatever comes last, `forgetful` keeps nothing on its disk, `sound` takes what is newer and keeps it. */
  readonly replica: 'careless' | 'forgetful' | 'sound';
}

interface Held {
  readonly value: string;
  readonly at: number;
  readonly by: string;
}

interface Replica {
  write(value: string): Promise<void>;
  tell(): Promise<void>;
}

const SCHEMA = [
  'CREATE TABLE register (id INTEGER PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL)',
  "INSERT INTO register VALUES (1, '', 0, '')",
];
const READ = 'SELECT value, at, by FROM register WHERE id = 1';
const WRITE = 'UPDATE register SET value = ?, at = ?, by = ? WHERE id = 1';

const newer = (a: Held, b: Held): boolean => a.at > b.at || (a.at === b.at && a.by > b.by);

async function change(database: Database, next: (held: Held) => Held | null): Promise<void> {
  await database.transaction(async sql => {
    const held = (await sql.get(READ)) as unknown as Held;
    const changed = next(held);
    if (changed !== null) await sql.run(WRITE, [changed.value, changed.at, changed.by]);
  });
}

async function boot(
  host: Host,
  context: BootContext,
  kind: RegisterOptions['replica'],
  peers: readonly string[],
): Promise<Replica> {
  const database = await host.disk.open('register', SCHEMA);
  if (kind === 'forgetful') await database.run(WRITE, ['', 0, '']);
  host.net.receive(body => {
    const heard = JSON.parse(String(body)) as Held;
    const adopting = change(database, held => (kind === 'careless' || newer(heard, held) ? heard : null));
    // what the disk refuses now is told again later
    adopting.catch((error: unknown) => {
      if (!(error instanceof DiskError)) throw error;
    });
  });
  return {
    write: async value => {
      let written: Held | null = null;
      await change(
        database,
        held => (written = {value, at: Math.max(host.clock.now(), held.at + 1), by: host.id}),
      );
      context.note('wrote', written);
    },
    tell: async () => {
      const held = JSON.stringify(await database.get(READ));
      for (const peer of peers) host.net.send(peer, held);
    },
  };
}

async function unlessDisk(doing: Promise<void>): Promise<void> {
  try {
    await doing;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}

interface Ledger {
  newest: Held;
  readonly last: Map<string, Held>;
}

export function registerSystem(options: RegisterOptions): System<Ledger> {
  const idsOf = (world: {readonly [key: string]: unknown}): string[] =>
    Array.from({length: Number(world['replicas'])}, (_, index) => `replica${index}`);
  return defineSystem<Ledger>({
    name: 'register',
    summary: 'replicas of one register tell each other of it',
    drawWorld: random => ({replicas: random.integer(2, 4)}),
    nodes: world =>
      idsOf(world).map((id, _, all) => ({
        id,
        role: 'replica',
        boot: (host, context) =>
          boot(
            host,
            context,
            options.replica,
            all.filter(other => other !== id),
          ),
      })),
    operations: {
      write: {
        weight: 1,
        role: 'replica',
        essential: true,
        draw: random => random.id(4),
        run: (value, doing) => unlessDisk((doing.program as Replica).write(value as string)),
      },
      tell: {
        weight: 2,
        role: 'replica',
        draw: () => null,
        run: (_, doing) => unlessDisk((doing.program as Replica).tell()),
      },
    },
    size: {operations: [5, 20], stormMs: [2_000, 20_000]},
    settling: ['tell'],
    hazards: Object.fromEntries(
      [
        'lose-request',
        'duplicate',
        'reorder',
        'delay',
        'partition',
        'clog',
        'crash',
        'pause',
        'clock-skew',
        'slow-statement',
        'failed-statement',
      ].map(id => [id, ['replica']]),
    ),
    ledger: () => ({newest: {value: '', at: 0, by: ''}, last: new Map()}),
    observe: (seen, ledger) => {
      if (seen.kind !== 'note') return;
      const written = seen.data as unknown as Held;
      if (newer(written, ledger.newest)) ledger.newest = written;
    },
    claims: [
      {
        id: 'REG-1',
        sentence: 'a replica never goes back to an older value',
        when: 'always',
        check: (scene, ledger) => {
          for (const {place} of scene.committed) {
            const held = scene.database(place, 'register')?.get(READ) as unknown as Held | undefined;
            const last = ledger.last.get(place);
            if (held === undefined) continue;
            if (last !== undefined && newer(last, held)) {
              return {
                code: 'went-back',
                node: place,
                message: `${place} went back`,
                expected: last,
                actual: held,
              };
            }
            ledger.last.set(place, held);
          }
          return 'holds';
        },
      },
      {
        id: 'REG-2',
        sentence: 'all replicas come to hold the newest value',
        when: 'settled',
        check: (scene, ledger) => {
          const reachable = scene.nodes('replica').filter(({cutOff}) => !cutOff);
          if (reachable.length < scene.nodes('replica').length) return null;
          const held = reachable.map(
            ({place}) => scene.database(place, 'register')?.get(READ) as unknown as Held | undefined,
          );
          const differs = held.some(
            // undefined: in the middle of a transaction
            one => one === undefined || newer(ledger.newest, one) || one.value !== held[0]?.value,
          );
          return !differs ? 'holds' : {code: 'differs', message: 'two replicas differ'};
        },
      },
    ],
    goals: [],
  });
}
