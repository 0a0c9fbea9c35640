/** The rule as it is commonly documented: the winner of a conflict keeps its own clock. It forgets that the loser was seen. */
import {oneWinner} from './one-winner.ts';

export const winnerClock = oneWinner('winner-clock', (_, winner) => winner.clock);
