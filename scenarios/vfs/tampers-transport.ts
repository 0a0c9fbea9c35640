/** Tampers with any answer as a message: its status, its headers, its encoding, its JSON, whatever it was to say. */
import type {HttpResponse} from '../../src/host.ts';
import {NO_TEXT, tamperOf, withBody, type Telling, type VfsTamper} from './tampers-form.ts';
import {objectOf, textOf, type Route} from './tampers-reading.ts';

const ALL: readonly Route[] = ['pull', 'push', 'reconcile', 'snapshot'];
const NO_JSON = 'transport returned non-JSON response';
const NO_PAYLOAD = 'transport returned invalid * response payload';

/** Longest text and deepest nesting that a client reads. */
const LENGTH_MAX = 4 * 1024 * 1024;
const DEPTH_MAX = 64;

const isSuccess = ({status}: HttpResponse): boolean => status >= 200 && status <= 299;

/** Changes the text of an answer that holds a JSON object. */
function textTamper(
  telling: Telling & {
    readonly change: (text: string, random: {integer(min: number, max: number): number}) => string | null;
  },
): VfsTamper {
  const {change, ...told} = telling;
  return tamperOf(ALL, told, (answer, {random}) => {
    const text = objectOf(answer) === null ? null : textOf(answer);
    const body = text === null ? null : change(text.trim(), random);
    return body === null ? null : {...answer, body};
  });
}

/** The members of an object's text, for others to be put before or after them; null for an object without any. */
function membersOf(text: string): string | null {
  const members = text.slice(1, -1).trim();
  return members === '' ? null : members;
}

const statuses: readonly VfsTamper[] = [
  tamperOf(
    ALL,
    {
      id: 'any-error-status',
      sentence: 'An error in place of the answer, with words of its own and a hostile `retry-after`.',
      refusedBy: ['refused by a tamper'],
    },
    (answer, {random}) => {
      const status = random.pick([400, 401, 403, 404, 409, 410, 413, 418, 429, 451, 500, 502, 503, 507]);
      const waits = ['-1', '0', '1e9', '99999999999', 'NaN', 'Fri, 31 Dec 9999 23:59:59 GMT'];
      const headers = {...answer.headers, 'retry-after': random.pick(waits)};
      return withBody({...answer, status, headers}, {error: '  refused by a tamper\n'});
    },
  ),
  tamperOf(
    ALL,
    {
      id: 'any-error-wordless',
      sentence: 'A status that is no success, and a JSON body that does not say why.',
      refusedBy: ['request failed with status *'],
    },
    (answer, {random}) => {
      const status = random.pick([0, 100, 199, 300, 302, 304, 307, 400, 404, 409, 413, 500, 503, 600, 999]);
      const body = random.pick<unknown>([{}, [], null, 'error', 7, {error: random.pick(NO_TEXT)}]);
      return withBody({...answer, status}, body);
    },
  ),
  tamperOf(
    ALL,
    {
      id: 'any-success-as-error',
      sentence: 'An honest success under the status of a failure.',
      refusedBy: ['request failed with status *'],
    },
    (answer, {random}) => (isSuccess(answer) ? {...answer, status: random.pick([304, 401, 500, 503])} : null),
  ),
  tamperOf(
    ALL,
    {
      id: 'any-error-as-success',
      sentence: 'An honest failure under the status of a success: what it holds is not what was asked for.',
      refusedBy: [
        'transport returned invalid pull response items',
        'transport returned invalid clientId',
        'state.containerClocks must be an array',
        'state.replaySnapshot must be an object',
      ],
    },
    answer => (isSuccess(answer) || objectOf(answer) === null ? null : {...answer, status: 200}),
  ),
  tamperOf(
    ALL,
    {
      id: 'any-other-success',
      sentence: 'Another status of success, 204 with a body among them.',
    },
    (answer, {random}) =>
      isSuccess(answer) ? {...answer, status: random.pick([201, 202, 203, 204, 205, 206, 299])} : null,
  ),
  tamperOf(
    ALL,
    {
      id: 'any-other-content-type',
      sentence: 'A content type that is not JSON, or none, around an honest body on a new line.',
    },
    (answer, {random}) => {
      const text = textOf(answer);
      const contentType = random.pick([
        'text/html',
        'application/octet-stream',
        '',
        'application/json; charset=utf-16',
      ]);
      return text === null
        ? null
        : {...answer, headers: {...answer.headers, 'content-type': contentType}, body: `\r\n${text}`};
    },
  ),
];

const noJson: readonly VfsTamper[] = [
  tamperOf(
    ALL,
    {
      id: 'any-html',
      sentence: 'A success that is a web page, or plain words: the network wants a sign-in first.',
      refusedBy: [NO_JSON],
    },
    (answer, {random}) => ({
      status: 200,
      headers: {...answer.headers, 'content-type': 'text/html'},
      body: random.pick([
        '<!doctype html><title>Sign in</title>',
        'OK',
        'undefined',
        'NaN',
        "{'items':[]}",
        '//',
      ]),
    }),
  ),
  tamperOf(
    ALL,
    {
      id: 'any-empty',
      sentence: 'A success without a body.',
      refusedBy: [NO_JSON],
    },
    (answer, {random}) => ({
      ...answer,
      status: random.pick([200, 204]),
      body: random.pick(['', ' ', '\r\n']),
    }),
  ),
  textTamper({
    id: 'any-truncated',
    sentence: 'The body ends too soon.',
    refusedBy: [NO_JSON],
    change: (text, random) => text.slice(0, random.integer(0, text.length - 1)),
  }),
  textTamper({
    id: 'any-trailing',
    sentence: 'After the body comes more: itself again, a zero byte, a comma, a comment.',
    refusedBy: [NO_JSON],
    change: (text, random) => text + ([text, '\u0000', ',', ']', '// end'][random.integer(0, 4)] ?? ','),
  }),
  textTamper({
    id: 'any-byte-order-mark',
    sentence: 'A byte order mark stands before the body.',
    refusedBy: [NO_JSON],
    change: text => `\ufeff${text}`,
  }),
  tamperOf(
    ALL,
    {
      id: 'any-invalid-utf8',
      sentence: 'The body is bytes that are no UTF-8, in a member that nobody needs.',
      refusedBy: [NO_JSON],
    },
    (answer, {random}) => {
      const members = objectOf(answer) === null ? null : membersOf((textOf(answer) ?? '').trim());
      if (members === null) return null;
      const broken = random.pick([[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]);
      const [before, after] = ['{"note":"', `",${members}}`].map(text => new TextEncoder().encode(text));
      return {...answer, body: Uint8Array.from([...(before ?? []), ...broken, ...(after ?? [])])};
    },
  ),
  textTamper({
    id: 'any-too-deep',
    sentence: 'A member that nobody needs nests one level too deep, or a hundred thousand.',
    refusedBy: [NO_JSON],
    change: (text, random) => nested(text, [DEPTH_MAX, 1000, 100_000][random.integer(0, 2)] ?? DEPTH_MAX),
  }),
  textTamper({
    id: 'any-too-long',
    sentence: 'The body is one character longer than a client reads, all of it blanks.',
    refusedBy: [NO_JSON],
    change: text => text.padEnd(LENGTH_MAX + 1, ' '),
  }),
];

/** An object's text with one more member, a list that is `depth` lists deep. */
function nested(text: string, depth: number): string | null {
  const members = membersOf(text);
  return members === null ? null : `{"note":${'['.repeat(depth)}${']'.repeat(depth)},${members}}`;
}

const otherJson: readonly VfsTamper[] = [
  tamperOf(
    ALL,
    {
      id: 'any-no-object',
      sentence: 'A success that is JSON, and no object.',
      refusedBy: [NO_PAYLOAD],
    },
    (answer, {random}) =>
      withBody({...answer, status: 200}, random.pick<unknown>([null, [], [{}], 'items', 0, true])),
  ),
  textTamper({
    id: 'any-keys-twice',
    sentence: 'Every key comes twice, and the second time it is null, which is what counts.',
    refusedBy: [
      'transport returned invalid pull response items',
      'transport returned invalid clientId',
      'state.containerClocks must be an array',
      'request failed with status *',
    ],
    change: text => {
      const keys = Object.keys(objectOf({body: text}) ?? {});
      const nulls = keys.map(key => `,${JSON.stringify(key)}:null`).join('');
      return nulls === '' ? null : `${text.slice(0, -1)}${nulls}}`;
    },
  }),
  textTamper({
    id: 'any-keys-shadowed',
    sentence: 'Every key comes twice, and is null the first time, which does not count.',
    change: text => {
      const members = membersOf(text);
      const keys = Object.keys(objectOf({body: text}) ?? {});
      return members === null
        ? null
        : `{${keys.map(key => `${JSON.stringify(key)}:null,`).join('')}${members}}`;
    },
  }),
  textTamper({
    id: 'any-object-keys',
    sentence: 'The body has keys that every object inherits: `__proto__`, `constructor`, `toString`.',
    change: text => {
      const members = membersOf(text);
      const lies =
        '{"items":[],"results":[],"hasMore":true,"status":"applied","accessLevel":"admin","error":"polluted"}';
      return members === null
        ? null
        : `{"__proto__":${lies},"constructor":{"prototype":${lies}},"toString":null,${members}}`;
    },
  }),
  textTamper({
    id: 'any-nearly-too-deep',
    sentence: 'A member that nobody needs nests as deep as a client reads, brackets in a text not counted.',
    change: (text, random) =>
      random.integer(0, 1) === 0
        ? nested(text, DEPTH_MAX - 1)
        : (nested(text, 1)?.replace('[]', `["${'[{\\"'.repeat(200)}"]`) ?? null),
  }),
  tamperOf(ALL, {id: 'any-as-bytes', sentence: 'The honest body comes as bytes.'}, answer =>
    typeof answer.body === 'string' ? {...answer, body: new TextEncoder().encode(answer.body)} : null,
  ),
];

export const transportTampers: readonly VfsTamper[] = [...statuses, ...noJson, ...otherJson];
