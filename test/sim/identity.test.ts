/** Identities: what they are called in plans and traces, and that their streams are those of that name. */
import {describe, expect, it} from 'vitest';
import {TextHash} from '../../src/sim/digest.ts';
import {Line} from '../../src/sim/identity.ts';
import {Stream} from '../../src/sim/random.ts';

const SEED = '0x0123456789abcdef';
const drawn = (stream: Stream): number[] => Array.from({length: 5}, () => stream.integer(0, 0xffff_ffff));

describe('an identity', () => {
  it('is called by its line, its number on it, and its leg', () => {
    const line = new Line(TextHash.of(SEED), 'client0>server POST /push');
    expect(line.next().text).toBe('client0>server POST /push #1');
    expect(line.next().leg('req').text).toBe('client0>server POST /push #2 req');
  });

  it('has the streams that its text names, however it was put together', () => {
    const line = new Line(TextHash.of(SEED), 'a>b send');
    for (let ordinal = 1; ordinal <= 12; ordinal += 1) {
      const identity = line.next();
      expect(drawn(identity.stream())).toEqual(drawn(Stream.keyed(SEED, `a>b send #${ordinal}`)));
      expect(drawn(identity.leg('res').stream(' delay'))).toEqual(
        drawn(Stream.keyed(SEED, `a>b send #${ordinal} res delay`)),
      );
    }
  });
});
