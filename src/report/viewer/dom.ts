/** Makes elements. Text is always put in as text, with what would hide or reorder it made visible. */
import {printable} from '../printable.ts';

export type Child = Node | string | null;

export interface Attributes {
  readonly class?: string;
  /** Shown as text. */
  readonly text?: string;
  /** What a screen reader says. */
  readonly label?: string;
  /** Shown when the pointer rests on it. */
  readonly title?: string;
  readonly role?: string;
  readonly id?: string;
}

/** An element with its attributes and children; strings become text. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (attributes.class !== undefined) element.className = attributes.class;
  if (attributes.text !== undefined) element.textContent = printable(attributes.text);
  if (attributes.label !== undefined) element.setAttribute('aria-label', printable(attributes.label));
  if (attributes.title !== undefined) element.title = printable(attributes.title);
  if (attributes.role !== undefined) element.setAttribute('role', attributes.role);
  if (attributes.id !== undefined) element.id = attributes.id;
  fill(element, ...children);
  return element;
}

/** Puts children at the end of an element; strings become text, null is nothing. */
export function fill(element: Element, ...children: Child[]): void {
  for (const child of children) {
    if (child !== null) element.append(typeof child === 'string' ? printable(child) : child);
  }
}

/** Empties an element and puts children into it. */
export function refill(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  fill(element, ...children);
}

/** A button; `act` is called when it is pressed. */
export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = el('button', attributes, label);
  element.type = 'button';
  element.addEventListener('click', act);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: SVGElement[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Text of several lines: the ends of lines stay, all else that cannot be seen is made visible. */
const paragraphs = (text: string): string => text.split('\n').map(printable).join('\n');

/** A block of such text that can be scrolled by keyboard. */
export function block(text: string, label: string): HTMLPreElement {
  const pre = el('pre', {label, role: 'region'});
  pre.tabIndex = 0;
  pre.textContent = paragraphs(text);
  return pre;
}
