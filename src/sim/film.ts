/** Films a run: the state of its nodes after each happening, and the bodies of its messages. It looks, and changes nothing. */
import type {Body, HttpRequest, SqlValue} from '../host.ts';
import type {Film, FilmedBodies, Frame} from './explanation.ts';
import {compareText, type Json} from './json.ts';
import type {SimNode} from './life.ts';
import type {Observation, System} from './system.ts';
import type {World} from './world.ts';

const LONGEST_BODY = 20_000;
const LONGEST_VALUE = 2_000;
const MOST_ROWS = 200;
/** Text of all frames together: no film outgrows the memory of whoever shows it. */
const LONGEST_FILM = 48_000_000;

type Bodies = {-readonly [K in keyof FilmedBodies]: FilmedBodies[K]};

export class Camera {
  readonly #frames: Frame[] = [];
  /** What the latest frame of each node shows, as text. */
  readonly #shown = new Map<string, string>();
  readonly #bodies = new Map<number, Bodies>();
  readonly #numbers = new WeakMap<HttpRequest, number>();
  #exchanges = 0;
  #events = 0;
  #length = 0;

  /** The same system, with the camera looking over its shoulder: a world made of it is filmed. */
  watching(system: System): System {
    return {
      ...system,
      observe: (observation, ledger, scene) => {
        this.#observe(observation);
        system.observe?.(observation, ledger, scene);
      },
    };
  }

  #observe(observation: Observation): void {
    if (observation.kind === 'sent') {
      // one is told for each exchange, in the order of their numbers
      this.#exchanges += 1;
      this.#numbers.set(observation.request, this.#exchanges);
      this.#bodies.set(this.#exchanges, requestText(observation.request));
    }
    if (observation.kind === 'response') {
      const bodies = this.#bodies.get(observation.exchange);
      if (bodies !== undefined) bodies.answer ??= bodyText(observation.response.body);
    }
    if (observation.kind === 'answer' && observation.answer.kind === 'http') {
      const bodies = this.#bodies.get(this.#numbers.get(observation.request) ?? 0);
      const arrived = bodyText(observation.answer.response.body);
      if (bodies !== undefined && bodies.answer !== arrived) bodies.arrived = arrived;
    }
  }

  /** Looks at the nodes that the happening just done may have changed. */
  look(world: World): void {
    const {core, nodes} = world;
    const {touched, committed} = core;
    const {count} = core.trace;
    const told = count > this.#events;
    this.#events = count;
    if (touched === null) {
      // what happens to the world is told where it changes a node
      if (told) for (const node of nodes.values()) this.#frame(world, node);
      return;
    }
    for (const node of nodes.values()) {
      const shares = committed.some(({place}) => place === node.place);
      if (node.id === touched || shares) this.#frame(world, node);
    }
  }

  #frame(world: World, node: SimNode): void {
    if (node.gone || this.#length > LONGEST_FILM) return;
    const state = inspected(world, node);
    if (state === null) return;
    const text = JSON.stringify(state);
    if (this.#shown.get(node.id) === text) return;
    this.#shown.set(node.id, text);
    this.#length += text.length;
    const full = this.#length > LONGEST_FILM ? {film: 'it ends here: it has become too long'} : null;
    this.#frames.push({
      event: world.core.trace.count,
      node: node.id,
      // as it is now: a state is often made of what the node goes on working with
      state: full ?? (JSON.parse(text) as Json),
    });
  }

  film(world: World): Film {
    const nodes = [...world.nodes.values()].map(({id, spec, place}) => ({id, role: spec.role, place}));
    const bodies = Object.fromEntries([...this.#bodies].map(([x, texts]) => [String(x), {...texts}]));
    return {nodes, frames: this.#frames, bodies};
  }
}

/** What there is to see of a node; null where nothing can be seen at the moment. */
function inspected(world: World, node: SimNode): Json | null {
  const {system, scene} = world;
  if (system.inspect === undefined) return committedRows(world, node);
  const view = scene.node(node.id);
  if (view === undefined) return null;
  try {
    return system.inspect(scene, view);
  } catch (error) {
    // a look that fails tells something of the look, and nothing of the run
    return {'it cannot be inspected': String(error)};
  }
}

/** Whether a node runs, and all rows of its databases; null while a transaction is open on one of them. */
function committedRows(world: World, node: SimNode): Json | null {
  const files = world.storage.filesOf(node.place);
  if (files.some(({holder}) => holder !== null)) return null;
  const databases = files.map(({name, sqlite}): [string, Json] => {
    const tables = sqlite
      .all(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`, [])
      .map(row => String(row['name']))
      .sort(compareText);
    return [
      name,
      Object.fromEntries(
        tables.map(table => {
          const rows = sqlite.all(`SELECT * FROM "${table.replaceAll('"', '""')}"`, []);
          return [table, bounded(rows.map(rowJson))];
        }),
      ),
    ];
  });
  return {running: node.life?.booted === true, databases: Object.fromEntries(databases)};
}

const rowJson = (row: Readonly<Record<string, SqlValue>>): Json =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, valueJson(value)]));

function valueJson(value: SqlValue): Json {
  if (typeof value === 'string') return clipped(value, LONGEST_VALUE);
  return value === null || typeof value === 'number' ? value : clipped(bodyText(value), LONGEST_VALUE);
}

/** The rows in the order of their text, at most so many. */
function bounded(rows: readonly Json[]): Json {
  const sorted = rows
    .map(row => ({row, text: JSON.stringify(row)}))
    .sort((a, b) => compareText(a.text, b.text))
    .map(({row}) => row);
  const more = sorted.length - MOST_ROWS;
  return more > 0 ? [...sorted.slice(0, MOST_ROWS), `and ${more} more`] : sorted;
}

function requestText({method, path, body}: HttpRequest): Bodies {
  const line = path.includes('?') ? {path: clipped(`${method} ${path}`, LONGEST_BODY)} : {};
  return {...line, request: bodyText(body)};
}

/** A body as text: bytes that are no UTF-8 as hexadecimal digits. */
function bodyText(body: Body): string {
  if (typeof body === 'string') return clipped(body, LONGEST_BODY);
  try {
    return clipped(new TextDecoder('utf-8', {fatal: true}).decode(body), LONGEST_BODY);
  } catch {
    const digits = Array.from(body.subarray(0, LONGEST_BODY / 2), byte => byte.toString(16).padStart(2, '0'));
    return `${body.length} bytes: ${digits.join('')}${body.length > digits.length ? '…' : ''}`;
  }
}

const clipped = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length - longest} more characters)`;
