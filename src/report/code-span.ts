/** Text that came out of a run as Markdown code: the one place where no mark-up, link, image or mention of it is live. */
import {clip, printable} from './printable.ts';

/** The text as one code span, cut to `width` columns if that is given. */
export function codeSpan(text: string, width = Number.MAX_SAFE_INTEGER): string {
  const shown = clip(printable(text), width);
  if (shown === '') return '(nothing)';
  const runs = shown.match(/`+/g) ?? [];
  // a fence may not be as long as a run of backticks inside; what touches it is set off by a space that is not shown
  const fence = '`'.repeat(Math.max(0, ...runs.map(({length}) => length)) + 1);
  const gap = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${gap}${shown}${gap}${fence}`;
}

/** The same for a cell of a table, where a bar ends the cell unless a backslash is before it, code or not. */
export const cellSpan = (text: string, width?: number): string =>
  // after another backslash not all readers take it for escaped: there it is shown as the byte that it is
  codeSpan(printable(text).replace(/\\\|/g, '\\\\x7c'), width).replaceAll('|', '\\|');

/** Lines as a block of code, fenced by more backticks than any of them has. */
export function codeBlock(lines: readonly string[], language = ''): string[] {
  const shown = lines.map(printable);
  const runs = shown.flatMap(line => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(Math.max(2, ...runs.map(({length}) => length)) + 1);
  return [`${fence}${language}`, ...shown, fence];
}
