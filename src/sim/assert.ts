/** The first of the three kinds of wrong: our own bug. It is thrown, ends the run, and is never a finding about a system. */

export class AssertionError extends Error {
  constructor(claim: string) {
    super(`broken inside the simulator: ${claim}`);
    this.name = 'AssertionError';
  }
}

/** Throws unless `condition` holds; `claim` says, positively, what should be true. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionError(claim);
}

/** What the user gave cannot be used: a bad flag, seed, system or plan. The message says what to do instead. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A stored plan, corpus file or bundle that cannot be read or does not fit its schema. */
export class UnreadableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableError';
  }
}
