/** Other texts than the usual one for the very same instant, as the contract allows them. */
import {formatTime, TIME_MAX} from '../../src/model/vfs/time.ts';

const MS_PER_MINUTE = 60_000;

/** Without the zeros at its end: `.5Z` for `.500Z`, and no fraction at all for `.000Z`. */
export const shortTime = (ms: number): string => formatTime(ms).replace(/\.?0+Z$/, 'Z');

/** With more digits than anybody reads, as clocks that count microseconds write it. */
export const longTime = (ms: number, digits: string): string => formatTime(ms).replace('Z', `${digits}Z`);

/** As a clock shows it that is so many minutes ahead of UTC; the usual text where that clock is out of time. */
export function zonedTime(ms: number, minutesAhead: number): string {
  const local = ms + minutesAhead * MS_PER_MINUTE;
  if (Math.abs(local) > TIME_MAX) return formatTime(ms);
  const minutes = Math.abs(minutesAhead);
  const [hour, minute] = [Math.trunc(minutes / 60), minutes % 60].map(part => String(part).padStart(2, '0'));
  return formatTime(local).replace('Z', `${minutesAhead < 0 ? '-' : '+'}${hour}:${minute}`);
}
