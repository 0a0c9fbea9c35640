/** Operations on one object as devices write them that mostly know of each other: endless, and cheap to make. */
import seedrandom from 'seedrandom';
import type {Clock} from '../src/impl/journal/merge/clock.ts';
import {incremented, joinClocks} from '../src/impl/journal/merge/clock.ts';
import type {Operation} from '../src/impl/journal/merge/operation.ts';

const DEVICES = ['anna', 'bert', 'cora', 'dirk'] as const;
/** One operation in so many knows only what its device knew before; the others know everything. */
const APART_ONE_IN = 4;
const DELETE_ONE_IN = 10;
const WORDS = ['amber', 'birch', 'cedar', 'dune', 'ember', 'fern'] as const;

export class ObjectHistory {
  readonly #name: string;
  readonly #random: seedrandom.PRNG;
  readonly #known = new Map<string, Clock>(DEVICES.map(device => [device, {}]));
  #all: Clock = {};
  #written = 0;

  constructor(name: string) {
    this.#name = name;
    this.#random = seedrandom.alea(name);
  }

  /** The next operation that some device writes. */
  next(): Operation {
    const device = DEVICES[this.#below(DEVICES.length)] ?? '';
    const known = this.#below(APART_ONE_IN) === 0 ? (this.#known.get(device) ?? {}) : this.#all;
    const clock = incremented(known, device);
    this.#known.set(device, clock);
    this.#all = joinClocks(this.#all, clock);
    this.#written += 1;
    const isTombstone = this.#below(DELETE_ONE_IN) === 0;
    const title = `${WORDS[this.#below(WORDS.length)]} ${WORDS[this.#below(WORDS.length)]}`;
    return {
      // of one length, and joined so that the text is in one piece: ids should cost the same however many there are
      opId: [this.#name, String(this.#written).padStart(7, '0')].join('-'),
      deviceId: device,
      payload: isTombstone ? null : {title, done: this.#below(2) === 0, rank: this.#below(100)},
      clock,
      isTombstone,
      tags: [WORDS[this.#below(WORDS.length)] ?? ''],
    };
  }

  #below(bound: number): number {
    return (this.#random.int32() >>> 0) % bound;
  }
}
