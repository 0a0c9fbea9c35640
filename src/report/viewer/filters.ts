/** The bar above the diagram: slice or all, nodes, kinds, text; each says how many events it is about. */
import {counted, grouped} from '../amounts.ts';
import {KIND_GROUPS, KIND_MEANINGS, toneOf} from '../html/words.ts';
import type {TraceKind} from '../../sim/trace.ts';
import {button, el, fill} from './dom.ts';
import {drawShape} from './glyphs.ts';
import {colourOf} from './ink.ts';
import type {Session} from './session.ts';
import {onPaletteChange, palette} from './theme.ts';

/** Builds the bar; it follows the session from then on. */
export function filters(session: Session): HTMLElement {
  return el(
    'div',
    {class: 'filters', role: 'group', label: 'What the diagram shows'},
    scopeSwitch(session),
    nodeBoxes(session),
    kindBoxes(session),
    textFilter(session),
    tally(session),
  );
}

function scopeSwitch(session: Session): HTMLElement {
  const {finding} = session;
  const choices = [
    {scope: 'slice', label: 'Causal slice', count: finding.slice.size},
    {scope: 'all', label: 'All', count: finding.events.length},
  ] as const;
  const buttons = choices.map(({scope, label, count}) => {
    const choice = button(label, () => session.change({scope}), {id: `scope-${scope}`});
    choice.disabled = count === 0;
    fill(choice, el('span', {class: 'count', text: grouped(count)}));
    return choice;
  });
  const follow = (): void =>
    choices.forEach(({scope}, index) =>
      buttons[index]?.setAttribute('aria-pressed', String(session.view.scope === scope)),
    );
  onView(session, follow);
  follow();
  return el('div', {class: 'switch', role: 'group', label: 'Events'}, ...buttons);
}

interface Box {
  readonly element: HTMLLabelElement;
  readonly input: HTMLInputElement;
  readonly count: HTMLElement;
}

/** Counts and choices stay as they are while the cursor moves. */
function onView(session: Session, follow: () => void): void {
  session.listen(change => {
    if (change === 'view') follow();
  });
}

/** A check box with a name and a count. */
function box(name: Node, label: string, id: string, onChange: (on: boolean) => void): Box {
  const input = el('input');
  input.type = 'checkbox';
  input.dataset['filter'] = id;
  input.addEventListener('change', () => onChange(input.checked));
  const count = el('span', {class: 'count'});
  return {element: el('label', {class: 'box', title: label}, input, name, count), input, count};
}

function toggled(set: ReadonlySet<string>, id: string, shown: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (shown) next.delete(id);
  else next.add(id);
  return next;
}

function nodeBoxes(session: Session): HTMLElement {
  const {finding} = session;
  const hasWorld = finding.events.some(({at}) => at === '');
  const ids = [...finding.columns.map(({id}) => id), ...(hasWorld ? [''] : [])];
  const boxes = ids.map(id => {
    const name = id === '' ? 'world' : id;
    return box(el('span', {class: 'name', text: name}), `events of ${name}`, `node ${id}`, on =>
      session.change({hiddenNodes: toggled(session.view.hiddenNodes, id, on)}),
    );
  });
  const follow = (): void => {
    const {nodes} = session.counts();
    ids.forEach((id, index) => {
      const {input, count} = boxes[index] as Box;
      input.checked = !session.view.hiddenNodes.has(id);
      count.textContent = grouped(nodes.get(id) ?? 0);
    });
  };
  onView(session, follow);
  follow();
  return el('div', {class: 'boxes', role: 'group', label: 'Nodes'}, ...boxes.map(({element}) => element));
}

function kindBoxes(session: Session): HTMLElement {
  const present = new Set<TraceKind>(session.finding.events.map(({k}) => k));
  const boxes = new Map<TraceKind, Box>();
  const groups = KIND_GROUPS.map(({title, kinds}) => {
    const own = kinds
      .filter(kind => present.has(kind))
      .map(kind => {
        const made = box(
          el('span', {class: 'name'}, swatch(session, kind), kind),
          KIND_MEANINGS[kind],
          `kind ${kind}`,
          on => session.change({hiddenKinds: toggled(session.view.hiddenKinds, kind, on)}),
        );
        boxes.set(kind, made);
        return made.element;
      });
    return own.length === 0
      ? null
      : el('div', {role: 'group', label: title}, el('h4', {text: title}), ...own);
  });
  const summary = el('summary', {text: 'Kinds'});
  const hidden = el('span', {class: 'count'});
  summary.append(hidden);
  const follow = (): void => {
    const {kinds} = session.counts();
    let off = 0;
    for (const [kind, {input, count}] of boxes) {
      const events = kinds.get(kind) ?? 0;
      input.checked = !session.view.hiddenKinds.has(kind);
      if (!input.checked && events > 0) off += 1;
      count.textContent = grouped(events);
    }
    hidden.textContent = off === 0 ? 'all' : `${off} hidden`;
  };
  onView(session, follow);
  follow();
  const every = button('Show every kind', () => session.change({hiddenKinds: new Set()}));
  const details = el('details', {class: 'kinds'}, summary, el('div', {class: 'sheet'}, ...groups, every));
  closeOutside(details);
  return details;
}

/** A sheet that lies over other things closes when one turns to those. */
function closeOutside(details: HTMLDetailsElement): void {
  document.addEventListener('pointerdown', event => {
    if (event.target instanceof Node && !details.contains(event.target)) details.open = false;
  });
  details.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !details.open) return;
    details.open = false;
    details.querySelector('summary')?.focus();
  });
}

const SIZE = 20;

/** The mark of a kind as the diagram draws it. */
function swatch(session: Session, kind: TraceKind): HTMLCanvasElement {
  const canvas = el('canvas', {class: 'swatch'});
  canvas.setAttribute('aria-hidden', 'true');
  const event = session.finding.events.find(({k}) => k === kind);
  const paint = (): void => {
    const sharp = window.devicePixelRatio;
    canvas.width = canvas.height = Math.ceil(SIZE * sharp);
    const ink = canvas.getContext('2d');
    if (ink === null || event === undefined) return;
    const colours = palette();
    ink.scale(sharp, sharp);
    drawShape(ink, kind, [SIZE / 2, SIZE / 2], {
      colour: colourOf(toneOf(event), colours),
      paper: colours.paper,
    });
  };
  paint();
  onPaletteChange(paint);
  return canvas;
}

function textFilter(session: Session): HTMLElement {
  const input = el('input', {label: 'Only events that say', id: 'text-filter'});
  input.type = 'search';
  input.placeholder = 'Filter by text  /';
  input.spellcheck = false;
  input.autocomplete = 'off';
  input.addEventListener('input', () => session.change({text: input.value}));
  onView(session, () => {
    if (input.value !== session.view.text) input.value = session.view.text;
  });
  return input;
}

/** Says in words how much is shown. */
function tally(session: Session): HTMLElement {
  const output = el('output', {id: 'tally'});
  const follow = (): void => {
    const {shown} = session.selection;
    const {finding, view} = session;
    const total = view.scope === 'slice' ? finding.slice.size : finding.events.length;
    const of = view.scope === 'slice' ? `${grouped(total)} in the slice` : counted(total, 'event');
    output.textContent = shown.length === total ? of : `${grouped(shown.length)} of ${of}`;
  };
  onView(session, follow);
  follow();
  return output;
}
