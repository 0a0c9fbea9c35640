/** The SQL port: statements, transactions, and a crash at each of their statements. */
import {describe, expect, it} from 'vitest';
import {DiskError, type Database, type Disk, type Host} from '../../src/index.ts';
import {play, playSound, type Script} from './toys/stage.ts';

const SCHEMA = [
  'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, parent INTEGER REFERENCES item(id) DEFERRABLE INITIALLY DEFERRED)',
];

/** What a statement came to, as a line. */
async function outcomeOf(statement: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await statement) ?? 'undefined';
  } catch (error) {
    return error instanceof DiskError ? `DiskError ${error.code}: ${error.message}` : String(error);
  }
}

const open = (host: Host): ReturnType<Disk['open']> => host.disk.open('db', SCHEMA);
const insert = (id: number): string => `INSERT INTO item (id) VALUES (${id})`;
const ids = async (database: Database): Promise<unknown[]> =>
  (await database.all('SELECT id FROM item ORDER BY id')).map(row => row['id']);

/** Runs one script on one node, and gives back what it said, without times and names. */
async function alone(script: (database: Database, say: (text: string) => void, host: Host) => Promise<void>) {
  const node: Script = async (host, say) => script(await open(host), say, host);
  return (await playSound({nodes: {node}})).map(line => line.split(' ').slice(2).join(' '));
}

describe('statements', () => {
  it('read and write as SQLite does, and say how many rows they wrote', async () => {
    const said = await alone(async (database, say) => {
      say(await outcomeOf(database.run("INSERT INTO item (id, name) VALUES (1, 'a'), (2, ?)", ['b'])));
      say(await outcomeOf(database.get('SELECT id, name FROM item WHERE id = ?', [2])));
      say(await outcomeOf(database.get('SELECT id FROM item WHERE id = 9')));
      say(await outcomeOf(database.all('SELECT id FROM item ORDER BY id DESC')));
      say(await outcomeOf(database.run('UPDATE item SET name = NULL')));
      say(await outcomeOf(database.run('DELETE FROM item WHERE id = 9')));
    });
    expect(said).toEqual([
      '{"changes":2}',
      '{"id":2,"name":"b"}',
      'undefined',
      '[{"id":2},{"id":1}]',
      '{"changes":2}',
      '{"changes":0}',
    ]);
  });

  it('that return rows write as well, whichever way they are asked', async () => {
    const committed: string[] = [];
    const said: string[] = [];
    const {outcome} = await play({
      nodes: {
        node: async host => {
          const database = await open(host);
          said.push(await outcomeOf(database.get('INSERT INTO item (id) VALUES (1), (2) RETURNING id')));
          said.push(await outcomeOf(database.all('DELETE FROM item WHERE id = 1 RETURNING id')));
          said.push(JSON.stringify(await ids(database)));
        },
      },
      system: {
        observe: seen => void (seen.kind === 'commit' && committed.push(seen.database)),
      },
    });
    expect([outcome.violation, said]).toEqual([null, ['{"id":1}', '[{"id":1}]', '[2]']]);
    expect(committed).toEqual(['db', 'db']);
  });

  it('that change the schema are commits, by themselves or in a transaction', async () => {
    const committed: string[] = [];
    const {outcome} = await play({
      nodes: {
        node: async host => {
          const database = await open(host);
          await database.run('CREATE TABLE other (a)');
          await database.transaction(async tx => {
            await tx.run('ALTER TABLE other ADD COLUMN b');
            await tx.run('CREATE INDEX other_a ON other (a)');
          });
          await database.run('DELETE FROM other');
        },
      },
      system: {
        observe: (seen, _, scene) => {
          if (seen.kind === 'commit') {
            const columns = scene.database('node', 'db')?.all("SELECT name FROM pragma_table_info('other')");
            committed.push(String(columns?.map(({name}) => name)));
          }
        },
      },
    });
    expect([outcome.violation, committed]).toEqual([null, ['a', 'a,b']]);
  });

  it('keep bytes and numbers as they are', async () => {
    const rows: unknown[] = [];
    await alone(async database => {
      const bytes = new Uint8Array([1, 2, 255]);
      await database.run('CREATE TABLE kinds (a, b, c, d)');
      await database.run('INSERT INTO kinds VALUES (?, ?, ?, ?)', [bytes, 1_767_225_600_123, 0.5, null]);
      rows.push(await database.get('SELECT * FROM kinds'));
    });
    expect(rows).toEqual([{a: new Uint8Array([1, 2, 255]), b: 1_767_225_600_123, c: 0.5, d: null}]);
  });

  it('that cannot be carried out reject with a code and without the text of the engine', async () => {
    const said = await alone(async (database, say) => {
      await database.run("INSERT INTO item (id, name) VALUES (1, 'a')");
      say(await outcomeOf(database.run("INSERT INTO item (id, name) VALUES (2, 'a')")));
      say(await outcomeOf(database.run('INSERT INTO item (id, parent) VALUES (3, 99)')));
      say(await outcomeOf(database.run('SELECT nothing FROM nowhere')));
      say(await outcomeOf(database.run('INSERT INTO item (id) VALUES (?)', [4, 5])));
      say(await outcomeOf(database.run('INSERT INTO item (id) VALUES (4); DELETE FROM item')));
      say(JSON.stringify(await ids(database)));
    });
    expect(said).toEqual([
      'DiskError constraint: a constraint refused: insert item',
      'DiskError constraint: a constraint refused: insert item',
      'DiskError sql: the statement is not possible: select nowhere',
      'DiskError sql: the statement is not possible: insert item',
      'DiskError sql: the statement is not possible: insert item',
      '[1]',
    ]);
  });

  it.each(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT s', '/* a */ begin immediate'])(
    'that begin or end a transaction are refused: %s',
    async sql => {
      const said = await alone(async (database, say) => {
        say(await outcomeOf(database.run(sql)));
        say(await outcomeOf(database.transaction(async tx => tx.run(insert(1)))));
      });
      expect(said[0]).toMatch(/^DiskError sql: transactions begin and end by transaction\(\)/);
      expect(said[1]).toBe('{"changes":1}');
    },
  );

  it('may use savepoints within a transaction', async () => {
    const said = await alone(async (database, say) => {
      await database.transaction(async tx => {
        await tx.run(insert(1));
        await tx.run('SAVEPOINT s');
        await tx.run(insert(2));
        say(await outcomeOf(tx.run('ROLLBACK TO s')));
        await tx.run('RELEASE s');
      });
      say(JSON.stringify(await ids(database)));
    });
    expect(said[1]).toBe('[1]');
  });
});

describe('a database', () => {
  it('is created once with its schema, and found again by the next life', async () => {
    const said = await playSound({
      nodes: {
        node: async (host, say) => {
          const database = await open(host);
          say(JSON.stringify(await ids(database)));
          await database.run('INSERT INTO item (id) SELECT 1 + COUNT(*) FROM item');
        },
      },
      faults: [
        {kind: 'crash', on: 'node', at: 100, lasts: 10, arg: 0},
        {kind: 'crash', on: 'node', at: 200, lasts: 10, arg: 0},
      ],
    });
    expect(said).toEqual(['0 node []', '110 node [1]', '210 node [1,2]']);
  });

  it('whose schema is wrong is not created', async () => {
    const said = await playSound({
      nodes: {
        node: async (host, say) => {
          say(await outcomeOf(host.disk.open('db', ['CREATE TABLE a (x)', 'CREATE TABEL b (x)'])));
          const database = await host.disk.open('db', ['CREATE TABLE c (x)']);
          say(JSON.stringify(await database.all('SELECT name FROM sqlite_schema')));
        },
      },
    });
    expect(said).toEqual([
      '0 node DiskError sql: the statement is not possible: create',
      '0 node [{"name":"c"}]',
    ]);
  });

  it('belongs to a place: nodes of one place share it, others do not see it', async () => {
    const shared = {role: 'x', place: 'shelf'};
    const writer: Script = async host => void (await (await open(host)).run(insert(1)));
    const reader: Script = async (host, say) => {
      await host.clock.sleep(10);
      say(JSON.stringify(await ids(await open(host))));
    };
    const said = await playSound({
      nodes: {a: {...shared, script: writer}, b: {...shared, script: reader}, c: reader},
    });
    expect(said).toEqual(['10 b [1]', '10 c []']);
  });
});

describe('a transaction', () => {
  it('is committed when its body settles, and rolled back when it rejects', async () => {
    const said = await alone(async (database, say) => {
      say(await outcomeOf(database.transaction(async tx => (await tx.run(insert(1))) && 'done')));
      const failing = database.transaction(async tx => {
        await tx.run(insert(2));
        throw new Error('changed my mind');
      });
      say(await outcomeOf(failing));
      say(JSON.stringify(await ids(database)));
    });
    expect(said).toEqual(['"done"', 'Error: changed my mind', '[1]']);
  });

  it('of which one statement failed is the decision of its body', async () => {
    const said = await alone(async (database, say) => {
      await database.run(insert(1));
      await database.transaction(async tx => {
        await tx.run(insert(2));
        say(await outcomeOf(tx.run(insert(1))));
        await tx.run(insert(3));
      });
      say(JSON.stringify(await ids(database)));
      say(await outcomeOf(database.transaction(async tx => (await tx.run(insert(4)), tx.run(insert(1))))));
      say(JSON.stringify(await ids(database)));
    });
    expect(said).toEqual([
      'DiskError constraint: a constraint refused: insert item',
      '[1,2,3]',
      'DiskError constraint: a constraint refused: insert item',
      '[1,2,3]',
    ]);
  });

  it('whose commit a deferred constraint refuses is rolled back', async () => {
    const said = await alone(async (database, say) => {
      say(
        await outcomeOf(
          database.transaction(async tx => tx.run('INSERT INTO item (id, parent) VALUES (1, 99)')),
        ),
      );
      say(JSON.stringify(await ids(database)));
      say(await outcomeOf(database.transaction(async tx => tx.run(insert(2)))));
    });
    expect(said).toEqual(['DiskError constraint: a constraint refused: commit', '[]', '{"changes":1}']);
  });

  it('that the engine itself rolled back ends as a failure', async () => {
    const said = await alone(async (database, say) => {
      await database.run(insert(1));
      const body = database.transaction(async tx => {
        await tx.run(insert(2));
        await tx.run('INSERT OR ROLLBACK INTO item (id) VALUES (1)');
      });
      say(await outcomeOf(body));
      say(JSON.stringify(await ids(database)));
      say(await outcomeOf(database.transaction(async tx => tx.run(insert(3)))));
    });
    expect(said).toEqual(['DiskError constraint: a constraint refused: insert item', '[1]', '{"changes":1}']);
  });

  it('refuses statements after it is over', async () => {
    const said = await alone(async (database, say) => {
      let kept: Parameters<Parameters<Database['transaction']>[0]>[0] | null = null;
      await database.transaction(async tx => {
        kept = tx;
      });
      say(await outcomeOf((kept as unknown as Database).run(insert(1))));
      say(await outcomeOf((kept as unknown as Database).get('SELECT 1')));
      const other = async () => outcomeOf((kept as unknown as Database).run(insert(1)));
      say(await database.transaction(other));
      say(JSON.stringify(await ids(database)));
    });
    expect(said).toEqual([
      'DiskError sql: the transaction is over: insert item',
      'DiskError sql: the transaction is over: select',
      'DiskError sql: the transaction is over: insert item',
      '[]',
    ]);
  });

  it('of one node keeps that of another on the same place waiting', async () => {
    const rounds: Script = async (host, say) => {
      const database = await open(host);
      for (let round = 0; round < 3; round += 1) {
        await database.transaction(async tx => {
          const before = Number((await tx.get('SELECT COUNT(*) AS n FROM item'))?.['n']);
          await host.clock.sleep(10);
          await tx.run(insert(before + 1));
          say(`adds ${before + 1}`);
        });
      }
    };
    const said = await playSound({
      nodes: {a: {role: 'x', place: 'shelf', script: rounds}, b: {role: 'x', place: 'shelf', script: rounds}},
    });
    expect(said.map(line => line.split(' ').slice(2).join(' '))).toEqual(
      [1, 2, 3, 4, 5, 6].map(n => `adds ${n}`),
    );
    expect(new Set(said.map(line => line.split(' ')[1]))).toEqual(new Set(['a', 'b']));
  });

  it('keeps statements outside of it waiting, and hides itself from claims while it is open', async () => {
    const seen = new Set<string>();
    const said = await alone(async (database, say, host) => {
      const changing = database.transaction(async tx => {
        await tx.run(insert(1));
        await host.clock.sleep(50);
        await tx.run(insert(2));
      });
      await host.clock.sleep(10);
      say(JSON.stringify(await ids(database)));
      await changing;
    });
    expect(said).toEqual(['[1,2]']);
    await play({
      nodes: {
        node: async host => {
          const database = await open(host);
          await database.transaction(async tx => {
            await tx.run(insert(1));
            await host.clock.sleep(50);
            host.probe('in between');
            await tx.run(insert(2));
          });
        },
      },
      system: {
        claims: [
          {
            id: 'SEEN',
            sentence: 'it is seen',
            when: 'always',
            check: scene => {
              const rows = scene.database('node', 'db')?.all('SELECT id FROM item ORDER BY id');
              seen.add(rows === undefined ? 'closed' : String(rows.map(row => row['id'])));
              return 'holds';
            },
          },
        ],
      },
    });
    expect(seen).toEqual(new Set(['closed', '1,2']));
  });

  it('of a life that is over is rolled back, and whoever waits goes on', async () => {
    const {outcome, said} = await play({
      nodes: {
        holder: {
          role: 'x',
          place: 'shelf',
          script: async (host, say) => {
            const database = await open(host);
            say(JSON.stringify(await ids(database)));
            await database.transaction(async tx => {
              await tx.run(insert(1));
              await host.clock.sleep(1_000_000);
            });
          },
        },
        waiter: {
          role: 'x',
          place: 'shelf',
          script: async (host, say) => {
            await host.clock.sleep(10);
            const database = await open(host);
            await database.run(insert(7));
            say(JSON.stringify(await ids(database)));
          },
        },
      },
      faults: [{kind: 'crash', on: 'holder', at: 500, lasts: 1_000_000, arg: 0}],
      plan: {stormMs: 600},
    });
    expect(outcome.violation).toBe(null);
    expect(said.slice(0, 2)).toEqual(['0 holder []', '500 waiter [7]']);
  });
});

const KEY = 'node sql node/db';

describe('a crash at a statement', () => {
  /** Two rows in one transaction, then a third by itself; then the next life says what it finds. */
  const writing: Script = async (host, say) => {
    const database = await open(host);
    const found = await ids(database);
    if (found.length > 0 || host.clock.now() % 1_000 > 0) {
      say(JSON.stringify(found));
      return;
    }
    await database.transaction(async tx => {
      await tx.run(insert(1));
      await tx.run('UPDATE item SET name = ? WHERE id = 1', ['a']);
      await tx.run(insert(2));
    });
    await database.run(insert(3));
    say('all written');
    host.clock.after(500, () => undefined);
  };

  const crashed = async (statement: string, act: string): Promise<readonly string[]> =>
    playSound({nodes: {node: writing}, fates: {[`${KEY} ${statement}`]: {delayMs: 0, act, arg: 77}}});

  it.each([
    ['open #1', '[]', '[]'],
    ['select item #1', '[]', '[]'],
    ['begin #1', '[]', '[]'],
    ['insert item #1', '[]', '[]'],
    ['update item #1', '[]', '[]'],
    ['insert item #2', '[]', '[]'],
    ['commit #1', '[]', '[1,2]'],
    ['insert item #3', '[1,2]', '[1,2,3]'],
  ])('%s leaves all of its transaction or nothing', async (statement, before, after) => {
    expect(await crashed(statement, 'crash-before')).toEqual([`77 node ${before}`]);
    expect(await crashed(statement, 'crash-after')).toEqual([`77 node ${after}`]);
  });

  it.each([
    [1, 'before-commit', '[]'],
    [2, 'after-commit', '[1,2]'],
  ])('armed by a fault strikes next to the next commit (%s: %s)', async (arg, moment, found) => {
    const {outcome, said} = await play({
      nodes: {
        node: async (host, say) => {
          const database = await open(host);
          say(JSON.stringify(await ids(database)));
          await host.clock.sleep(100);
          await database.transaction(async tx => {
            await tx.run(insert(1));
            await host.clock.sleep(10);
            await tx.run(insert(2));
          });
          say('written');
        },
      },
      faults: [{kind: 'crash', on: 'node', at: 60, lasts: 200, arg}],
      plan: {stormMs: 250},
      trace: true,
    });
    expect(outcome.trace?.filter(line => line.includes(`f1 ${moment}`))).toHaveLength(1);
    // down for half of what the fault lasts
    expect(said).toEqual(['0 node []', `210 node ${found}`]);
    expect(outcome.hazards['crash']).toEqual({offered: 1, delivered: 1, effective: 1});
  });
});

describe('a statement that fails', () => {
  it.each([
    [1, 'busy'],
    [2, 'full'],
    [3, 'io'],
  ])('by chance rejects and changes nothing (%s: %s)', async (arg, code) => {
    const {outcome, said} = await play({
      nodes: {
        node: async (host, say) => {
          const database = await open(host);
          say(
            await outcomeOf(database.transaction(async tx => (await tx.run(insert(1)), tx.run(insert(2))))),
          );
          say(await outcomeOf(database.run(insert(3))));
          say(JSON.stringify(await ids(database)));
        },
      },
      fates: {[`${KEY} insert item #2`]: {delayMs: 0, act: 'failed-statement', arg}},
    });
    expect(said).toEqual([
      `0 node DiskError ${code}: the disk failed: ${code}: insert item`,
      '0 node {"changes":1}',
      '0 node [3]',
    ]);
    expect(outcome.hazards['failed-statement']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it.each(['begin #1', 'commit #1'])('at %s leaves nothing open behind it', async statement => {
    const said = await playSound({
      nodes: {
        node: async (host, say) => {
          const database = await open(host);
          say(await outcomeOf(database.transaction(async tx => tx.run(insert(1)))));
          say(await outcomeOf(database.transaction(async tx => tx.run(insert(2)))));
          say(JSON.stringify(await ids(database)));
        },
      },
      fates: {[`${KEY} ${statement}`]: {delayMs: 0, act: 'failed-statement', arg: 1}},
    });
    expect(said).toEqual([
      `0 node DiskError busy: the disk failed: busy: ${statement.split(' ')[0]}`,
      '0 node {"changes":1}',
      '0 node [2]',
    ]);
  });

  it('in a boot makes the node boot again a second later', async () => {
    const {outcome, said} = await play({
      nodes: {
        node: {
          boot: async (host, say) => {
            await open(host);
            say('booted');
          },
        },
      },
      fates: {[`${KEY} open #1`]: {delayMs: 0, act: 'failed-statement', arg: 1}},
    });
    expect([outcome.violation, said]).toEqual([null, ['1000 node booted']]);
  });
});

describe('a statement that is slow', () => {
  it('takes its time and keeps a transaction open', async () => {
    const {outcome, said} = await play({
      nodes: {
        node: async (host, say) => {
          const database = await open(host);
          const slow = database.transaction(async tx => tx.run(insert(1)));
          await host.clock.sleep(10);
          say(JSON.stringify(await ids(database)));
          await slow;
        },
      },
      fates: {[`${KEY} insert item #1`]: {delayMs: 300, act: 'slow-statement', arg: 300}},
    });
    expect(said).toEqual(['300 node [1]']);
    expect(outcome.hazards['slow-statement']?.effective).toBe(1);
  });
});
