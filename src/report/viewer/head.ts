/** The head of the page: what claim broke, what was seen, how large it is, and how to have it again. */
import {counted, duration} from '../amounts.ts';
import type {PageData} from '../html/data.ts';
import {copyButton} from './copy.ts';
import {button, el} from './dom.ts';

/** The plan as a file: what `replay` reads. */
export const planText = (page: PageData): string => `${JSON.stringify(page.minimal, null, 2)}\n`;

export function head(page: PageData, showKeys: () => void): HTMLElement {
  const {violation, commands, test} = page;
  return el(
    'header',
    {class: 'top'},
    el(
      'div',
      {class: 'title'},
      el(
        'h1',
        {},
        el('span', {class: 'unseen', text: 'Syncstorm finding: '}),
        signature(violation.signature),
      ),
      el(
        'div',
        {class: 'actions'},
        copyButton('Copy command', commands.replay, 'copy-command'),
        copyButton('Copy plan', planText(page), 'copy-plan'),
        copyButton('Copy test', test, 'copy-test'),
        button('?', showKeys, {label: 'Keys', title: 'Keys (?)', class: 'keys'}),
      ),
    ),
    el('p', {class: 'claim'}, el('b', {text: violation.claim}), ' ', violation.sentence),
    el('p', {class: 'seen'}, el('span', {class: 'term', text: 'Seen'}), ' ', violation.message),
    facts(page),
  );
}

/** The parts of a signature, so that it breaks where a reader would break it. */
function signature(text: string): HTMLElement {
  const parts = text.split('/');
  const span = el('span', {class: 'signature'});
  parts.forEach((part, index) => {
    if (index > 0) span.append(el('span', {class: 'slash', text: '/'}), el('wbr'));
    span.append(el('span', {text: part}));
  });
  return span;
}

function facts({minimal, violation, size, originalSize, digest}: PageData): HTMLElement {
  const where = violation.node === '' ? 'the world' : `${violation.role} ${violation.node}`.trim();
  const parts = [
    counted(size.operations, 'operation'),
    counted(size.faults, 'fault'),
    counted(size.fates, 'fate'),
    counted(size.nodes, 'node'),
  ].filter(part => !part.startsWith('0 '));
  return el(
    'dl',
    {class: 'facts'},
    ...fact('Where', `${where}, at ${duration(violation.atMs)} of virtual time`),
    ...fact(
      'System',
      minimal.variant === 'default' ? minimal.system : `${minimal.system}, variant ${minimal.variant}`,
    ),
    ...fact('Seed', minimal.seed, true),
    ...fact(
      'Minimal',
      `${counted(size.steps, 'step')} from ${counted(originalSize.steps, 'step')} (${parts.join(', ')})`,
    ),
    ...fact('Digest', digest, true),
  );
}

const fact = (term: string, text: string, code = false): HTMLElement[] => [
  el('div', {}, el('dt', {text: term}), el('dd', {}, code ? el('code', {text}) : text)),
];
