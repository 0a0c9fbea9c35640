/** The viewer: reads the finding that the page carries, and shows it. */
import type {PageData} from '../html/data.ts';
import {openFinding, type Finding} from '../html/finding.ts';
import {FINDING_ID, TRACE_ID} from '../html/ids.ts';
import {causes} from './causes.ts';
import {Diagram} from './diagram.ts';
import {el} from './dom.ts';
import {filters} from './filters.ts';
import {head} from './head.ts';
import {keys} from './keys.ts';
import {Panel} from './panel.ts';
import {planSection, reproduce} from './plan.ts';
import {scrubber} from './scrubber.ts';
import {Session} from './session.ts';
import {steps} from './steps.ts';

function read(): Finding {
  const text = (id: string): string => document.getElementById(id)?.textContent ?? '';
  return openFinding(JSON.parse(text(FINDING_ID)) as PageData, text(TRACE_ID));
}

function show(page: HTMLElement, finding: Finding): void {
  const session = new Session(finding);
  const diagram = new Diagram(session);
  const panel = new Panel(session);
  const workbench = el(
    'main',
    {class: 'workbench'},
    steps(session),
    el(
      'section',
      {class: 'diagram', label: 'Space-time diagram'},
      filters(session),
      diagram.element,
      scrubber(session),
    ),
    panel.element,
  );
  const showKeys = keys(session, diagram, workbench);
  page.append(
    el('div', {class: 'screen'}, head(finding.page, showKeys), workbench),
    el('div', {class: 'below'}, causes(session), planSection(finding.page), reproduce(finding.page)),
  );
  document.title = `${finding.page.violation.signature} · Syncstorm`;
  diagram.focus();
}

const page = document.getElementById('page') ?? document.body;
try {
  show(page, read());
} catch (error) {
  page.replaceChildren(
    el('p', {
      class: 'broken',
      role: 'alert',
      text: `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`,
    }),
  );
}
