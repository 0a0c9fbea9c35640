/** Tampers with how an answer spells its times: other texts that the contract allows for the very same instants. */
import {isObject} from '../../src/model/vfs/fields.ts';
import {decodeCursor, encodeCursor} from '../../src/model/vfs/cursor.ts';
import {parseTime} from '../../src/model/vfs/time.ts';
import type {Stream} from '../../src/sim/random.ts';
import {longTime, shortTime, zonedTime} from './spellings.ts';
import {tamperOf, withBody, type Telling, type VfsTamper} from './tampers-form.ts';
import {objectOf, type Route} from './tampers-reading.ts';

/** What an acknowledgement of a push says has no time. */
const ROUTES: readonly Route[] = ['pull', 'push', 'reconcile', 'snapshot'];
/** How far clocks in other zones are ahead of UTC, minutes. */
const ZONES = [0, 120, -120, 330, -330, 765, -765, 1439, -1439] as const;

/** Another spelling of a time; the same text where there is none of this kind. */
type Respell = (ms: number, random: Stream) => string;

/** The same JSON value with its times spelled otherwise, also those within cursors. */
function respelled(value: unknown, respell: (text: string) => string, name = ''): unknown {
  if (Array.isArray(value)) return value.map((element: unknown) => respelled(element, respell));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, respelled(part, respell, key)]),
    );
  }
  if (typeof value !== 'string') return value;
  if (name.endsWith('At')) return respell(value);
  const cursor = name === 'cursor' || name === 'nextCursor' ? decodeCursor(value) : null;
  return cursor === null ? value : encodeCursor({...cursor, changedAt: respell(cursor.changedAt)});
}

/** Spells at least every other time of an answer otherwise. */
function timeTamper(respell: Respell, telling: Telling): VfsTamper {
  return tamperOf(ROUTES, telling, (answer, {random}) => {
    const body = objectOf(answer);
    if (body === null) return null;
    let spelled = 0;
    const other = respelled(body, text => {
      const ms = parseTime(text);
      const spelling = ms === null ? text : respell(ms, random);
      if (spelling !== text) spelled += 1;
      // two spellings of one instant beside each other are as legal, and more of a trap
      return spelled % 2 === 0 && random.oneIn(2) ? text : spelling;
    });
    return spelled === 0 ? null : withBody(answer, other);
  });
}

export const timeTampers: readonly VfsTamper[] = [
  timeTamper(shortTime, {
    id: 'any-times-short',
    sentence: 'Times are written without the zeros at their end, which says the same.',
  }),
  timeTamper((ms, random) => longTime(ms, random.pick(['0', '000', '000000', '999'])), {
    id: 'any-times-long',
    sentence: 'Times are written with more digits than anybody reads.',
  }),
  timeTamper((ms, random) => zonedTime(ms, random.pick(ZONES)), {
    id: 'any-times-zoned',
    sentence: 'Times are written as clocks in other zones show them, with how far those are ahead.',
  }),
];
