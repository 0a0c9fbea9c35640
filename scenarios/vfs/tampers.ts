/** The tamper table of VFS: every answer that a faulty or hostile peer may give, and the lies that no client can notice. */
import {contentTampers} from './tampers-content.ts';
import type {VfsTamper} from './tampers-form.ts';
import {itemTampers} from './tampers-items.ts';
import {pullTampers} from './tampers-pull.ts';
import {pushTampers} from './tampers-push.ts';
import {rareTampers} from './tampers-rare.ts';
import {reconcileTampers} from './tampers-reconcile.ts';
import {snapshotTampers} from './tampers-snapshot.ts';
import {timeTampers} from './tampers-time.ts';
import {transportTampers} from './tampers-transport.ts';
import {writeIdTampers} from './tampers-write-ids.ts';

export const tampers: readonly VfsTamper[] = [
  ...pullTampers,
  ...contentTampers,
  ...itemTampers,
  ...writeIdTampers,
  ...pushTampers,
  ...reconcileTampers,
  ...snapshotTampers,
  ...transportTampers,
  ...timeTampers,
  ...rareTampers,
];

/**
 * Ids of tampers that a client takes for honest answers, whatever it knows. What harm one does, if any, is told by `harmOf`,
 * which also tells it of the others, for some are noticed only by clients that know better.
 */
export const undetectable: ReadonlySet<string> = new Set(
  tampers.filter(({detection}) => detection === 'never').map(({id}) => id),
);
