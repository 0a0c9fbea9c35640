/** The colours of the drawing, read from the style so that light, dark and forced colours have one source. */

const NAMES = [
  'paper',
  'line',
  'faint',
  'ink',
  'muted',
  'message',
  'fault',
  'altered',
  'failed',
  'good',
  'violation',
  'accent',
] as const;

export type Palette = Readonly<Record<(typeof NAMES)[number], string>>;

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map(name => [name, style.getPropertyValue(`--${name}`).trim()])) as Palette;
}

/** Calls `act` whenever the colours may have changed. */
export function onPaletteChange(act: () => void): void {
  for (const query of [
    '(prefers-color-scheme: dark)',
    '(forced-colors: active)',
    '(prefers-contrast: more)',
  ]) {
    matchMedia(query).addEventListener('change', act);
  }
}
