/** Staged blobs under the harness: fixed seeds find nothing, the upstream variant is convicted, and every lie bites. */
import {describe, expect, test} from 'vitest';
import {blobs} from '../../../scenarios/vfs/blobs/system.ts';
import {blobTampers} from '../../../scenarios/vfs/blobs/tampers.ts';
import {REFUSED_REPEATS} from '../../../scenarios/vfs/blobs/world.ts';
import {run, type HttpResponse} from '../../../src/index.ts';

const SEEDS = 40;
/** By then the variant has been convicted; most seeds before it never see the same request twice. */
const CONVICTED_WITHIN = 60;

const seedOf = (index: number): string => `0x${(0xb10b_0000 + index).toString(16).padStart(16, '0')}`;

test(`${SEEDS} fixed seeds find nothing, and arm every claim that needs no rare luck`, async () => {
  const armed = new Set<string>();
  for (let index = 0; index < SEEDS; index += 1) {
    const {violation, claims} = await run(blobs, {seed: seedOf(index)});
    expect(violation, seedOf(index)).toBeNull();
    for (const [id, {armed: times}] of Object.entries(claims)) if (times > 0) armed.add(id);
  }
  const missing = blobs.claims.map(({id}) => id).filter(id => !armed.has(id));
  expect(missing).toEqual([]);
});

test('a server that refuses what it has already done is convicted, by the claim about repeats', async () => {
  for (let index = 0; index < CONVICTED_WITHIN; index += 1) {
    const {violation} = await run(blobs, {seed: seedOf(index), variant: REFUSED_REPEATS});
    if (violation === null) continue;
    expect(violation.claim).toBe('VFS-B9');
    return;
  }
  throw new Error('no seed has seen it');
});

describe('every lie changes an honest answer of its kind', () => {
  const json = (body: unknown, status = 200): HttpResponse => ({
    status,
    headers: {},
    body: JSON.stringify(body),
  });
  const stagedAt = '2026-01-01T00:00:00.000Z';
  const honest: readonly (readonly [string, string, HttpResponse])[] = [
    [
      'POST',
      '/stage',
      json({stagingId: 's', blobId: 'b', status: 'staged', stagedAt, expiresAt: stagedAt}, 201),
    ],
    [
      'POST',
      '/stage/s/attach',
      json({
        attached: true,
        stagingId: 's',
        itemId: 'i',
        relationKind: 'file',
        refId: 'r',
        attachedAt: stagedAt,
      }),
    ],
    ['POST', '/stage/s/abandon', json({abandoned: true, stagingId: 's', status: 'abandoned'})],
    ['POST', '/stage/s/attach', json({error: 'Blob staging not found'}, 404)],
    ['GET', '/b', {status: 200, headers: {'x-blob-id': 'b', 'x-blob-sha256': 'd'}, body: 'bytes'}],
  ];
  test.each(blobTampers.map(tamper => [tamper.id, tamper] as const))('%s', (_, tamper) => {
    const bent = honest.filter(([method, path, answer]) => {
      const request = {method, path: `/v1/vfs/blobs${path}`, headers: {}, body: ''};
      if (!tamper.matches(request)) return false;
      const about = {request, earlier: [], others: new Map(), random: {} as never};
      const lie = tamper.apply(answer, about);
      return lie !== null && JSON.stringify(lie) !== JSON.stringify(answer);
    });
    expect(bent.length).toBeGreaterThan(0);
  });

  test('and none touches the answers of sync', () => {
    const request = {method: 'GET', path: '/v1/vfs/crdt/sync', headers: {}, body: ''};
    expect(blobTampers.filter(tamper => tamper.matches(request))).toEqual([]);
  });
});
