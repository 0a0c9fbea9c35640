/** The panel beside the diagram: what happened at the cursor, and the state of a node as of then. */
import {firstDifference, type Json} from '../../sim/json.ts';
import type {TraceEvent} from '../../sim/events.ts';
import {counted, grouped} from '../amounts.ts';
import {differenceLines} from '../html/difference.ts';
import {stateAt} from '../html/finding.ts';
import {actOf, KIND_MEANINGS, toneOf, wordsOf} from '../html/words.ts';
import {shown} from '../printable.ts';
import {block, button, el, refill} from './dom.ts';
import {lineTree, sideBySide} from './lines.ts';
import type {Session} from './session.ts';

const FOLLOW = '';

export class Panel {
  readonly element = el('aside', {class: 'panel', label: 'At the cursor', id: 'panel'});
  readonly #session: Session;
  readonly #event = el('div');
  readonly #state = el('section', {class: 'state', id: 'state'});
  readonly #raw = el('section', {class: 'raw'});
  /** The node whose state is shown; empty: that of the cursor. */
  #pinned = FOLLOW;
  /** Where the cursor last was at a node. */
  #lastNode: string;
  #folded = true;
  #due = false;

  constructor(session: Session) {
    this.#session = session;
    const {finding} = session;
    this.#lastNode = finding.page.violation.node || (finding.columns[0]?.id ?? '');
    this.element.tabIndex = 0;
    this.element.append(this.#event, this.#state, this.#raw);
    session.listen(() => this.#soon());
    this.#show();
  }

  /** Once a frame is enough, however fast the cursor moves. */
  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#show();
    });
  }

  #show(): void {
    const {finding, cursor} = this.#session;
    const event = finding.events[cursor];
    if (event === undefined) {
      refill(this.#event, el('p', {class: 'quiet', text: 'The trace has no events.'}));
      return;
    }
    if (event.at !== '') this.#lastNode = event.at;
    refill(
      this.#event,
      heading(event),
      cursor === finding.violation && event.k === 'violation' ? this.#violation() : null,
      ...this.#bodies(event),
    );
    this.#showState();
    refill(this.#raw, el('h3', {text: 'Raw event'}), block(finding.lines[cursor] ?? '', 'Raw event'));
  }

  #violation(): HTMLElement {
    const {violation} = this.#session.finding.page;
    const {expected, actual} = violation;
    const section = el('section', {class: 'verdict', id: 'verdict'});
    if (expected === undefined && actual === undefined) return section;
    const first = firstDifference(expected, actual);
    const lines = differenceLines(expected as Json | undefined, actual as Json | undefined, this.#folded);
    section.append(
      el('h3', {text: 'Expected beside actual'}),
      first === null || first.path === '$'
        ? ''
        : el('p', {class: 'caption'}, 'first differs at ', el('code', {text: first.path})),
      expected === undefined || actual === undefined
        ? el('p', {
            class: 'caption',
            text: `${expected === undefined ? 'actual' : 'expected'}: ${shown(expected ?? actual)}`,
          })
        : sideBySide(lines, ['expected', 'actual']),
    );
    return section;
  }

  /** What a message carried: the body of its own leg open, the others folded. */
  #bodies(event: TraceEvent): (HTMLElement | null)[] {
    if (!('x' in event) || event.x === 0) return [];
    const {bodies} = this.#session.finding.page;
    const key = String(event.x);
    const own = Object.hasOwn(bodies, key) ? bodies[key] : undefined;
    if (own === undefined) return [];
    const answers = event.k === 'answer' || event.k === 'receive';
    const changed = own.arrived !== undefined;
    const request = bodyOf('Request body', own.request, !answers);
    const answer = bodyOf(
      changed ? 'Answer body as it was sent' : 'Answer body',
      own.answer,
      answers && !(changed && event.k === 'receive'),
    );
    const arrived = bodyOf('Answer body as it arrived', own.arrived, event.k === 'receive');
    const path = own.path === undefined ? null : el('p', {class: 'path'}, el('code', {text: own.path}));
    if (!answers) return [path, request, answer, arrived];
    return event.k === 'receive' ? [path, arrived, answer, request] : [path, answer, arrived, request];
  }

  #showState(): void {
    const {finding, cursor} = this.#session;
    const node = this.#pinned === FOLLOW ? this.#lastNode : this.#pinned;
    const seen = stateAt(finding, node, cursor);
    const bar = el('div', {class: 'bar'}, el('h3', {text: 'State of'}), this.#picker(node));
    if (seen === null) {
      refill(
        this.#state,
        bar,
        el('p', {class: 'caption', text: `Nothing is known of the state of ${node || 'the world'} by then.`}),
      );
      return;
    }
    const {frame, before} = seen;
    const difference = differenceLines(before?.state, frame.state, this.#folded);
    const {added, removed, changed} = difference;
    const counts = [
      changed === 0 ? '' : `${grouped(changed)} changed`,
      added === 0 ? '' : `${grouped(added)} added`,
      removed === 0 ? '' : `${grouped(removed)} removed`,
    ].filter(text => text !== '');
    const fold = button(
      this.#folded ? 'Unfold' : 'Fold',
      () => {
        this.#folded = !this.#folded;
        this.#show();
        this.#state.querySelector<HTMLElement>('.fold')?.focus();
      },
      {class: 'fold', title: 'Parts that did not change'},
    );
    fold.setAttribute('aria-pressed', String(!this.#folded));
    if (before !== null) bar.append(fold);
    const since =
      before === null
        ? 'the first state known'
        : `since event ${grouped(before.event)}: ${counts.join(', ')}`;
    refill(
      this.#state,
      bar,
      el('p', {class: 'caption', text: `after event ${grouped(frame.event)}; ${since}`}),
      lineTree(difference),
    );
  }

  #picker(node: string): HTMLSelectElement {
    const select = el('select', {label: 'Node whose state is shown', id: 'state-node'});
    const {columns} = this.#session.finding;
    const add = (value: string, text: string): void => {
      const option = el('option', {text});
      option.value = value;
      select.append(option);
    };
    add(FOLLOW, this.#pinned === FOLLOW ? `${node} (at the cursor)` : 'the node at the cursor');
    for (const {id} of columns) add(id, id);
    select.value = this.#pinned;
    select.addEventListener('change', () => {
      this.#pinned = select.value;
      this.#showState();
      document.getElementById('state-node')?.focus();
    });
    return select;
  }
}

function heading(event: TraceEvent): HTMLElement {
  const act = actOf(event);
  return el(
    'header',
    {class: `event ${toneOf(event)}`},
    el(
      'p',
      {class: 'caption'},
      `event ${grouped(event.n)} · ${grouped(event.t)} ms · ${event.at === '' ? 'the world' : event.at}`,
    ),
    el('h2', {title: KIND_MEANINGS[event.k]}, el('b', {text: event.k}), ' ', wordsOf(event)),
    act === '' ? null : el('p', {class: 'badge', text: act}),
  );
}

function bodyOf(title: string, text: string | undefined, open: boolean): HTMLElement | null {
  if (text === undefined) return null;
  const {pretty, form} = formatted(text);
  const details = el(
    'details',
    {class: 'body'},
    el(
      'summary',
      {},
      title,
      el('span', {class: 'count', text: `${form}, ${counted(text.length, 'character')}`}),
    ),
    block(pretty, title),
  );
  details.open = open;
  return details;
}

/** JSON with its parts on lines of their own; anything else as it is. */
function formatted(text: string): {pretty: string; form: string} {
  if (text === '') return {pretty: '(empty)', form: 'text'};
  try {
    return {pretty: JSON.stringify(JSON.parse(text), null, 2), form: 'JSON'};
  } catch {
    return {pretty: text, form: 'text, not JSON'};
  }
}
