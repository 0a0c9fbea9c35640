/** The minimal plan as tables and as JSON, the commands, and the test: everything that a reader may take away. */
import {compareText, type Json} from '../../sim/json.ts';
import type {Plan} from '../../sim/plan.ts';
import {counted, duration, grouped} from '../amounts.ts';
import type {PageData} from '../html/data.ts';
import {shown} from '../printable.ts';
import {block, el} from './dom.ts';
import {planText} from './head.ts';

export function planSection(page: PageData): HTMLElement {
  const {minimal} = page;
  return el(
    'section',
    {class: 'plan', id: 'plan'},
    el('h2', {text: 'The minimal plan'}),
    el('p', {
      class: 'caption',
      text: `storm ${duration(minimal.stormMs)}, patience ${duration(minimal.patienceMs)}, at most ${grouped(minimal.maxHappenings)} happenings`,
    }),
    ...tables(minimal),
    folded('Plan as JSON', block(planText(page), 'Plan as JSON')),
  );
}

export function reproduce({commands, test}: PageData): HTMLElement {
  const command = (term: string, text: string): HTMLElement[] => [
    el('dt', {text: term}),
    el('dd', {}, block(text, `Command: ${term}`)),
  ];
  return el(
    'section',
    {class: 'reproduce', id: 'reproduce'},
    el('h2', {text: 'Have it again'}),
    el(
      'dl',
      {class: 'commands'},
      ...command('the minimal plan', commands.replay),
      ...command('the seed', commands.run),
      ...command('explain', commands.explain),
    ),
    folded('A test that fails until it is fixed', block(test, 'Test')),
  );
}

const folded = (title: string, content: HTMLElement): HTMLElement =>
  el('details', {class: 'folded'}, el('summary', {text: title}), content);

function tables({operations, faults, fates, weather, world}: Plan): (HTMLElement | null)[] {
  const blowing = Object.entries(weather).filter(([, oneIn]) => oneIn > 0);
  return [
    table(
      counted(operations.length, 'operation'),
      ['at ms', 'id', 'kind', 'target', 'arguments'],
      operations.map(({at, id, kind, target, args}) => [
        at,
        id,
        kind,
        target,
        args === null ? '' : shown(args),
      ]),
    ),
    table(
      counted(faults.length, 'fault'),
      ['at ms', 'id', 'kind', 'target', 'lasts ms', 'strength'],
      faults.map(({at, id, kind, target, lasts, arg}) => [at, id, kind, target, lasts ?? 'for ever', arg]),
    ),
    fates === null
      ? table(
          'Weather: fates are drawn from it',
          ['hazard', 'one in'],
          blowing.sort(([a], [b]) => compareText(a, b)).map(([hazard, oneIn]) => [hazard, oneIn]),
        )
      : table(
          `${counted(Object.keys(fates).length, 'fate')}; all else is calm`,
          ['message or statement', 'what happens', 'takes ms', 'strength'],
          Object.entries(fates)
            .sort(([a], [b]) => compareText(a, b))
            .map(([key, {act, delayMs, arg}]) => [key, act ?? 'on time', delayMs, arg ?? '']),
        ),
    table(
      'World',
      ['member', 'value'],
      Object.entries(world).map(([name, value]: [string, Json]) => [name, shown(value)]),
    ),
  ];
}

/** A table with a caption; numbers stand to the right. Null where there is nothing to tell. */
function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): HTMLElement | null {
  if (rows.length === 0) return null;
  const isNumber = columns.map((_, index) => rows.every(row => typeof row[index] === 'number'));
  const kind = (index: number): string => (isNumber[index] === true ? 'number' : '');
  return el(
    'div',
    {class: 'scrolling'},
    el(
      'table',
      {},
      el('caption', {text: caption}),
      el('thead', {}, el('tr', {}, ...columns.map((text, index) => el('th', {text, class: kind(index)})))),
      el(
        'tbody',
        {},
        ...rows.map(row =>
          el(
            'tr',
            {},
            ...row.map((cell, index) =>
              el('td', {class: kind(index), text: typeof cell === 'number' ? grouped(cell) : cell}),
            ),
          ),
        ),
      ),
    ),
  );
}
