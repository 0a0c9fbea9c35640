/** Lies about blobs: answers of a faulty or hostile peer to a device's queue and to its reads. */
import type {HttpRequest, HttpResponse, Tamper} from '../../../src/index.ts';
import {isObject} from '../../../src/model/vfs/fields.ts';
import {withBody} from '../tampers-form.ts';
import {parsed} from './requests.ts';

type Kind = 'stage' | 'attach' | 'abandon' | 'any' | 'read';

const isOf =
  (kind: Kind) =>
  ({method, path}: HttpRequest): boolean => {
    if (!path.startsWith('/v1/vfs/blobs/')) return false;
    if (kind === 'read') return method === 'GET';
    if (method !== 'POST') return false;
    return kind === 'any' || (kind === 'stage' ? path.endsWith('/stage') : path.endsWith(`/${kind}`));
  };

/** One field of the JSON of a success, changed. */
function field(kind: Kind, name: string, value: unknown): Tamper {
  return {
    id: `blob-${kind}-${name}`,
    matches: isOf(kind),
    apply: answer => {
      const body = parsed(String(answer.body));
      if (answer.status >= 300 || !isObject(body) || !(name in body)) return null;
      return withBody(answer, {...body, [name]: value});
    },
  };
}

function whole(id: string, kind: Kind, change: (answer: HttpResponse) => HttpResponse | null): Tamper {
  return {id: `blob-${id}`, matches: isOf(kind), apply: answer => change(answer)};
}

export const blobTampers: readonly Tamper[] = [
  field('stage', 'stagingId', 'another'),
  field('stage', 'blobId', 'another'),
  field('stage', 'status', 'attached'),
  field('stage', 'stagedAt', 'noon'),
  field('stage', 'expiresAt', '2999-01-01T00:00:00.000Z'),
  field('attach', 'attached', 'yes'),
  field('attach', 'stagingId', 'another'),
  field('attach', 'itemId', 'another'),
  field('attach', 'relationKind', 'cousin'),
  field('attach', 'refId', ' '),
  field('attach', 'attachedAt', null),
  field('abandon', 'abandoned', false),
  field('abandon', 'status', 'staged'),
  whole('no-object', 'any', answer => withBody(answer, [])),
  whole('refusal-without-words', 'any', answer =>
    answer.status < 400 ? null : withBody(answer, {error: ' '}),
  ),
  whole('refusal-told-as-failure', 'any', answer => (answer.status < 400 ? null : {...answer, status: 503})),
  whole('success-told-as-conflict', 'any', answer =>
    answer.status >= 300
      ? null
      : withBody({...answer, status: 409}, {error: 'Blob staging is no longer attachable'}),
  ),
  whole('unauthorized', 'any', answer => withBody({...answer, status: 401}, {error: 'Unauthorized'})),
  whole('bytes', 'read', answer => (answer.status === 200 ? {...answer, body: 'other bytes'} : null)),
  whole('bytes-of-another', 'read', answer =>
    answer.status === 200 ? {...answer, headers: {...answer.headers, 'x-blob-id': 'another'}} : null,
  ),
  whole('no-digest', 'read', ({headers: {'x-blob-sha256': _, ...headers}, ...answer}) =>
    answer.status === 200 ? {...answer, headers} : null,
  ),
];
