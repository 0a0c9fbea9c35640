/** A register that several devices write, as a small scope: what explore makes of engines that are right, and of wrong ones. */
import type {Json} from '../../../src/sim/json.ts';
import type {History, SmallScope} from '../../../src/sim/explore/scope.ts';

export interface Write {
  readonly name: string;
  readonly value: number;
}

type State = readonly Write[];

/** How an engine takes a write in; what is shown is the last of its state. */
const ENGINES: Readonly<Record<string, (state: State, write: Write) => State>> = {
  /** Keeps all, each once, the greatest last. */
  greatest: (state, write) =>
    state.some(({name}) => name === write.name)
      ? state
      : [...state, write].sort((a, b) => a.value - b.value || (a.name < b.name ? -1 : 1)),
  'last-to-arrive': (_, write) => [write],
  /** Right, but it keeps what comes twice. */
  hoarding: (state, write) =>
    [...state, write].sort((a, b) => a.value - b.value || (a.name < b.name ? -1 : 1)),
};

export function toyScope(
  engine: string,
  acts: readonly number[][] = [[1], [1, 2], [1, 2, 3]],
): SmallScope<number, Write, State, string | null> {
  const valueOf = (shown: Json): string => (typeof shown === 'string' ? shown : 'nothing');
  return {
    symmetries: ['devices by other names: nobody looks at them'],
    palettes: operations => acts.filter(({length}) => length === operations),
    operations: (history: History<number>, names) =>
      history.map(({act}, index) => ({
        name: names[index] ?? '',
        value: act,
      })),
    empty: [],
    deliver: (state, write) => ENGINES[engine]?.(state, write) ?? state,
    plain: state => state.map(({name, value}) => [name, value]),
    shown: state => state.at(-1)?.name ?? null,
    expected: arrived =>
      [...arrived].sort((a, b) => a.value - b.value || (a.name < b.name ? -1 : 1)).at(-1)?.name ?? null,
    laws: [
      {kind: 'order', id: 'TOY-1', sentence: 'the order of arrival does not matter'},
      {kind: 'repetition', id: 'TOY-2', sentence: 'what comes twice counts once'},
      {
        kind: 'result',
        id: 'TOY-3',
        sentence: 'the greatest is shown',
        wrong: (shown, expected) =>
          shown === expected ? null : `${valueOf(shown)} is shown in place of ${expected}`,
      },
    ],
    cells: ({value}) => [`write ${value}`],
    shownCells: shown => [valueOf(shown)],
    expectedCells: expected => [valueOf(expected)],
  };
}
