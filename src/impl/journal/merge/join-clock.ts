/** The rule as it is commonly built: the winner of a conflict gets the join of both clocks. It takes what it beat for superseded. */
import {joinClocks} from './clock.ts';
import {oneWinner} from './one-winner.ts';

export const joinClock = oneWinner('join-clock', (state, _, incoming) =>
  joinClocks(state.clock, incoming.clock),
);
