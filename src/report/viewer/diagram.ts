/** The space-time diagram: rows of events as text, and beside them the drawing; only what is in sight is there. */
import type {Column} from '../html/finding.ts';
import {el, refill} from './dom.ts';
import {Drawing, exchangeOf, ROW, type Geometry} from './ink.ts';
import {Row} from './rows.ts';
import type {Session} from './session.ts';
import {onPaletteChange, palette} from './theme.ts';

/** Width of the times at the left, px; bounds of a column; what the words need at least. */
const TIMES = 74;
const COLUMN: readonly [number, number] = [50, 104];
const WORDS = 320;
/** Rows that are drawn above and below those in sight, so that scrolling does not draw every time. */
const SPARE = 24;
/** Rows that stay between the cursor and the edge. */
const MARGIN = 2;

export class Diagram {
  readonly element: HTMLElement;
  readonly #session: Session;
  readonly #scroller = el('div', {class: 'scroller'});
  readonly #heads = el('div', {class: 'heads'});
  readonly #track = el('div', {class: 'track'});
  readonly #list = el('div', {class: 'rows', role: 'listbox', label: 'Events', id: 'events'});
  readonly #canvas = el('canvas', {class: 'ink'});
  readonly #nothing = el('p', {class: 'nothing', text: 'No event fits the filters.'});
  readonly #rows: Row[] = [];
  #colours = palette();
  #drawing: Drawing;
  #geometry: Geometry = {columns: new Map(), left: 0, right: 0};
  /** The exchange that stands out. */
  #chosen = 0;
  /** Rows that are drawn: from, and up to but without to. */
  #window = {from: 0, to: 0};

  constructor(session: Session) {
    this.#session = session;
    this.#drawing = new Drawing(session.finding, session.selection);
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#list.tabIndex = 0;
    this.#heads.setAttribute('aria-hidden', 'true');
    this.#track.append(this.#list, this.#canvas, this.#nothing);
    this.#scroller.append(this.#heads, this.#track);
    this.element = this.#scroller;
    this.#scroller.addEventListener('scroll', () => this.#follow(), {passive: true});
    this.#list.addEventListener('click', event => this.#pick(event));
    new ResizeObserver(() => this.#layOut()).observe(this.#scroller);
    onPaletteChange(() => {
      this.#colours = palette();
      this.#paint();
    });
    session.listen(change => {
      if (change === 'view') {
        this.#drawing = new Drawing(session.finding, session.selection);
        this.#layOut();
      } else {
        this.#paintRows();
        if (this.#exchange() !== this.#chosen) this.#paintInk();
      }
      this.#reveal();
    });
  }

  /** Puts the keyboard here. */
  focus(): void {
    this.#list.focus({preventScroll: true});
  }

  /** How many rows are in sight at once. */
  get page(): number {
    return Math.max(1, Math.floor(this.#sight() / ROW) - 1);
  }

  #sight(): number {
    return this.#scroller.clientHeight - this.#heads.offsetHeight;
  }

  #columns(): readonly Column[] {
    const {hiddenNodes} = this.#session.view;
    return this.#session.finding.columns.filter(({id}) => !hiddenNodes.has(id));
  }

  /** Sizes everything for the room there is, and draws. */
  #layOut(): void {
    const columns = this.#columns();
    const room = this.#scroller.clientWidth - TIMES - WORDS;
    const width = Math.max(COLUMN[0], Math.min(COLUMN[1], Math.floor(room / Math.max(1, columns.length))));
    const left = TIMES;
    const right = TIMES + width * columns.length;
    this.#geometry = {
      columns: new Map(columns.map(({id}, index) => [id, left + width * (index + 0.5)])),
      left,
      right,
    };
    const {shown} = this.#session.selection;
    this.#track.style.height = `${shown.length * ROW}px`;
    this.#track.style.setProperty('--words', `${right + 12}px`);
    this.#scroller.style.setProperty('--least', `${right + WORDS / 2}px`);
    this.#nothing.hidden = shown.length > 0;
    refill(
      this.#heads,
      el('span', {class: 'unit', text: 'ms'}),
      ...columns.map(({id, role}) => {
        const head = el(
          'span',
          {class: 'head', title: role === '' ? id : `${role} ${id}`},
          el('b', {text: id}),
          el('i', {text: role}),
        );
        head.style.width = `${width}px`;
        return head;
      }),
    );
    this.#window = {from: 0, to: 0};
    this.#follow();
    this.#reveal();
  }

  /** Draws anew once what is in sight is no longer drawn. */
  #follow(): void {
    const first = Math.floor(this.#scroller.scrollTop / ROW);
    const last = first + Math.ceil(this.#sight() / ROW);
    const {length} = this.#session.selection.shown;
    const {from, to} = this.#window;
    if (to > from && first >= from && Math.min(last, length) <= to) return;
    this.#window = {from: Math.max(0, first - SPARE), to: Math.min(length, last + SPARE)};
    this.#paint();
  }

  #exchange(): number {
    const {finding, cursor} = this.#session;
    return exchangeOf(finding.events[cursor]);
  }

  #paint(): void {
    this.#paintRows();
    this.#paintInk();
  }

  #paintInk(): void {
    this.#chosen = this.#exchange();
    const {from, to} = this.#window;
    const height = Math.max(0, to - from) * ROW;
    const width = this.#geometry.right;
    const sharp = window.devicePixelRatio;
    const canvas = this.#canvas;
    const [pixelsWide, pixelsHigh] = [Math.ceil(width * sharp), Math.ceil(height * sharp)];
    // setting a size makes a new drawing area, even if it is the old size
    if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
      [canvas.width, canvas.height] = [pixelsWide, pixelsHigh];
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    canvas.style.transform = `translateY(${from * ROW}px)`;
    const ink = canvas.getContext('2d');
    if (ink === null) return;
    ink.setTransform(sharp, 0, 0, sharp, 0, 0);
    ink.clearRect(0, 0, width, height);
    this.#drawing.paint(ink, {from, to}, this.#geometry, this.#colours, this.#chosen);
  }

  #paintRows(): void {
    const {finding, selection, cursor, view} = this.#session;
    const {from, to} = this.#window;
    while (this.#rows.length < to - from) {
      const row = new Row();
      this.#rows.push(row);
      this.#list.append(row.element);
    }
    const dims = view.scope === 'all' && finding.slice.size > 0;
    this.#rows.forEach((row, offset) => {
      const position = from + offset;
      const index = position < to ? selection.shown[position] : undefined;
      if (index === undefined) row.hide();
      else
        row.show(finding, selection, {
          position,
          index,
          chosen: index === cursor,
          faint: dims && !finding.slice.has(index),
        });
    });
    const chosen = this.#rows.find(row => row.chosen);
    if (chosen === undefined) this.#list.removeAttribute('aria-activedescendant');
    else this.#list.setAttribute('aria-activedescendant', chosen.element.id);
  }

  /** Scrolls as little as is needed for the cursor to be in sight. */
  #reveal(): void {
    const {position} = this.#session;
    if (position < 0) return;
    const margin = Math.min(MARGIN * ROW, Math.max(0, (this.#sight() - ROW) / 2));
    const top = position * ROW;
    const {scrollTop} = this.#scroller;
    if (top - margin < scrollTop) this.#scroller.scrollTop = top - margin;
    else if (top + ROW + margin > scrollTop + this.#sight()) {
      this.#scroller.scrollTop = top + ROW + margin - this.#sight();
    }
    this.#follow();
  }

  #pick(event: MouseEvent): void {
    const {top} = this.#track.getBoundingClientRect();
    this.#session.moveTo(Math.floor((event.clientY - top) / ROW));
  }
}
