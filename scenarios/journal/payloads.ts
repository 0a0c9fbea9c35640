/** What users write: few values, so that equal ones meet, and texts on which orders disagree. By index, plain ones first. */
import type {Json} from '../../src/index.ts';

/** A value by its JSON text: the same members in another order are another text of the same value. */
const TEXTS: readonly string[] = [
  '"a"',
  '"m"',
  '"z"',
  // equal values in different words
  '{"a":1,"z":1}',
  '{"z":1,"a":1}',
  '{"m":1}',
  '{"n":{"b":[1,2],"a":null}}',
  '{"n":{"a":null,"b":[1,2]}}',
  '{"v":0}',
  '{"v":-0}',
  // UTF-16 code units put the first before the second, code points and UTF-8 the other way round; so do some locales for the next
  '"\u{1F600}"',
  '"\uFF5E"',
  '"B"',
  '"\u00e9"',
  '"_"',
  // numbers of many digits, and values that are not objects
  '9007199254740991',
  '0.1',
  'null',
  'false',
  '[]',
  '{}',
  '""',
  '{"10":1,"9":2,"b":3,"a":4}',
];

/** The two texts that UTF-16 units put in the other order than code points. */
export const ORDERED_OTHERWISE = [10, 11] as const;

export const PAYLOAD_COUNT = TEXTS.length;

/** The value at an index, made anew: nobody shares it. Its members keep the order of its text. */
export const payloadAt = (index: number): Json => JSON.parse(TEXTS[index % TEXTS.length] ?? 'null') as Json;
