/** Errors that a node is given by its host. */

/**
 * Makes an error without a stack: that would show the simulator's own loop, and takes longer than all the rest of what
 * such an error stands for.
 */
export function stackless<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = make();
  Error.stackTraceLimit = limit;
  return error;
}
