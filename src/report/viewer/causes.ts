/** Below the diagram: the nearest plan that passes, and what of the original plan the violation does not need. */
import type {KindNecessity, NearestPass} from '../../sim/explanation.ts';
import {counted, grouped} from '../amounts.ts';
import {button, el} from './dom.ts';
import type {Session} from './session.ts';

export function causes(session: Session): HTMLElement {
  const {nearest, kinds} = session.finding.page.explanation;
  return el(
    'div',
    {class: 'causes'},
    el(
      'section',
      {id: 'nearest'},
      el('h2', {text: 'The nearest plan that passes'}),
      ...nearestPass(session, nearest),
    ),
    el('section', {id: 'kinds'}, el('h2', {text: 'What the original plan had'}), kindTable(kinds)),
  );
}

function nearestPass(session: Session, nearest: NearestPass | null): HTMLElement[] {
  if (nearest === null) {
    return [el('p', {class: 'caption', text: 'None is known: no plan with one step less was seen to pass.'})];
  }
  const {without, event, failing, passing} = nearest;
  const [left, right] = differing(failing ?? '', passing ?? '');
  const has = session.finding.events[event - 1] !== undefined;
  return [
    el(
      'p',
      {},
      'The same plan without ',
      el('b', {text: without.label}),
      ` passes. The two runs part at event ${grouped(event)}:`,
    ),
    el(
      'dl',
      {class: 'parting'},
      el('dt', {text: 'fails'}),
      el('dd', {class: 'removed'}, failing === null ? 'the trace has ended' : left),
      el('dt', {text: 'passes'}),
      el('dd', {class: 'added'}, passing === null ? 'the trace has ended' : right),
    ),
    ...(has ? [button(`Go to event ${grouped(event)}`, () => session.goTo(event - 1))] : []),
  ];
}

/** Two lines with the part in which they differ marked: what is between their equal beginnings and ends. */
function differing(a: string, b: string): readonly [HTMLElement, HTMLElement] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const marked = (text: string): HTMLElement =>
    el(
      'code',
      {},
      text.slice(0, start),
      el('mark', {text: text.slice(start, text.length - end)}),
      text.slice(text.length - end),
    );
  return [marked(a), marked(b)];
}

const VERDICTS = new Map<boolean | null, string>([
  [true, '● necessary'],
  [false, '○ not necessary'],
  [null, 'not examined'],
]);

function kindTable(kinds: readonly KindNecessity[]): HTMLElement {
  if (kinds.length === 0) return el('p', {class: 'caption', text: 'It was not examined.'});
  const order = (necessary: boolean | null): number => (necessary === true ? 0 : necessary === null ? 1 : 2);
  const rows = [...kinds].sort((a, b) => order(a.necessary) - order(b.necessary));
  const idle = kinds.filter(({necessary}) => necessary === false).length;
  return el(
    'div',
    {},
    el('p', {
      text: `${counted(idle, 'kind')} of step can be left out, each by itself, and the claim still breaks.`,
    }),
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...['Kind', 'Steps', 'Needed?'].map(text => el('th', {text})))),
      el(
        'tbody',
        {},
        ...rows.map(({kind, count, necessary}) =>
          el(
            'tr',
            {class: necessary === true ? 'needed' : ''},
            el('td', {}, el('code', {text: kind})),
            el('td', {class: 'number', text: grouped(count)}),
            el('td', {text: VERDICTS.get(necessary) ?? ''}),
          ),
        ),
      ),
    ),
  );
}
