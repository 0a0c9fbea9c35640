/** What the page shows at the moment: the view, what it selects, and the cursor; those who draw listen to it. */
import type {Finding} from '../html/finding.ts';
import {nearestPosition, Selector, type Selection, type View} from '../html/selection.ts';
import {QUIET_KINDS} from '../html/words.ts';

export type Change = 'view' | 'cursor';

export class Session {
  readonly finding: Finding;
  readonly #selector: Selector;
  readonly #listeners: ((change: Change) => void)[] = [];
  #view: View;
  #selection: Selection;
  #cursor: number;

  /** Starts at the violation, in the causal slice if there is one. */
  constructor(finding: Finding) {
    this.finding = finding;
    this.#selector = new Selector(finding);
    this.#view = {
      scope: finding.slice.size > 0 ? 'slice' : 'all',
      hiddenNodes: new Set(),
      hiddenKinds: new Set(QUIET_KINDS),
      text: '',
    };
    this.#selection = this.#selector.select(this.#view);
    this.#cursor = finding.violation;
    this.#settle();
  }

  get view(): View {
    return this.#view;
  }

  get selection(): Selection {
    return this.#selection;
  }

  /** Index of the event that the cursor is at. It stays where it is when nothing is shown. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Position of the cursor among the events shown; -1 when nothing is shown. */
  get position(): number {
    return nearestPosition(this.#selection, this.#cursor);
  }

  counts(): ReturnType<Selector['counts']> {
    return this.#selector.counts(this.#view.scope);
  }

  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Moves the cursor to a position among the events shown, or as near to it as there is one. */
  moveTo(position: number): void {
    const {shown} = this.#selection;
    const index = shown[Math.max(0, Math.min(shown.length - 1, position))];
    if (index === undefined || index === this.#cursor) return;
    this.#cursor = index;
    this.#tell('cursor');
  }

  /** Moves the cursor to an event; filters that hide it give way. */
  goTo(index: number): void {
    const event = this.finding.events[index];
    if (event === undefined) return;
    if (!this.#shows(index)) {
      const {slice} = this.finding;
      this.#setView({
        scope: slice.has(index) ? this.#view.scope : 'all',
        hiddenNodes: without(this.#view.hiddenNodes, event.at),
        hiddenKinds: without(this.#view.hiddenKinds, event.k),
        text: '',
      });
      this.#cursor = index;
      this.#tell('view');
    }
    this.moveTo(this.#selection.positions[index] ?? 0);
  }

  change(change: Partial<View>): void {
    this.#setView({...this.#view, ...change});
    this.#settle();
    this.#tell('view');
  }

  #shows(index: number): boolean {
    return Number.isInteger(this.#selection.positions[index]);
  }

  #setView(view: View): void {
    this.#view = view;
    this.#selection = this.#selector.select(view);
  }

  /** The cursor is always at an event that is shown, if one is. */
  #settle(): void {
    this.#cursor = this.#selection.shown[this.position] ?? this.#cursor;
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function without(set: ReadonlySet<string>, gone: string): ReadonlySet<string> {
  const rest = new Set(set);
  rest.delete(gone);
  return rest;
}
