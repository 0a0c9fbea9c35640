/** One row of the diagram: when, and what happened in words. Rows are used again for other events as one scrolls. */
import {grouped} from '../amounts.ts';
import type {Finding} from '../html/finding.ts';
import type {Leg} from '../html/messages.ts';
import type {Selection} from '../html/selection.ts';
import {actOf, toneOf, wordsOf} from '../html/words.ts';
import {printable} from '../printable.ts';
import {el} from './dom.ts';
import {ROW} from './ink.ts';

/** Which event a row shows, and how. */
export interface Place {
  readonly position: number;
  readonly index: number;
  readonly chosen: boolean;
  readonly faint: boolean;
}

export class Row {
  readonly element = el('div', {role: 'option'});
  readonly #time = el('span', {class: 'time'});
  readonly #kind = el('b');
  readonly #said = el('span', {class: 'said'});
  readonly #badge = el('span', {class: 'badge'});
  chosen = false;
  #faint = false;
  /** What it shows; a row that shows it already is left alone. */
  #index = -1;
  #selection: Selection | null = null;

  constructor() {
    const words = el('span', {class: 'words'}, this.#kind, this.#badge, this.#said);
    this.element.append(this.#time, words);
  }

  /** Takes the row out of sight, and with it the name of the event that it showed. */
  hide(): void {
    if (this.element.hidden) return;
    this.chosen = false;
    this.#index = -1;
    const {element} = this;
    element.hidden = true;
    element.className = 'row';
    element.removeAttribute('id');
    element.setAttribute('aria-selected', 'false');
  }

  show(finding: Finding, selection: Selection, {position, index, chosen, faint}: Place): void {
    const event = finding.events[index];
    if (event === undefined) return;
    const same = index === this.#index && selection === this.#selection;
    if (same && chosen === this.chosen && faint === this.#faint) return;
    [this.#index, this.#selection, this.chosen, this.#faint] = [index, selection, chosen, faint];
    const {shown} = selection;
    const {element} = this;
    const above = finding.events[shown[position - 1] ?? -1];
    element.hidden = false;
    element.id = `event-${event.n}`;
    element.className = `row ${toneOf(event)}${faint ? ' faint' : ''}${chosen ? ' chosen' : ''}`;
    element.style.transform = `translateY(${position * ROW}px)`;
    element.setAttribute('aria-selected', String(chosen));
    element.setAttribute('aria-posinset', String(position + 1));
    element.setAttribute('aria-setsize', String(shown.length));
    this.#time.textContent = above?.t === event.t ? '' : grouped(event.t);
    this.#kind.textContent = event.at === '' ? event.k : printable(`${event.at} ${event.k}`);
    this.#said.textContent = printable(wordsOf(event));
    this.#badge.textContent = printable(actOf(event) || fateOf(finding, index));
    this.#badge.hidden = this.#badge.textContent === '';
    element.title = [this.#kind, this.#badge, this.#said]
      .map(({textContent}) => textContent)
      .join('  ')
      .trim();
  }
}

const ENDS: Readonly<Record<Leg['end'], string>> = {
  whole: '',
  altered: '',
  lost: 'lost',
  open: 'not arrived by the end',
  refused: 'not taken',
  unheard: 'nobody waits for it',
};

const legsBySender = new WeakMap<Finding, ReadonlyMap<number, Leg>>();

/** What became of what an event sent, where it did not arrive. */
function fateOf(finding: Finding, index: number): string {
  let legs = legsBySender.get(finding);
  if (legs === undefined) {
    legs = new Map(finding.legs.filter(({to}) => to === null).map(leg => [leg.from, leg]));
    legsBySender.set(finding, legs);
  }
  const leg = legs.get(index);
  if (leg === undefined) return '';
  const said = ENDS[leg.end];
  return leg.act === '' ? said : `${said}: ${leg.act}`;
}
