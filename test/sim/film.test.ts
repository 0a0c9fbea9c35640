/** The film of a run: it shows what was, bounded, and it changes nothing. */
import {describe, expect, it} from 'vitest';
import {run, type Host, type Json, type System} from '../../src/index.ts';
import {vfs} from '../../scenarios/vfs/system.ts';
import {parseTrace} from '../../src/sim/events.ts';
import type {Film} from '../../src/sim/explanation.ts';
import {ok, planOf, post, systemOf, type Play} from './toys/stage.ts';

async function filmed(play: Play): Promise<{film: Film; trace: readonly string[]}> {
  const {film, trace, violation} = await run(systemOf(play, []), {
    plan: planOf(play),
    film: true,
    trace: true,
  });
  if (film === null || violation !== null) throw new Error(violation?.message ?? 'no film');
  return {film, trace: trace ?? []};
}

const statesOf = (film: Film, node: string): Json[] =>
  film.frames.flatMap(frame => (frame.node === node ? [frame.state] : []));

const SCHEMA = ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB)'];

describe('frames', () => {
  it('show the rows that are committed, each time they change, and the event by which they had', async () => {
    const {film, trace} = await filmed({
      nodes: {
        a: async host => {
          const database = await host.disk.open('book', SCHEMA);
          await database.run('INSERT INTO notes VALUES (2, ?, NULL)', ['two']);
          await database.transaction(async sql => {
            await sql.run('INSERT INTO notes VALUES (1, NULL, ?)', [new Uint8Array([0xff, 0x01])]);
            await host.clock.sleep(5);
            await sql.run('DELETE FROM notes WHERE id = 2');
          });
        },
      },
    });
    const notes = (...rows: Json[]): Json => ({running: true, databases: {book: {notes: rows}}});
    const two = {id: 2, text: 'two', bytes: null};
    expect(film.nodes).toEqual([{id: 'a', role: 'a', place: 'a'}]);
    expect(statesOf(film, 'a')).toEqual([
      {running: true, databases: {}},
      notes(),
      notes(two),
      notes({id: 1, text: null, bytes: '2 bytes: ff01'}),
    ]);
    const commits = parseTrace(trace).events.filter(({k}) => k === 'commit');
    expect(film.frames.slice(-2).map(({event}) => event)).toEqual(commits.map(({n}) => n));
  });

  it('show a crash, and every node of a place that one of them commits to', async () => {
    const writes = async (host: Host): Promise<void> => {
      const database = await host.disk.open('book', SCHEMA);
      if (host.id === 'b') await database.run("INSERT INTO notes VALUES (1, 'one', NULL)");
    };
    const {film} = await filmed({
      nodes: {a: {place: 'shared', script: writes}, b: {place: 'shared', script: writes}},
      faults: [{kind: 'crash', on: 'a', at: 1_000, lasts: 500, arg: 0}],
    });
    const last = {databases: {book: {notes: [{id: 1, text: 'one', bytes: null}]}}};
    expect(statesOf(film, 'b').at(-1)).toEqual({running: true, ...last});
    expect(statesOf(film, 'a').slice(-4)).toEqual([
      {running: true, databases: {book: {notes: []}}},
      {running: true, ...last},
      {running: false, ...last},
      {running: true, ...last},
    ]);
  });

  it('are those of the system where it says what there is to see, as it was then', async () => {
    const seen: {count: number}[] = [];
    const {film} = await filmed({
      nodes: {
        a: async host => {
          const state = {count: 0};
          seen.push(state);
          for (; state.count < 3; state.count += 1) await host.clock.sleep(10);
        },
      },
      system: {
        // the very object that the node goes on working with
        inspect: (_, {up}) => (up ? (seen[0] ?? null) : null),
      },
    });
    expect(statesOf(film, 'a')).toEqual([0, 1, 2, 3].map(count => ({count})));
  });

  it('say so where a look fails', async () => {
    const {film} = await filmed({
      nodes: {a: () => undefined},
      system: {
        inspect: () => {
          throw new TypeError('no such thing');
        },
      },
    });
    expect(statesOf(film, 'a')).toEqual([{'it cannot be inspected': 'TypeError: no such thing'}]);
  });

  it('are bounded, row by row and in all', async () => {
    const {film} = await filmed({
      nodes: {
        a: async host => {
          const database = await host.disk.open('book', SCHEMA);
          const rows = Array.from({length: 230}, (_, index) => index + 1);
          await database.run('INSERT INTO notes SELECT value, ?, NULL FROM json_each(?)', [
            'x'.repeat(5_000),
            JSON.stringify(rows),
          ]);
          for (let turn = 0; turn < 150; turn += 1) {
            await database.run('UPDATE notes SET text = ? WHERE id = 1', [`${turn}`]);
          }
        },
      },
    });
    const shown = statesOf(film, 'a')[2] as {databases: {book: {notes: Json[]}}};
    const {notes} = shown.databases.book;
    expect([notes.length, notes.at(-1)]).toEqual([201, 'and 30 more']);
    expect(notes[0]).toEqual({id: 1, text: `${'x'.repeat(2_000)}… (3000 more characters)`, bytes: null});
    expect(statesOf(film, 'a').at(-1)).toEqual({film: 'it ends here: it has become too long'});
    expect(JSON.stringify(film).length).toBeLessThan(60_000_000);
  });
});

describe('bodies', () => {
  it('are those that were sent, and those that arrived where they are others', async () => {
    const {film} = await filmed({
      nodes: {
        c: async host => {
          const ask = async (path: string, body: string | Uint8Array): Promise<void> => {
            await host.net.request('s', post(path, body), {timeoutMs: 1_000}).catch(() => undefined);
          };
          await ask('/first?page=2', 'hello');
          await ask('/second', new Uint8Array([0xe2, 0x82, 0xac]));
          await ask('/third', new Uint8Array([0x80, 0x81]));
          await ask('/fourth', 'y'.repeat(20_005));
          await ask('/fifth', 'z');
        },
        s: host => host.net.serve(async ({path}) => ok(`you asked for ${path}`)),
      },
      fates: {
        'c>s POST /second #1 res': {delayMs: 1, act: 'not-json'},
        'c>s POST /third #1 req': {delayMs: 1, act: 'lose-request'},
        'c>s POST /fifth #1 req': {delayMs: 1, act: 'http-status', arg: 2},
      },
    });
    expect(film.bodies).toEqual({
      1: {path: 'POST /first?page=2', request: 'hello', answer: 'you asked for /first?page=2'},
      2: {
        request: '€',
        answer: 'you asked for /second',
        arrived: '<!doctype html><title>Sign in to the network</title>',
      },
      3: {request: '2 bytes: 8081'},
      4: {request: `${'y'.repeat(20_000)}… (5 more characters)`, answer: 'you asked for /fourth'},
      5: {request: 'z', arrived: '{"error":"temporarily unavailable"}'},
    });
  });
});

describe('filming', () => {
  it('changes nothing: the same digest over 20 seeds of VFS, with what people want to see of its nodes', async () => {
    const system = vfs as System<never>;
    const names = new Set<string>();
    for (let index = 1; index <= 20; index += 1) {
      const seed = `0x${index.toString(16).padStart(16, '0')}`;
      const plain = await run(system, {seed});
      const {film, digest} = await run(system, {seed, film: true});
      expect([seed, digest]).toEqual([seed, plain.digest]);
      expect(plain.film).toBeNull();
      const nodes = new Map(film?.nodes.map(({id, role}) => [id, role]));
      for (const {node, state} of film?.frames ?? []) {
        for (const name of Object.keys(state as object)) names.add(`${nodes.get(node)}: ${name}`);
        // the text of one node's state stays readable
        expect(JSON.stringify(state).length).toBeLessThan(30_000);
      }
    }
    for (const name of ['cursor', 'queue', 'reconciled', 'next write id', 'grants', 'lifecycle']) {
      expect(names).toContain(`client: ${name}`);
    }
    for (const name of ['end of the feed', 'highest write ids', 'what clients reconciled', 'grants']) {
      expect(names).toContain(`server: ${name}`);
    }
    // a client that is down shows what its disk holds; one that runs knows just that
    expect(names).toContain('client: disk');
    expect(names).not.toContain('client: its disk says');
    expect([...names].filter(name => name.includes('cannot'))).toEqual([]);
  }, 180_000);
});
