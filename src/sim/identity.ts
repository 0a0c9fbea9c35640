/** What a message or statement is called: its fate is drawn from this name, so that nothing else that happens can shift it. */
import type {TextHash} from './digest.ts';
import {Stream} from './random.ts';

/** Things of one kind at one place, numbered as they come: requests of one kind on one link, statements of one label. */
export class Line {
  readonly name: string;
  /** For whom each was made, if that is recorded: the id of an operation, or nothing. */
  readonly owners: string[] | null;
  readonly #hash: TextHash;
  #count = 0;

  /** `seed`: the hash of the run's seed. */
  constructor(seed: TextHash, name: string, recordOwners = false) {
    this.name = name;
    this.owners = recordOwners ? [] : null;
    this.#hash = seed.add(`${name} #`);
  }

  /** `owner`: the operation that it is made for. */
  next(owner = ''): Identity {
    this.#count += 1;
    this.owners?.push(owner);
    return new Identity(this.name, this.#count, '', this.#hash.add(String(this.#count)));
  }
}

/** One of them. Its text is put together only where it is asked for; its hash is always at hand. */
export class Identity {
  readonly #name: string;
  /** Its number among its kind, from 1. */
  readonly ordinal: number;
  readonly #leg: string;
  readonly #hash: TextHash;

  constructor(name: string, ordinal: number, leg: string, hash: TextHash) {
    this.#name = name;
    this.ordinal = ordinal;
    this.#leg = leg;
    this.#hash = hash;
  }

  /** As it stands in plans and traces: `client0>server POST /push #3 req`. */
  get text(): string {
    return `${this.#name} #${this.ordinal}${this.#leg}`;
  }

  /** A part of it with a fate of its own. */
  leg(leg: string): Identity {
    return new Identity(this.#name, this.ordinal, ` ${leg}`, this.#hash.add(` ${leg}`));
  }

  /** The stream for one decision about it; `suffix` names the decision and begins with a blank. */
  stream(suffix = ''): Stream {
    return Stream.hashed(suffix === '' ? this.#hash : this.#hash.add(suffix));
  }
}
