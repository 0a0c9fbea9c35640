/** The nouns of the journal: what devices write, what servers hold of it, what is told of it. */

/** A plain JSON value. */
export type Value = null | boolean | number | string | readonly Value[] | {readonly [key: string]: Value};

/** How many operations of each device on one object have been seen; a device that is not named counts 0. */
export type Clock = Readonly<Record<string, number>>;

/** One operation of one device on one object, as its author made it. */
export interface Operation {
  readonly opId: string;
  readonly deviceId: string;
  readonly objectType: string;
  readonly objectId: string;
  /** Null for a deletion. */
  readonly payload: Value;
  readonly vectorClock: Clock;
  readonly isTombstone: boolean;
  readonly tags: readonly string[];
}

/** What a device asks for: filters that must all fit. One that is absent fits everything, an empty one nothing. */
export interface Scope {
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  /** Fits an object that shows at least one of them. */
  readonly tags?: readonly string[];
}
