/** Stepping by keyboard, and the sheet that tells the keys. */
import {stateChange} from '../html/finding.ts';
import type {Diagram} from './diagram.ts';
import {button, el} from './dom.ts';
import type {Session} from './session.ts';

interface Key {
  /** As `KeyboardEvent.key` has them. */
  readonly keys: readonly string[];
  readonly shown: string;
  readonly does: string;
  /** True: also where the focus is not in the diagram. Letters are; keys that scroll are not. */
  readonly everywhere: boolean;
  readonly act: () => void;
}

/** Listens to the keyboard. Returns what shows the keys. */
export function keys(session: Session, diagram: Diagram, workbench: HTMLElement): () => void {
  const by =
    (step: number): (() => void) =>
    () =>
      session.moveTo(session.position + step);
  const table: readonly Key[] = [
    {keys: ['j'], shown: 'j', does: 'one event on', everywhere: true, act: by(1)},
    {keys: ['k'], shown: 'k', does: 'one event back', everywhere: true, act: by(-1)},
    {keys: ['ArrowDown', 'ArrowRight'], shown: '↓ →', does: 'one event on', everywhere: false, act: by(1)},
    {keys: ['ArrowUp', 'ArrowLeft'], shown: '↑ ←', does: 'one event back', everywhere: false, act: by(-1)},
    {
      keys: ['PageDown'],
      shown: 'PageDown',
      does: 'a page on',
      everywhere: false,
      act: () => by(diagram.page)(),
    },
    {
      keys: ['PageUp'],
      shown: 'PageUp',
      does: 'a page back',
      everywhere: false,
      act: () => by(-diagram.page)(),
    },
    {keys: ['Home'], shown: 'Home', does: 'the first event', everywhere: false, act: () => session.moveTo(0)},
    {
      keys: ['End'],
      shown: 'End',
      does: 'the last event',
      everywhere: false,
      act: () => session.moveTo(Infinity),
    },
    {
      keys: ['v'],
      shown: 'v',
      does: 'the violation',
      everywhere: true,
      act: () => session.goTo(session.finding.violation),
    },
    {
      keys: [']'],
      shown: ']',
      does: 'next change of the state of this node',
      everywhere: true,
      act: () => change(session, 1),
    },
    {
      keys: ['['],
      shown: '[',
      does: 'last change of the state of this node',
      everywhere: true,
      act: () => change(session, -1),
    },
    {keys: ['a'], shown: 'a', does: 'slice or all events', everywhere: true, act: () => otherScope(session)},
    {
      keys: ['/'],
      shown: '/',
      does: 'filter by text',
      everywhere: true,
      act: () => document.getElementById('text-filter')?.focus(),
    },
    {keys: ['?'], shown: '?', does: 'these keys', everywhere: true, act: () => toggle()},
  ];
  const sheet = sheetOf(table);
  const toggle = (): void => {
    if (sheet.open) sheet.close();
    else sheet.showModal();
  };
  document.body.append(sheet);
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const {target} = event;
    if (target instanceof HTMLElement && takesKeys(target, event, diagram)) return;
    const here = target instanceof Node && workbench.contains(target);
    const found = table.find(key => key.keys.includes(event.key));
    if (found === undefined || (!found.everywhere && !here) || (sheet.open && event.key !== '?')) return;
    event.preventDefault();
    found.act();
  });
  return toggle;
}

/** True where a key is for the control that has the focus. */
function takesKeys(target: HTMLElement, event: KeyboardEvent, diagram: Diagram): boolean {
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type === 'search') {
      if (event.key === 'Escape') diagram.focus();
      return true;
    }
    // the slider has arrows of its own, which do the same
    return target.type === 'range' && event.key.length > 1;
  }
  // what can be scrolled by keyboard is
  return target.closest('pre, .panel, .story') !== null && event.key.length > 1;
}

function change(session: Session, way: 1 | -1): void {
  const node = session.finding.events[session.cursor]?.at ?? '';
  const index = stateChange(session.finding, node, session.cursor, way);
  if (index !== null) session.goTo(index);
}

function otherScope(session: Session): void {
  if (session.finding.slice.size === 0) return;
  session.change({scope: session.view.scope === 'slice' ? 'all' : 'slice'});
}

function sheetOf(table: readonly Key[]): HTMLDialogElement {
  const dialog = el(
    'dialog',
    {label: 'Keys', id: 'keys'},
    el('h2', {text: 'Keys'}),
    el(
      'dl',
      {},
      ...table.flatMap(({shown, does}) => [el('dt', {}, el('kbd', {text: shown})), el('dd', {text: does})]),
    ),
  );
  dialog.append(button('Close', () => dialog.close()));
  return dialog;
}
