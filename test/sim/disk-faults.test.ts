/** Disks that lose, go back or are emptied; replicas that lag; statements that hang. */
import {describe, expect, it} from 'vitest';
import type {Database} from '../../src/index.ts';
import {play, type Play, type PlayedFault, type Script} from './toys/stage.ts';

const SCHEMA = ['CREATE TABLE item (id INTEGER PRIMARY KEY)'];
const ADD = 'INSERT INTO item (id) SELECT COALESCE(MAX(id), 0) + 1 FROM item';

async function rowsOf(database: Database): Promise<string> {
  const rows = await database.all('SELECT id FROM item ORDER BY id');
  return `[${rows.map(row => row['id']).join()}]`;
}

/** Says what it finds at its boot, then adds a row at every multiple of 100 ms. */
const growing: Script = async (host, say, context) => {
  const database = await host.disk.open('db', SCHEMA);
  say(`${await rowsOf(database)} ${context.disk ?? 'as it was left'}`);
  for (;;) {
    await host.clock.sleep(100 - (host.clock.now() % 100));
    await database.run(ADD);
  }
};

const staged = (...faults: readonly PlayedFault[]): Play => ({
  nodes: {node: growing},
  faults,
  plan: {stormMs: 2_000},
});

/** What the node said, and how its disk was changed behind its back. */
async function grown(...faults: readonly PlayedFault[]) {
  const rewound: string[] = [];
  const given = staged(...faults);
  const {outcome, said} = await play({...given, trace: true});
  for (const line of outcome.trace ?? []) {
    const event = JSON.parse(line) as {k?: string; t: number; cause?: string};
    if (event.k === 'rewound') rewound.push(`${event.t} ${event.cause ?? ''}`);
  }
  return {outcome, said, rewound};
}

describe('a disk', () => {
  it('that loses its tail in a crash is what it was when it last was synced', async () => {
    const {outcome, said, rewound} = await grown({kind: 'lost-tail', on: 'node', at: 250, lasts: 300});
    expect(said).toEqual(['0 node [] as it was left', '550 node [1,2] as it was left']);
    expect(rewound).toEqual(['550 lost-tail']);
    expect(outcome.hazards['lost-tail']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('that had nothing to lose is not changed', async () => {
    const {outcome, said} = await grown({kind: 'lost-tail', on: 'node', at: 210, lasts: 50});
    expect(said).toEqual(['0 node [] as it was left', '260 node [1,2] as it was left']);
    expect(outcome.hazards['lost-tail']?.effective).toBe(0);
  });

  it('is put back to a backup, of which the node is not told', async () => {
    const {said, rewound} = await grown({kind: 'restore-backup', on: 'node', at: 150, lasts: 1_000});
    expect(said).toEqual(['0 node [] as it was left', '1150 node [1] as it was left']);
    expect(rewound).toEqual(['1150 lost-tail']);
  });

  it('of a server is restored by an operator, who tells it once', async () => {
    const {said, rewound} = await grown(
      {kind: 'server-restore', on: 'node', at: 150, lasts: 1_000},
      {kind: 'crash', on: 'node', at: 1_350, lasts: 50, arg: 0},
    );
    expect(said).toEqual([
      '0 node [] as it was left',
      '1150 node [1] restored',
      '1400 node [1,2,3] as it was left',
    ]);
    expect(rewound).toEqual(['1150 restored']);
  });

  it('is wiped, and its node is down for as long as that lasts', async () => {
    const {outcome, said, rewound} = await grown({kind: 'wipe', on: 'node', at: 350, lasts: 200});
    expect(said).toEqual(['0 node [] as it was left', '550 node [] as it was left']);
    expect(rewound).toEqual(['350 wiped']);
    expect(outcome.hazards['wipe']?.effective).toBe(1);
  });

  it('of a server is rebuilt empty by an operator, who says so', async () => {
    const {said, rewound} = await grown({kind: 'server-rebuild', on: 'node', at: 350, lasts: 200});
    expect(said).toEqual(['0 node [] as it was left', '550 node [] rebuilt']);
    expect(rewound).toEqual(['350 rebuilt']);
  });

  it('is put back when the storm ends, if that comes first', async () => {
    const {rewound} = await grown({kind: 'restore-backup', on: 'node', at: 150, lasts: 60_000});
    expect(rewound).toEqual(['2000 lost-tail']);
  });

  it('can be read and written after it was copied for a backup or a twin', async () => {
    const {outcome, said} = await grown(
      {kind: 'restore-backup', on: 'node', at: 150, lasts: 1_000},
      {kind: 'twin', on: 'node', at: 350, lasts: 100},
      {kind: 'crash', on: 'node', at: 950, lasts: 10, arg: 0},
    );
    expect(outcome.violation).toBe(null);
    expect(said).toEqual([
      '0 node [] as it was left',
      '350 node~f2 [1,2,3] as it was left',
      '960 node [1,2,3,4,5,6,7,8,9] as it was left',
      '1150 node [1] as it was left',
    ]);
  });

  it('is not copied in the middle of a transaction', async () => {
    const {said} = await play({
      nodes: {
        node: async (host, say) => {
          const database = await host.disk.open('db', SCHEMA);
          say(await rowsOf(database));
          if (host.clock.now() % 1_000 !== 0) return;
          await database.transaction(async tx => {
            await tx.run(ADD);
            await host.clock.sleep(100);
            await tx.run(ADD);
          });
        },
      },
      faults: [{kind: 'lost-tail', on: 'node', at: 50, lasts: 300}],
    });
    expect(said).toEqual(['0 node []', '350 node [1,2]']);
  });

  it('takes all nodes of its place down with it', async () => {
    const shared = {role: 'x', place: 'shelf'};
    const {said} = await play({
      nodes: {
        one: {...shared, script: growing},
        two: {...shared, script: async (host, say) => say(await rowsOf(await host.disk.open('db', SCHEMA)))},
      },
      faults: [{kind: 'wipe', on: 'two', at: 350, lasts: 200}],
      plan: {stormMs: 600},
    });
    expect(said).toEqual(['0 one [] as it was left', '0 two []', '550 one [] as it was left', '550 two []']);
  });
});

describe('a replica', () => {
  it('lags while the fault lasts, and only for those who read it', async () => {
    const {outcome, said} = await play({
      nodes: {
        node: async (host, say) => {
          const database = await host.disk.open('db', SCHEMA);
          const replica = await host.disk.open('db', SCHEMA, {replica: true});
          for (let round = 0; round < 4; round += 1) {
            await host.clock.sleep(100);
            await replica.run(ADD);
            say(`${await rowsOf(database)} ${await rowsOf(replica)}`);
          }
        },
      },
      faults: [{kind: 'lagging-replica', on: 'node', at: 150, lasts: 200}],
    });
    expect(said).toEqual([
      '100 node [1] [1]',
      '200 node [1,2] [1]',
      '300 node [1,2,3] [1]',
      '400 node [1,2,3,4] [1,2,3,4]',
    ]);
    expect(outcome.hazards['lagging-replica']).toEqual({offered: 1, delivered: 1, effective: 2});
  });

  it('does not lag for ever after a storm that ended in the middle of a transaction', async () => {
    const {said} = await play({
      nodes: {
        node: async (host, say) => {
          const database = await host.disk.open('db', SCHEMA);
          const replica = await host.disk.open('db', SCHEMA, {replica: true});
          await database.transaction(async tx => {
            await host.clock.sleep(100);
            await tx.run(ADD);
          });
          await host.clock.sleep(100);
          await database.run(ADD);
          say(await rowsOf(replica));
        },
      },
      faults: [{kind: 'lagging-replica', on: 'node', at: 20, lasts: 1_000}],
      plan: {stormMs: 50},
      system: {
        claims: [
          {
            id: 'T',
            sentence: 'it is late',
            when: 'settled',
            check: s => (s.nowMs > 400 ? 'holds' : {code: 'e', message: 'e'}),
          },
        ],
      },
    });
    expect(said).toEqual(['200 node [1,2]']);
  });
});

describe('a statement that never returns', () => {
  it('is ended by killing its node, and what it held is let go', async () => {
    const shared = {role: 'x', place: 'shelf'};
    const {outcome, said} = await play({
      nodes: {
        hung: {
          ...shared,
          script: async (host, say) => {
            const database = await host.disk.open('db', SCHEMA);
            say(await rowsOf(database));
            await database.transaction(async tx => {
              await tx.run(ADD);
              await host.clock.sleep(100);
              await tx.run(ADD);
              say('never');
            });
          },
        },
        waiting: {
          ...shared,
          script: async (host, say) => {
            const database = await host.disk.open('db', SCHEMA);
            await host.clock.sleep(200);
            say(await rowsOf(database));
          },
        },
      },
      faults: [{kind: 'hung-statement', on: 'hung', at: 50, lasts: 450}],
      plan: {stormMs: 550},
    });
    expect(outcome.violation).toBe(null);
    expect(said).toEqual(['0 hung []', '500 waiting []', '501 hung []']);
    expect(outcome.hazards['hung-statement']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('is not to be had twice at once', async () => {
    const {outcome} = await play({
      ...staged(
        {kind: 'hung-statement', on: 'node', at: 50, lasts: 450},
        {kind: 'hung-statement', on: 'node', at: 300, lasts: 700},
      ),
    });
    expect(outcome.violation).toBe(null);
    expect(outcome.hazards['hung-statement']).toEqual({offered: 2, delivered: 1, effective: 1});
  });

  it('that was never asked for hurts nobody', async () => {
    const {outcome, said} = await play({
      nodes: {
        node: async (host, say) => {
          await host.clock.sleep(500);
          say(await rowsOf(await host.disk.open('db', SCHEMA)));
        },
      },
      faults: [{kind: 'hung-statement', on: 'node', at: 50, lasts: 100}],
    });
    expect(said).toEqual(['500 node []']);
    expect(outcome.hazards['hung-statement']?.effective).toBe(0);
  });
});
