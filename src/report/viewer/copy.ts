/** Copies text to the clipboard, also where a page from disk may not use it, and says what came of it. */
import {button, el} from './dom.ts';

const SHOWN_MS = 2_500;

/** A button that copies `text` and says so, in itself and to a screen reader. */
export function copyButton(label: string, text: string, id: string): HTMLElement {
  const said = el('span', {class: 'unseen', role: 'status'});
  let reset = 0;
  const act = async (): Promise<void> => {
    const copied = (await byClipboard(text)) || bySelection(text);
    copy.textContent = copied ? 'Copied ✓' : 'Not copied';
    said.textContent = copied
      ? `${label}: copied`
      : 'This browser does not let the page copy: the text is further down.';
    copy.classList.toggle('done', copied);
    clearTimeout(reset);
    reset = window.setTimeout(() => {
      copy.textContent = label;
      said.textContent = '';
      copy.classList.remove('done');
    }, SHOWN_MS);
  };
  const copy = button(label, () => void act(), {class: 'copy', id});
  return el('span', {class: 'copier'}, copy, said);
}

/** The clipboard is there on a secure page that the user allows it. */
async function byClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The old way: selects the text in a field that is there for a moment. */
function bySelection(text: string): boolean {
  const field = el('textarea', {class: 'unseen', label: 'Text to copy'});
  field.value = text;
  document.body.append(field);
  const focused = document.activeElement;
  field.select();
  try {
    // given up by its makers, and the only way left where there is no clipboard
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
