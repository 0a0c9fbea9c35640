/** Crashes, pauses, freezes, twins and upgrades: what becomes of a node's life. */
import {describe, expect, it} from 'vitest';
import {ok, play, post, told, type Play, type PlayedFault, type Script} from './toys/stage.ts';

const SCHEMA = ['CREATE TABLE item (id INTEGER PRIMARY KEY)'];

/** Says a line every 100 ms. */
const ticking: Script = async (host, say) => {
  say('boots');
  for (let round = 1; round <= 5; round += 1) {
    await host.clock.sleep(100);
    say(`tick ${round}`);
  }
};

const staged = (...faults: readonly PlayedFault[]): Play => ({nodes: {node: ticking}, faults});
const saidOf = async (given: Play): Promise<readonly string[]> => (await play(given)).said;

describe('a crash', () => {
  it('is a promise that never settles: nothing after any await goes on', async () => {
    const after: string[] = [];
    const awaiting =
      (name: string, start: (host: Parameters<Script>[0]) => Promise<unknown>): Script =>
      async host => {
        if (host.clock.now() % 10_000 > 100) return;
        host.clock.after(300, () => after.push(`${name} timer`));
        try {
          await start(host);
          after.push(`${name} settled`);
        } catch {
          after.push(`${name} rejected`);
        } finally {
          after.push(`${name} finally`);
        }
      };
    const nodes: Record<string, Script> = {
      server: host => {
        host.net.serve(() => new Promise(() => undefined));
      },
      sleeping: awaiting('sleep', host => host.clock.sleep(200)),
      asking: awaiting('request', host => host.net.request('server', post('/x'), {timeoutMs: 500})),
      dialing: awaiting('dial', host => host.net.dial('server')),
      writing: awaiting('statement', async host => {
        const database = await host.disk.open('db', SCHEMA);
        await database.run('INSERT INTO item VALUES (1)');
      }),
      transacting: awaiting('transaction', async host => {
        const database = await host.disk.open('db', SCHEMA);
        await database.transaction(async sql => {
          await host.clock.sleep(200);
          await sql.run('INSERT INTO item VALUES (1)');
        });
      }),
    };
    const {outcome} = await play({
      nodes,
      fates: {
        'writing sql writing/db insert item #1': {delayMs: 200},
        'dialing>server dial #1': {delayMs: 200},
      },
      faults: Object.keys(nodes)
        .filter(on => on !== 'server')
        .map(on => ({kind: 'crash', on, at: 150, lasts: 10, arg: 0})),
    });
    expect(outcome.violation).toBe(null);
    expect(after).toEqual([]);
  });

  it('lasts as long as it is told, and the next life starts anew', async () => {
    const {outcome, said} = await play(staged({kind: 'crash', on: 'node', at: 250, lasts: 1_000, arg: 0}));
    expect(said.slice(0, 5)).toEqual([
      '0 node boots',
      '100 node tick 1',
      '200 node tick 2',
      '1250 node boots',
      '1350 node tick 1',
    ]);
    expect(outcome.hazards['crash']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('of which there are two at once lasts until both are over', async () => {
    const said = await saidOf(
      staged(
        {kind: 'crash', on: 'node', at: 150, lasts: 500, arg: 0},
        {kind: 'wipe', on: 'node', at: 300, lasts: 1_000},
      ),
    );
    expect(said[2]).toBe('1300 node boots');
  });

  it('closes every door of the host that the dead life kept', async () => {
    const kept: (() => unknown)[] = [];
    const {outcome, said} = await play({
      nodes: {
        node: async (host, say, context) => {
          if (kept.length > 0) {
            for (const use of kept) use();
            await host.clock.sleep(5_000);
            return;
          }
          const database = await host.disk.open('db', SCHEMA);
          kept.push(
            () => host.clock.after(0, () => say('a dead timer')),
            () => void host.net.request('node', post('/x')).then(() => say('a dead answer')),
            () => host.net.send('node', 'a dead message'),
            () => void database.run('INSERT INTO item VALUES (1)').then(() => say('a dead statement')),
            () => host.probe('a dead mark'),
            () => context.note('say', 'a dead note'),
          );
        },
      },
      faults: [{kind: 'crash', on: 'node', at: 100, lasts: 10, arg: 0}],
    });
    expect([outcome.violation, outcome.messages, said]).toEqual([null, 0, []]);
    expect(outcome.probes).toEqual({});
  });

  it('gives the next life other random numbers', async () => {
    const said = await saidOf({
      nodes: {node: (host, say) => say(host.random.id())},
      faults: [{kind: 'crash', on: 'node', at: 100, lasts: 10, arg: 0}],
    });
    const ids = said.map(line => line.split(' ')[2]);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('a pause', () => {
  it('holds everything back, then all of it happens in the order in which it was due', async () => {
    const {outcome, said} = await play({
      nodes: {
        node: (host, say) => {
          host.net.receive(body => say(`gets ${String(body)}`));
          for (const atMs of [260, 220, 300]) host.clock.after(atMs, () => say(`timer ${atMs}`));
        },
        other: host => {
          for (const atMs of [230, 270, 300])
            host.clock.after(atMs - 10, () => host.net.send('node', String(atMs)));
        },
      },
      fates: Object.fromEntries([1, 2, 3].map(n => [`other>node send #${n}`, {delayMs: 10}])),
      faults: [{kind: 'pause', on: 'node', at: 200, lasts: 100}],
    });
    expect(said).toEqual(
      ['timer 220', 'gets 230', 'timer 260', 'gets 270', 'timer 300', 'gets 300'].map(
        text => `300 node ${text}`,
      ),
    );
    expect(outcome.hazards['pause']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('of two lasts until both are over', async () => {
    const said = await saidOf(
      staged(
        {kind: 'pause', on: 'node', at: 150, lasts: 200},
        {kind: 'pause', on: 'node', at: 180, lasts: 50},
      ),
    );
    expect(said).toEqual([
      '0 node boots',
      '100 node tick 1',
      '350 node tick 2',
      '450 node tick 3',
      '550 node tick 4',
      '650 node tick 5',
    ]);
  });

  it('ends with the storm, and with it what it held back', async () => {
    const {outcome, said} = await play({
      ...staged({kind: 'pause', on: 'node', at: 150, lasts: 50_000}),
      plan: {stormMs: 400, patienceMs: 5_000},
      system: {
        claims: [
          {
            id: 'T',
            sentence: 'it is late',
            when: 'settled',
            check: s => (s.nowMs > 800 ? 'holds' : {code: 'e', message: 'e'}),
          },
        ],
      },
    });
    expect(outcome.violation).toBe(null);
    expect(said).toEqual([
      '0 node boots',
      '100 node tick 1',
      '400 node tick 2',
      '500 node tick 3',
      '600 node tick 4',
      '700 node tick 5',
    ]);
  });

  it('in which nothing was due changed nothing', async () => {
    const {outcome} = await play(staged({kind: 'pause', on: 'node', at: 110, lasts: 50}));
    expect(outcome.hazards['pause']?.effective).toBe(0);
  });

  it('holds back the crash of nobody: what was held dies with its life', async () => {
    const said = await saidOf(
      staged(
        {kind: 'pause', on: 'node', at: 150, lasts: 400},
        {kind: 'crash', on: 'node', at: 300, lasts: 10, arg: 0},
      ),
    );
    expect(said.slice(0, 4)).toEqual([
      '0 node boots',
      '100 node tick 1',
      '310 node boots',
      '410 node tick 1',
    ]);
  });
});

describe('a freeze', () => {
  it('holds back timers only', async () => {
    const {outcome, said} = await play({
      nodes: {
        node: (host, say) => {
          host.net.receive(body => say(`gets ${String(body)}`));
          for (const atMs of [220, 260]) host.clock.after(atMs, () => say(`timer ${atMs}`));
        },
        other: host => {
          for (const atMs of [230, 270])
            host.clock.after(atMs - 10, () => host.net.send('node', String(atMs)));
        },
      },
      fates: Object.fromEntries([1, 2].map(n => [`other>node send #${n}`, {delayMs: 10}])),
      faults: [{kind: 'freeze', on: 'node', at: 200, lasts: 100}],
    });
    expect(said).toEqual([
      '230 node gets 230',
      '270 node gets 270',
      '300 node timer 220',
      '300 node timer 260',
    ]);
    expect(outcome.hazards['freeze']?.effective).toBe(1);
  });

  it('holds back timeouts of requests as well', async () => {
    const said = await saidOf({
      nodes: {
        server: host => host.net.serve(() => new Promise(() => undefined)),
        asker: async (host, say) => say(await told(host.net.request('server', post('/x'), {timeoutMs: 100}))),
      },
      faults: [{kind: 'freeze', on: 'asker', at: 50, lasts: 500}],
    });
    expect(said).toEqual(['550 asker NetError timeout']);
  });

  it('that outlasts a pause keeps the timers that both held', async () => {
    const said = await saidOf({
      nodes: {
        node: (host, say) => {
          host.clock.after(120, () => say('timer'));
          host.net.receive(() => say('message'));
        },
        other: host => void host.clock.after(110, () => host.net.send('node', 'x')),
      },
      fates: {'other>node send #1': {delayMs: 10}},
      faults: [
        {kind: 'pause', on: 'node', at: 100, lasts: 100},
        {kind: 'freeze', on: 'node', at: 100, lasts: 300},
      ],
    });
    expect(said).toEqual(['200 node message', '400 node timer']);
  });
});

describe('a twin', () => {
  const twinned: Script = async (host, say, context) => {
    const database = await host.disk.open('db', SCHEMA);
    const rows = await database.all('SELECT id FROM item ORDER BY id');
    say(`${host.id} ${String(context.twin)} [${rows.map(row => row['id']).join()}]`);
    await host.clock.sleep(100);
    await database.run('INSERT INTO item SELECT COALESCE(MAX(id), 0) + 1 FROM item');
    await host.clock.sleep(100_000);
  };

  it('is a second life of an identity, with an id and a copy of the disk of its own, for as long as it lasts', async () => {
    const seen = new Set<string>();
    const {outcome, said} = await play({
      nodes: {node: {role: 'client', script: twinned}},
      faults: [
        {kind: 'twin', on: 'node', at: 150, lasts: 200},
        {kind: 'crash', on: 'node', at: 500, lasts: 10, arg: 0},
      ],
      plan: {stormMs: 600},
      system: {
        observe: (observed, _, scene) => {
          const told = observed.kind === 'note' ? JSON.stringify(observed.data) : observed.kind;
          const nodes = scene.nodes('client').map(({id, twinOf}) => `${id} of ${twinOf ?? 'itself'}`);
          seen.add(`${nodes.join(' and ')}: ${told}`);
        },
      },
    });
    expect(outcome.violation).toBe(null);
    expect(outcome.hazards['twin']).toEqual({offered: 1, delivered: 1, effective: 1});
    const notes = [...seen].filter(line => line.includes('['));
    expect(notes).toEqual([
      'node of itself: "node false []"',
      'node of itself and node~f1 of node: "node~f1 true [1]"',
      'node of itself: "node false [1]"',
    ]);
    expect(said).toEqual([]);
  });

  it('is told to be gone for good, also where it is down when its time is over', async () => {
    const gone: string[] = [];
    const {outcome} = await play({
      nodes: {node: {role: 'client', script: twinned}},
      // which kinds the stage knows; the plan below says when and on whom
      faults: [
        {kind: 'twin', on: 'node', at: 150},
        {kind: 'crash', on: 'node', at: 300},
      ],
      plan: {
        stormMs: 600,
        faults: [
          {id: 'f1', kind: 'twin', target: 0, at: 150, lasts: 200, arg: 1},
          // by then the second of its role is the twin
          {id: 'f2', kind: 'crash', target: 1, at: 300, lasts: 200, arg: 0},
        ],
      },
      system: {
        observe: observed => {
          if (observed.kind === 'crash') gone.push(`${observed.node} ${String(observed.forGood)}`);
        },
      },
    });
    expect(outcome.violation).toBe(null);
    expect(gone).toEqual(['node~f1 false', 'node~f1 true']);
  });

  it('never comes where its fault ended before the disk could be copied', async () => {
    const said = await saidOf({
      nodes: {
        node: async (host, say) => {
          say(host.id);
          const database = await host.disk.open('db', SCHEMA);
          await database.transaction(() => host.clock.sleep(500));
        },
      },
      faults: [{kind: 'twin', on: 'node', at: 100, lasts: 100}],
    });
    expect(said).toEqual(['0 node node']);
  });
});

describe('an upgrade', () => {
  const released: Script = async (host, say, context) => {
    const database = await host.disk.open('db', SCHEMA);
    if (context.release === 2) await database.run('CREATE TABLE IF NOT EXISTS extra (id INTEGER)');
    const tables = await database.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    say(`${context.release}: ${tables.map(row => row['name']).join()}`);
  };

  it('restarts a node with another release on the same disk, and then with the old one', async () => {
    const {outcome, said} = await play({
      nodes: {node: released},
      faults: [{kind: 'upgrade', on: 'node', at: 100, lasts: 200, arg: 2}],
    });
    expect(said).toEqual(['0 node 1: item', '100 node 2: extra,item', '300 node 1: extra,item']);
    expect([outcome.hazards['upgrade']?.effective, outcome.hazards['schema-change']?.effective]).toEqual([
      1, 1,
    ]);
  });

  it('to the release that already runs is none', async () => {
    const {outcome, said} = await play({
      nodes: {node: released},
      faults: [
        {kind: 'upgrade', on: 'node', at: 100, lasts: 200, arg: 2},
        {kind: 'upgrade', on: 'node', at: 150, lasts: 50, arg: 2},
      ],
    });
    expect(said).toHaveLength(3);
    expect(outcome.hazards['upgrade']).toEqual({offered: 2, delivered: 1, effective: 1});
  });

  it('of a server keeps what it was serving from being answered', async () => {
    const said = await saidOf({
      nodes: {
        server: host =>
          host.net.serve(async () => {
            await host.clock.sleep(1_000);
            return ok();
          }),
        asker: async (host, say) => say(await told(host.net.request('server', post('/x')))),
      },
      faults: [{kind: 'upgrade', on: 'server', at: 100, lasts: 200, arg: 2}],
    });
    expect(said).toEqual(['101 asker NetError reset']);
  });
});
