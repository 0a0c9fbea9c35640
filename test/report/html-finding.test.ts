/** A finding read back from its page: columns, states as of an event, and what a view selects. */
import {describe, expect, test} from 'vitest';
import {pageData, type ReportData} from '../../src/report/html/data.ts';
import {openFinding, stateAt, stateChange, type Finding} from '../../src/report/html/finding.ts';
import {nearestPosition, Selector, type View} from '../../src/report/html/selection.ts';
import {aPage} from './findings.ts';

const open = (data: ReportData): Finding => openFinding(pageData(data), data.examined.trace.join('\n'));

/** The sample with other events after its boots, and frames to go with them. */
function finding(events: readonly object[], frames: ReportData['examined']['film']['frames'] = []): Finding {
  const data = aPage(90);
  const [header = ''] = data.examined.trace;
  const lines = events.map((event, index) => JSON.stringify({n: index + 1, ...event}));
  const trace = [
    header,
    ...lines,
    JSON.stringify({end: true, n: lines.length, t: 99, digest: '0123456789abcdef'}),
  ];
  const {examined} = data;
  const explanation = {...examined.explanation, slice: [2, 4, 400]};
  return open({...data, examined: {...examined, trace, explanation, film: {...examined.film, frames}}});
}

const timer = (t: number, at: string): object => ({t, k: 'timer', at});

test('columns: nodes as the film has them, a second life after the first, others last', () => {
  const {columns} = finding([timer(0, 'stranger'), timer(0, 'c1~f3'), timer(0, ''), timer(1, 'c2')]);
  expect(columns.map(({id, role}) => `${id} ${role}`)).toEqual([
    's1 server',
    'c1 client',
    'c1~f3 client',
    'c2 client',
    'c3 client',
    'stranger ',
  ]);
});

test('the slice: what is told and exists, and the violation with it', () => {
  const violation = {t: 2, k: 'violation', at: 'c1', claim: 'X', signature: 'X/-/-/-', message: ''};
  const found = finding([timer(0, 'c1'), timer(0, 'c1'), violation, timer(3, 'c2')]);
  expect(found.violation).toBe(2);
  expect([...found.slice]).toEqual([1, 3, 2]);
  expect(finding([timer(0, 'c1'), timer(1, 'c1')]).violation).toBe(1);
});

describe('the state at an event', () => {
  const frames = [
    {event: 1, node: 'c1', state: {n: 1}},
    {event: 4, node: 'c1', state: {n: 2}},
    {event: 6, node: 'c1', state: {n: 3}},
  ];
  const found = finding(
    [timer(0, 'c1'), timer(5, 'c2'), timer(5, 'c1'), timer(5, 'c1'), timer(7, 'c1'), timer(7, 'c1')],
    frames,
  );
  const seen = (node: string, n: number): (number | undefined)[] => {
    const state = stateAt(found, node, n - 1);
    return [state?.frame.event, state?.before?.event];
  };

  test('is the one that the step left which the event is part of', () => {
    expect(seen('c1', 1)).toEqual([1, undefined]);
    // another node's step
    expect(seen('c1', 2)).toEqual([1, undefined]);
    expect(seen('c1', 3)).toEqual([4, 1]);
    expect(seen('c1', 4)).toEqual([4, 1]);
    expect(seen('c1', 5)).toEqual([6, 4]);
    expect(seen('c2', 4)).toEqual([undefined, undefined]);
  });

  test('at the violation is the last there is', () => {
    const late = finding(
      [
        timer(0, 'c1'),
        {t: 1, k: 'violation', at: 'c1', claim: 'X', signature: 'X', message: ''},
        timer(1, 'c2'),
        timer(1, 'c1'),
      ],
      frames,
    );
    expect(stateAt(late, 'c1', late.violation)?.frame.event).toBe(6);
  });

  test('changes before and after it are found', () => {
    expect(stateChange(found, 'c1', 2, 1)).toBe(5);
    expect(stateChange(found, 'c1', 2, -1)).toBe(0);
    expect(stateChange(found, 'c1', 5, 1)).toBeNull();
    expect(stateChange(found, 'c2', 3, 1)).toBeNull();
  });
});

describe('a view', () => {
  const found = open(aPage(150));
  const selector = new Selector(found);
  const all: View = {scope: 'all', hiddenNodes: new Set(), hiddenKinds: new Set(), text: ''};
  const shown = (change: Partial<View>): readonly number[] => selector.select({...all, ...change}).shown;
  const where = (test: (event: Finding['events'][number], index: number) => boolean): number[] =>
    found.events.flatMap((event, index) => (test(event, index) ? [index] : []));

  test('shows the slice or all, less nodes, kinds, and what does not say the text', () => {
    expect(shown({})).toHaveLength(150);
    expect(shown({scope: 'slice'})).toEqual(where((_, index) => found.slice.has(index)));
    expect(shown({hiddenNodes: new Set(['c1', ''])})).toEqual(where(({at}) => at !== 'c1' && at !== ''));
    expect(shown({hiddenKinds: new Set(['sql'])})).toEqual(where(({k}) => k !== 'sql'));
    expect(shown({text: ' TIMEOUT '})).toEqual(
      where(
        event =>
          (event.k === 'fail' && event.code === 'timeout') ||
          (event.k === 'attempt' && event.code === 'timeout'),
      ),
    );
    expect(shown({text: '"n":17,'})).toEqual([16]);
  });

  test('counts what each filter is about, whatever the others leave out', () => {
    const {nodes, kinds} = selector.counts('slice');
    expect(nodes.get('c3') ?? 0).toBe(where(({at}, index) => at === 'c3' && found.slice.has(index)).length);
    expect([...kinds.values()].reduce((sum, count) => sum + count, 0)).toBe(found.slice.size);
    expect(selector.counts('all').nodes.get('s1')).toBe(where(({at}) => at === 's1').length);
  });

  test('knows where each event stands, and which is nearest to one that is not shown', () => {
    const selection = selector.select({...all, hiddenNodes: new Set(['s1', 'c2', 'c3', ''])});
    expect([...selection.positions.slice(0, 6)]).toEqual([-0.5, 0, 0.5, 0.5, 0.5, 1]);
    expect(nearestPosition(selection, 0)).toBe(0);
    expect(nearestPosition(selection, 1)).toBe(0);
    expect(nearestPosition(selection, 2)).toBe(0);
    expect(nearestPosition(selection, 3)).toBe(1);
    expect(nearestPosition(selection, 149)).toBe(selection.shown.length - 1);
    expect(nearestPosition({shown: [], positions: new Float64Array(3)}, 1)).toBe(-1);
  });
});
