/** Which injections of a list are run: all, unless flags choose some of them. */
import {printable} from '../../report/printable.ts';
import type {Injection} from '../../sim/injection.ts';
import type {System} from '../../sim/system.ts';
import type {Args} from '../args.ts';
import {Misuse} from '../misuse.ts';
import {suggestion} from '../nearest.ts';
import {countOf, textOf} from '../values.ts';

/** Takes the chosen ones out of a list, in its order. */
export type Choice = (injections: readonly Injection[]) => readonly Injection[];

/** Hazards of injections that systems do not declare by these names: they are crashes. */
const AT_STATEMENTS = ['crash-before', 'crash-after'];

/** What `--only`, `--part` and `--limit` choose, one after another. Throws {@link Misuse}. */
export function choiceOf(args: Args, systems: readonly System[]): Choice {
  const only = onlyOf(args, systems);
  const part = partOf(args);
  const limit = countOf(args, 'limit', 1) ?? Number.MAX_SAFE_INTEGER;
  return injections =>
    injections
      .filter(({hazard}) => only === null || only.includes(hazard) || only.includes(kindOf(hazard)))
      .filter((_, index) => index % part.of === part.index - 1)
      .slice(0, limit);
}

/** `tamper:x` is a tamper. */
const kindOf = (hazard: string): string => hazard.split(':')[0] ?? hazard;

function onlyOf(args: Args, systems: readonly System[]): readonly string[] | null {
  const text = textOf(args, 'only');
  if (text === undefined) return null;
  const known = systems.flatMap(({hazards, tampers = []}) => [
    ...Object.keys(hazards),
    ...(hazards['crash'] === undefined ? [] : AT_STATEMENTS),
    ...tampers.map(({id}) => `tamper:${id}`),
  ]);
  const wanted = text.split(',').map(name => name.trim());
  const unknown = wanted.find(name => !known.includes(name));
  if (unknown === undefined) return wanted;
  const short = known.filter(name => !name.startsWith('tamper:'));
  throw new Misuse(
    `--only: no hazard of the system is called "${printable(unknown)}"`,
    suggestion(unknown, [...new Set(unknown.startsWith('tamper:') ? known : short)], 'hazards'),
  );
}

function partOf(args: Args): {readonly index: number; readonly of: number} {
  const text = textOf(args, 'part');
  if (text === undefined) return {index: 1, of: 1};
  const [, index, of] = /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,5})$/.exec(text) ?? [];
  if (Number(index) <= Number(of)) return {index: Number(index), of: Number(of)};
  throw new Misuse(
    `--part takes the number of a part and how many there are, got "${printable(text)}"`,
    'as in: --part 1/2',
  );
}
