/** Lines of a difference as elements: marks by sign, colour and word; long ones grow on demand. */
import type {DiffLine, DiffLines, Mark} from '../html/difference.ts';
import {grouped} from '../amounts.ts';
import {button, el} from './dom.ts';

/** So many lines are shown at first: building more would be felt while stepping. */
const MOST_LINES = 300;

const SIGNS: Readonly<Record<Mark, string>> = {same: ' ', added: '+', removed: '−', changed: '~'};

/** A tree of lines, what changed marked. */
export const lineTree = ({lines}: DiffLines): HTMLElement =>
  grown(el('div', {class: 'tree'}), lines, line => [lineOf(line, line.mark, valueOf(line))]);

/** The same lines twice: what was expected beside what was there. */
export function sideBySide({lines}: DiffLines, titles: readonly [string, string]): HTMLElement {
  const table = el('div', {class: 'sides'}, ...titles.map(text => el('h4', {text})));
  return grown(table, lines, line => {
    const {mark} = line;
    const left = mark === 'added' ? el('div', {class: 'line void'}) : null;
    const right = mark === 'removed' ? el('div', {class: 'line void'}) : null;
    return [
      left ?? lineOf(line, mark === 'same' ? 'same' : 'removed', [valueText(line.was ?? line.text, line)]),
      right ?? lineOf(line, mark === 'same' ? 'same' : 'added', [valueText(line.text, line)]),
    ];
  });
}

/** Puts the first lines into an element, and a button for the rest. */
function grown(
  element: HTMLElement,
  lines: readonly DiffLine[],
  cells: (line: DiffLine) => readonly HTMLElement[],
): HTMLElement {
  element.append(...lines.slice(0, MOST_LINES).flatMap(cells));
  const rest = lines.slice(MOST_LINES);
  if (rest.length === 0) return element;
  const more = button(`Show ${grouped(rest.length)} more lines`, () => {
    more.replaceWith(...rest.flatMap(cells));
  });
  element.append(more);
  return element;
}

function lineOf({depth, name}: DiffLine, mark: Mark, value: readonly Node[]): HTMLElement {
  const line = el(
    'div',
    {class: `line ${mark}`},
    el('span', {class: 'sign', text: SIGNS[mark]}),
    el('span', {class: 'key', text: name}),
    el('span', {class: 'value'}, ...value),
  );
  if (mark !== 'same') line.title = mark;
  line.style.setProperty('--depth', String(depth));
  return line;
}

const valueText = (text: string, {summary}: DiffLine): HTMLElement =>
  el('span', {class: summary ? 'summary' : 'scalar', text});

const valueOf = (line: DiffLine): Node[] =>
  line.was === null
    ? [valueText(line.text, line)]
    : [el('del', {text: line.was}), el('span', {class: 'arrow', text: ' → '}), el('ins', {text: line.text})];
