/** Bytes and their spellings: digests as the standard gives them, base64 as strict as it must be. */
import {createHash} from 'node:crypto';
import {fc, test as law} from '@fast-check/vitest';
import {describe, expect, test} from 'vitest';
import {decodeBase64, encodeBase64} from '../../../../src/impl/vfs/blobs/base64.ts';
import {sha256} from '../../../../src/impl/vfs/blobs/sha256.ts';

describe('sha256', () => {
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('of "%s" is what the standard says', (text, digest) => {
    expect(sha256(new TextEncoder().encode(text))).toBe(digest);
  });

  law.prop([fc.uint8Array({maxLength: 300})])('is the same as another implementation makes it', bytes => {
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test.each([55, 56, 63, 64, 65, 119, 120])('of %d bytes, at the edge of a block', length => {
    const bytes = new Uint8Array(length).fill(7);
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('base64', () => {
  law.prop([fc.uint8Array({minLength: 1, maxLength: 50})])('comes back as it went, padded or not', bytes => {
    const text = encodeBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString('base64'));
    expect(decodeBase64(text)).toEqual(bytes);
    expect(
      decodeBase64(` ${text.replace(/=/g, '').slice(0, 1)}\n${text.replace(/=/g, '').slice(1)}`),
    ).toEqual(bytes);
  });

  test.each(['', ' ', '=', 'A', 'AB=', 'ABC==', 'AB===', 'A=BC', 'AB-_', 'AC==', 'ABCDE'])(
    '%j is none',
    text => {
      expect(decodeBase64(text)).toBeNull();
    },
  );
});
