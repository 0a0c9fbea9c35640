/** SHA-256 and its message authentication, against the platform's own. */
import {createHash, createHmac} from 'node:crypto';
import {expect, test} from 'vitest';
import {hmacHex, sha256} from '../../../src/impl/journal/sha256.ts';

test('every length around the edges of a block', () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1_000]) {
    const bytes = Uint8Array.from({length}, (_, at) => (at * 131 + length) % 256);
    expect(Buffer.from(sha256(bytes)).toString('hex'), `${length} bytes`).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
  }
});

test('keys shorter than a block, as long, and longer; texts beyond ASCII', () => {
  for (const length of [0, 1, 63, 64, 65, 200]) {
    const key = 'k'.repeat(length);
    expect(hmacHex(key, 'grüße 🙂')).toBe(createHmac('sha256', key).update('grüße 🙂').digest('hex'));
  }
});
