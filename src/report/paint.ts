/** The colours of a report, or none: never the only carrier of a meaning. */
import picocolors from 'picocolors';

export type Paint = Readonly<
  Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>
>;

/** Colours if `enabled`, else functions that give back what they got. */
export const paint = (enabled: boolean): Paint => picocolors.createColors(enabled);

export const plain: Paint = paint(false);
