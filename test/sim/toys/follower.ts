/** A toy system over sockets: followers copy the lines of a leader, whatever becomes of their connections. */
import {
  defineSystem,
  DiskError,
  NetError,
  type Database,
  type Host,
  type Socket,
  type System,
} from '../../../src/index.ts';

export interface FollowerOptions {
  /** `restarting` asks for all lines again, `deaf` never dials again, `trusting` never doubts a silent socket. */
  readonly follower: 'restarting' | 'deaf' | 'trusting' | 'sound';
}

const SCHEMA = ['CREATE TABLE line (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL)'];
const COUNT = 'SELECT COUNT(*) AS n FROM line';
const ADD = 'INSERT INTO line (at, text) SELECT COUNT(*) + 1, ? FROM line';
const SILENCE_MS = 4_000;

interface Leader {
  append(text: string): Promise<void>;
}

const refused = (error: unknown): boolean => error instanceof DiskError || error instanceof NetError;

/** Lets pass what the disk or the network refused: it is tried again. */
function tolerated(doing: Promise<unknown>): void {
  doing.catch((error: unknown) => {
    if (!refused(error)) throw error;
  });
}

async function bootLeader(host: Host): Promise<Leader> {
  const database = await host.disk.open('log', SCHEMA);
  /** How many lines each follower was sent. */
  const sent = new Map<Socket, number>();
  const feed = async (socket: Socket): Promise<void> => {
    const rows = await database.all('SELECT at, text FROM line WHERE at > ? ORDER BY at', [
      sent.get(socket) ?? 0,
    ]);
    for (const {at, text} of rows) {
      if (Number(at) !== (sent.get(socket) ?? -1) + 1) continue;
      sent.set(socket, Number(at));
      socket.send(JSON.stringify([at, text]));
    }
  };
  host.net.listen(socket => {
    socket.onClose(() => sent.delete(socket));
    socket.onMessage(body => {
      const [what, count] = JSON.parse(String(body)) as [string, number];
      if (what === 'from') sent.set(socket, count);
      else socket.send(JSON.stringify([0, 'pong']));
      tolerated(feed(socket));
    });
  });
  return {
    append: async text => {
      await database.run(ADD, [text]);
      for (const socket of [...sent.keys()]) await feed(socket);
    },
  };
}

const countOf = async (database: Database): Promise<number> => Number((await database.get(COUNT))?.['n']);

/** One connection, until it is over. */
async function follow(host: Host, database: Database, kind: FollowerOptions['follower']): Promise<void> {
  const socket = await host.net.dial('leader', {timeoutMs: 2_000});
  const over = new Promise<void>(resolve => socket.onClose(() => resolve()));
  let heardAt = 0;
  let adding: Promise<unknown> = Promise.resolve();
  socket.onMessage(body => {
    heardAt += 1;
    const [at, text] = JSON.parse(String(body)) as [number, string];
    if (at === 0) return;
    adding = adding
      .then(async () => {
        if (kind === 'restarting' || at === (await countOf(database)) + 1) await database.run(ADD, [text]);
      })
      .catch((error: unknown) => {
        if (!refused(error)) throw error;
        socket.close();
      });
  });
  socket.send(JSON.stringify(['from', kind === 'restarting' ? 0 : await countOf(database)]));
  let closed = false;
  const beating = (async () => {
    for (let heard = -1; heard !== heardAt; await host.clock.sleep(SILENCE_MS)) {
      if (closed) return;
      heard = heardAt;
      socket.send(JSON.stringify(['ping', 0]));
    }
    if (kind !== 'trusting') socket.close();
    else await over;
  })();
  await Promise.race([over, beating]);
  closed = true;
  await adding;
}

async function bootFollower(host: Host, kind: FollowerOptions['follower']): Promise<unknown> {
  const database = await host.disk.open('log', SCHEMA);
  const following = async (): Promise<void> => {
    for (;;) {
      await follow(host, database, kind).catch((error: unknown) => {
        if (!refused(error)) throw error;
      });
      if (kind === 'deaf') return;
      await host.clock.sleep(300);
    }
  };
  void following();
  return {};
}

export function followerSystem(options: FollowerOptions): System<null> {
  return defineSystem<null>({
    name: 'follower',
    summary: 'followers copy the lines of a leader',
    drawWorld: random => ({followers: random.integer(1, 2)}),
    nodes: world => [
      {id: 'leader', role: 'leader', boot: bootLeader},
      ...Array.from({length: Number(world['followers'])}, (_, index) => ({
        id: `follower${index}`,
        role: 'follower',
        boot: (host: Host) => bootFollower(host, options.follower),
      })),
    ],
    operations: {
      append: {
        weight: 1,
        role: 'leader',
        draw: random => random.id(4),
        run: async (text, doing) => {
          await (doing.program as Leader).append(text as string).catch((error: unknown) => {
            if (!refused(error)) throw error;
          });
        },
      },
    },
    size: {operations: [5, 15], stormMs: [2_000, 30_000]},
    settling: [],
    hazards: {
      delay: ['follower'],
      reset: ['follower'],
      partition: ['follower'],
      'half-open': ['follower'],
      crash: ['leader', 'follower'],
      pause: ['leader', 'follower'],
      clog: ['follower'],
      'slow-link': ['follower'],
      'failed-statement': ['leader', 'follower'],
    },
    ledger: () => null,
    claims: [
      {
        id: 'FOLLOW-1',
        sentence: "a follower's lines are the first lines of the leader, in its order",
        when: 'always',
        check: scene => {
          const lines = (place: string): string[] | undefined =>
            scene
              .database(place, 'log')
              ?.all('SELECT text FROM line ORDER BY id')
              .map(row => String(row['text']));
          const all = lines('leader');
          for (const {id} of scene.nodes('follower')) {
            const copied = lines(id);
            if (all === undefined || copied === undefined) continue;
            const wrong = copied.findIndex((text, index) => text !== all[index]);
            if (wrong >= 0)
              return {code: 'wrong-line', node: id, message: `line ${wrong + 1} of ${id} is wrong`};
          }
          return 'holds';
        },
      },
      {
        id: 'FOLLOW-2',
        sentence: 'a follower comes to have all lines',
        when: 'settled',
        check: scene => {
          const count = (place: string): number =>
            Number(scene.database(place, 'log')?.get(COUNT)?.['n'] ?? 0);
          const behind = scene
            .nodes('follower')
            .find(({id, cutOff}) => !cutOff && count(id) < count('leader'));
          return behind === undefined
            ? 'holds'
            : {code: 'behind', node: behind.id, message: `${behind.id} is behind`};
        },
      },
    ],
    goals: [],
  });
}
