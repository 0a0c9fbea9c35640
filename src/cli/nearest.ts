/** Guesses which name was meant by one that does not exist. */

/** The candidate closest to `word`, or null if none is close enough to be what was meant. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const lower = word.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const whole = candidate.toLowerCase();
    const distance = lower.length >= 2 && whole.startsWith(lower) ? 1 : edits(lower, whole);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** How many insertions, deletions, replacements and swaps of neighbours lead from one text to the other. */
function edits(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({length: to.length + 1}, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min((above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1);
      least = Math.min(least, (above[column - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        least = Math.min(least, (before[column - 2] ?? 0) + 1);
      }
      here.push(least);
    }
    [before, above] = [above, here];
  }
  return above[to.length] ?? 0;
}

/** `Did you mean x?` and, whether or not, what there is. */
export function suggestion(word: string, candidates: readonly string[], kind: string): string {
  const guess = nearest(word, candidates);
  const all = `${kind}: ${candidates.join(', ')}`;
  return guess === null ? all : `did you mean ${guess}? (${all})`;
}
