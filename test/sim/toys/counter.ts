/** A toy system, written with nothing but the public interface: clients that add to a counter on a server, which loses some. */
import {
  defineSystem,
  DiskError,
  NetError,
  type Database,
  type Host,
  type Json,
  type System,
} from '../../../src/index.ts';

export interface CounterOptions {
  /** `lossy` reads and writes in two statements, `doubling` adds again when an answer was lost, `sound` does neither. */
  readonly server: 'lossy' | 'doubling' | 'sound';
}

interface Ledger {
  /** Adds that a client was told of. */
  acknowledged: number;
  /** Adds that were asked for. */
  asked: number;
}

interface Client {
  add(id: string): Promise<void>;
}

const SCHEMA = [
  'CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)',
  'CREATE TABLE seen (id TEXT PRIMARY KEY)',
  'INSERT INTO counter VALUES (1, 0)',
];

async function addTo(database: Database, id: string, kind: CounterOptions['server']): Promise<void> {
  if (kind === 'lossy') {
    const row = await database.get('SELECT value FROM counter WHERE id = 1');
    await database.run('UPDATE counter SET value = ? WHERE id = 1', [Number(row?.['value']) + 1]);
    return;
  }
  await database.transaction(async sql => {
    if (kind === 'sound') {
      const seen = await sql.run('INSERT OR IGNORE INTO seen VALUES (?)', [id]);
      if (seen.changes === 0) return;
    }
    await sql.run('UPDATE counter SET value = value + 1 WHERE id = 1');
  });
}

async function bootServer(host: Host, kind: CounterOptions['server']): Promise<unknown> {
  const database = await host.disk.open('counter', SCHEMA);
  host.net.serve(async request => {
    try {
      await addTo(database, String(request.body), kind);
      return {status: 200, headers: {}, body: 'added'};
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return {status: 500, headers: {}, body: error.code};
    }
  });
  return {};
}

function bootClient(host: Host): Promise<Client> {
  const post = {method: 'POST', path: '/add', headers: {}};
  return Promise.resolve({
    add: async id => {
      for (;;) {
        try {
          const answer = await host.net.request('server', {...post, body: id}, {timeoutMs: 2_000});
          if (answer.status === 200 && answer.body === 'added') return;
        } catch (error) {
          if (!(error instanceof NetError)) throw error;
        }
        await host.clock.sleep(500);
      }
    },
  });
}

export function counterSystem(options: CounterOptions): System<Ledger> {
  return defineSystem<Ledger>({
    name: 'counter',
    summary: 'clients add to one counter',
    drawWorld: random => ({clients: random.integer(1, 3)}),
    nodes: world => [
      {id: 'server', role: 'server', boot: host => bootServer(host, options.server)},
      ...Array.from({length: Number(world['clients'])}, (_, index) => ({
        id: `client${index}`,
        role: 'client',
        boot: bootClient,
      })),
    ],
    operations: {
      add: {
        weight: 1,
        role: 'client',
        draw: (): Json => null,
        run: async (_, doing) => {
          doing.note('asked', null);
          await (doing.program as Client).add(`${doing.node} ${doing.operation}`);
          doing.note('acknowledged', null);
        },
      },
    },
    size: {operations: [4, 12], stormMs: [2_000, 10_000]},
    settling: [],
    hazards: {
      'lose-request': ['client'],
      'lose-response': ['client'],
      delay: ['client'],
      crash: ['server'],
      partition: ['client'],
      'slow-statement': ['server'],
      'failed-statement': ['server'],
    },
    ledger: () => ({acknowledged: 0, asked: 0}),
    observe: (seen, ledger) => {
      if (seen.kind !== 'note') return;
      if (seen.note === 'asked') ledger.asked += 1;
      if (seen.note === 'acknowledged') ledger.acknowledged += 1;
    },
    claims: [
      {
        id: 'COUNT-1',
        sentence: 'the counter holds every add that was acknowledged, and none that was not asked for',
        when: 'always',
        check: (scene, ledger) => {
          const row = scene.database('server', 'counter')?.get('SELECT value FROM counter WHERE id = 1');
          if (row === undefined) return null;
          const value = Number(row['value']);
          if (value >= ledger.acknowledged && value <= ledger.asked) return 'holds';
          return {
            code: value < ledger.acknowledged ? 'lost' : 'doubled',
            node: 'server',
            message: `the counter is ${value}`,
            expected: `${ledger.acknowledged} to ${ledger.asked}`,
            actual: value,
          };
        },
      },
    ],
    goals: [],
  });
}
