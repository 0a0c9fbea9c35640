/** Makes text that came out of a run safe and sized for a terminal: control characters are shown, not obeyed. */
import {canonicalJson} from '../sim/json.ts';

/** C0, DEL and C1 controls; marks that reorder or hide text; lone surrogates. */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- finding control characters is what this is for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|^[\u{20000}-\u{3fffd}]/u;
const MARK = /^\p{M}/u;
// eslint-disable-next-line no-control-regex -- the colours that the reports themselves put in
const COLOUR = /\u001b\[[0-9;]*m/g;

/** The text with every unsafe character written as `\xNN`, or `\uNNNN` where two digits do not do. */
export function printable(text: string): string {
  return text.replace(UNSAFE, unit => {
    const code = unit.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Any value on one printable line: JSON with sorted keys. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    return printable(canonicalJson(value));
  } catch {
    return `a value that JSON cannot say (${typeof value})`;
  }
}

/** How many columns a terminal gives to a character: 2 for wide ones, 0 for marks that join the one before. */
function columnsOf(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** How many columns a line takes; colours take none. */
export function widthOf(line: string): number {
  let width = 0;
  for (const character of line.replace(COLOUR, '')) width += columnsOf(character);
  return width;
}

/** The text cut to `width` columns, with `…` in the last one if anything was cut. Takes plain text without colours. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const columns = columnsOf(character);
    if (used + columns > width - 1) break;
    kept += character;
    used += columns;
  }
  return width > 0 ? `${kept}…` : '';
}

/** The text broken between words into at most `lines` lines of `width` columns; what does not fit is clipped. */
export function wrap(text: string, width: number, lines: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (row !== '' && rows.length < lines - 1 && widthOf(longer) > width) {
      rows.push(clip(row, width));
      row = word;
    } else {
      row = longer;
    }
  }
  rows.push(clip(row, width));
  return rows;
}
