/** Numbers and durations as people read them; the same text on every machine, whatever its language. */

/** An integer with commas between groups of three digits. */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A number of at least 0 in at most four digits: `812`, `20.6`, `0.0024`. */
export function rough(value: number): string {
  if (value >= 100) return grouped(Math.round(value));
  if (value >= 10) return value.toFixed(1);
  if (value >= 1) return value.toFixed(2);
  return value === 0 ? '0' : Number(value.toPrecision(2)).toString();
}

/** A large count in few columns: `9,999`, `12.3 k`, `4.56 M`. */
export function compact(value: number): string {
  if (value < 10_000) return grouped(value);
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${rough(value / size)} ${unit}`;
  }
  return grouped(value);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in ms in its two largest units: `312 ms`, `18.2 s`, `3 min 40 s`, `12 d 4 h`, `10 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${grouped(Math.round(ms))} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const [seconds, minutes, hours] = [Math.floor(ms / 1_000), Math.floor(ms / MINUTE), Math.floor(ms / HOUR)];
  if (ms < HOUR) return pair(minutes, 'min', seconds % 60, 's');
  if (ms < DAY) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(ms / DAY), 'd', hours % 24, 'h');
}

const pair = (large: number, unit: string, small: number, subunit: string): string =>
  small === 0 ? `${grouped(large)} ${unit}` : `${grouped(large)} ${unit} ${small} ${subunit}`;

/** Time elapsed as `hh:mm:ss`. */
export function stopwatch(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `1 run`, `2 runs`; `plural` for nouns that do not just take an s. */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${grouped(value)} ${value === 1 ? noun : plural}`;
