/** The slider over the run: it moves the cursor, and shows where something went wrong. */
import {duration, grouped} from '../amounts.ts';
import {textOf} from '../html/selection.ts';
import {toneOf} from '../html/words.ts';
import {button, el} from './dom.ts';
import {colourOf} from './ink.ts';
import type {Session} from './session.ts';
import {onPaletteChange, palette} from './theme.ts';

const HEIGHT = 12;
/** Half the width of the slider's knob: where its middle is at either end. */
const KNOB = 8;

/** Builds the slider with its buttons; it follows the session from then on. */
export function scrubber(session: Session): HTMLElement {
  const slider = el('input', {label: 'Position in the run', id: 'scrubber'});
  slider.type = 'range';
  slider.min = '0';
  slider.step = '1';
  slider.addEventListener('input', () => session.moveTo(Number(slider.value)));
  const where = el('output', {class: 'where', id: 'where'});
  const marks = el('canvas', {class: 'marks'});
  marks.setAttribute('aria-hidden', 'true');
  const step = (by: number): void => session.moveTo(session.position + by);
  const follow = (): void => {
    const {shown} = session.selection;
    const {position, finding} = session;
    const event = finding.events[shown[position] ?? -1];
    slider.disabled = shown.length < 2;
    slider.max = String(Math.max(0, shown.length - 1));
    slider.value = String(Math.max(0, position));
    slider.setAttribute(
      'aria-valuetext',
      event === undefined ? 'nothing' : `${textOf(event)}, at ${event.t} ms`,
    );
    where.textContent =
      event === undefined
        ? 'nothing shown'
        : `${grouped(position + 1)} / ${grouped(shown.length)} · event ${grouped(event.n)} · ${duration(event.t)}`;
  };
  const paint = (): void => paintMarks(marks, session);
  session.listen(change => {
    follow();
    if (change === 'view') paint();
  });
  new ResizeObserver(paint).observe(slider);
  onPaletteChange(paint);
  follow();
  return el(
    'div',
    {class: 'scrubber', role: 'group', label: 'Steps'},
    button('◂', () => step(-1), {label: 'One event back', title: 'One event back (k)'}),
    button('▸', () => step(1), {label: 'One event on', title: 'One event on (j)'}),
    el('div', {class: 'slide'}, marks, slider),
    where,
    button('Violation', () => session.goTo(session.finding.violation), {
      class: 'to-violation',
      title: 'Go to the violation (v)',
      id: 'to-violation',
    }),
  );
}

/** Ticks where something was done to the run, and where the claim broke; each is as high as it is grave. */
function paintMarks(canvas: HTMLCanvasElement, {finding, selection}: Session): void {
  const sharp = window.devicePixelRatio;
  const width = canvas.clientWidth;
  canvas.width = Math.ceil(width * sharp);
  canvas.height = Math.ceil(HEIGHT * sharp);
  const ink = canvas.getContext('2d');
  const {shown} = selection;
  if (ink === null || shown.length === 0) return;
  ink.scale(sharp, sharp);
  const colours = palette();
  const room = width - 2 * KNOB;
  shown.forEach((index, position) => {
    const event = finding.events[index];
    const tone = event === undefined ? 'quiet' : toneOf(event);
    if (tone !== 'fault' && tone !== 'altered' && tone !== 'violation') return;
    const x = KNOB + (shown.length < 2 ? 0 : (room * position) / (shown.length - 1));
    const [wide, high] = tone === 'violation' ? [4, HEIGHT] : tone === 'fault' ? [2, 7] : [2, 4];
    ink.fillStyle = colourOf(tone, colours);
    ink.fillRect(x - wide / 2, HEIGHT - high, wide, high);
  });
}
