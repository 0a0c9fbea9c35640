/** The tamper table of the journal: every answer that a faulty or hostile peer may give. */
import type {JournalTamper} from './tampers-form.ts';
import {pullTampers} from './tampers-pull.ts';
import {pushTampers} from './tampers-push.ts';

export const tampers: readonly JournalTamper[] = [...pushTampers, ...pullTampers];

const byId = new Map(tampers.map(tamper => [tamper.id, tamper]));

/** What is known of an act that bent an answer; null for what is no tamper. */
export const tamperOf = (act: string | null): JournalTamper | null =>
  act?.startsWith('tamper:') === true ? (byId.get(act.slice('tamper:'.length)) ?? null) : null;
