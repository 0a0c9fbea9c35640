/** Reads the arguments of a verb by its own table of flags; whatever does not fit is told with what to do instead. */
import {parseArgs} from 'node:util';
import {printable} from '../report/printable.ts';
import {Misuse} from './misuse.ts';
import {nearest} from './nearest.ts';
import type {Session} from './session.ts';

/** A flag: with `value` (how help shows it) it takes one, without it is a switch. */
export interface Flag {
  readonly value?: string;
  readonly about: string;
}

export interface Operand {
  readonly name: string;
  readonly required: boolean;
  /** Of the last one there may be many. */
  readonly many?: boolean;
  readonly about: string;
}

/** One verb: what it is called, what it takes, and what it does. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly operands: readonly Operand[];
  readonly flags: Readonly<Record<string, Flag>>;
  /** Sentences that `--help` ends with. */
  readonly notes: readonly string[];
  /** Does it; resolves to the exit code. */
  readonly act: (args: Args, session: Session) => Promise<number>;
}

/** The arguments of one invocation. */
export interface Args {
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, string | true>>;
}

/** Flags that every verb has. */
export const SHARED_FLAGS: Readonly<Record<string, Flag>> = {
  json: {about: 'one object on stdout, everything else on stderr'},
  help: {about: 'what this verb takes'},
};

/** Reads `argv` (what follows the verb). Throws {@link Misuse}. */
export function readArgs(verb: Verb, argv: readonly string[]): Args {
  const flags = {...verb.flags, ...SHARED_FLAGS};
  const values: Record<string, string | true> = {};
  const operands: string[] = [];
  for (const token of tokens(flags, argv)) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(verb, token.rawName, Object.keys(flags));
    if (values[token.name] !== undefined) throw misuse(verb, `--${token.name} is given twice`);
    values[token.name] = optionValue(verb, flag, token);
  }
  if (values['help'] === undefined) checkOperands(verb, operands);
  return {operands, values};
}

type Token =
  | {
      readonly kind: 'option';
      readonly name: string;
      readonly rawName: string;
      readonly value?: string | undefined;
      readonly inlineValue?: boolean | undefined;
    }
  | {readonly kind: 'positional'; readonly value: string}
  | {readonly kind: 'option-terminator'};

/** Tells apart flags, their values and operands; judging them is left to the caller, who can say more about it. */
function tokens(flags: Readonly<Record<string, Flag>>, argv: readonly string[]): readonly Token[] {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: flag.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(name === 'help' ? {short: 'h'} : {}),
      },
    ]),
  );
  return parseArgs({args: [...argv], options, strict: false, allowPositionals: true, tokens: true}).tokens;
}

function optionValue(verb: Verb, flag: Flag, token: Token & {kind: 'option'}): string | true {
  if (flag.value === undefined) {
    if (token.value === undefined) return true;
    throw misuse(verb, `${token.rawName} takes no value, got "${token.value}"`);
  }
  const swallowed =
    token.inlineValue === false && token.value?.startsWith('-') === true && token.value !== '-';
  if (token.value === undefined || token.value === '' || swallowed) {
    throw misuse(verb, `${token.rawName} needs a value: ${token.rawName} ${flag.value}`);
  }
  return token.value;
}

function checkOperands(verb: Verb, operands: readonly string[]): void {
  const missing = verb.operands.find((operand, index) => operand.required && operands[index] === undefined);
  if (missing !== undefined) throw misuse(verb, `${verb.name} needs a ${missing.name}: ${missing.about}`);
  if (verb.operands.at(-1)?.many === true) return;
  const extra = operands[verb.operands.length];
  if (extra !== undefined) throw misuse(verb, `${verb.name} does not know what to do with "${extra}"`);
}

function unknownFlag(verb: Verb, given: string, names: readonly string[]): Misuse {
  const guess = nearest(given.replace(/^-+/, ''), names);
  const wrong = `${verb.name} has no flag ${printable(given)}`;
  return guess === null
    ? misuse(verb, wrong)
    : new Misuse(wrong, `did you mean --${guess}? See: syncstorm ${verb.name} --help`);
}

const misuse = (verb: Verb, wrong: string): Misuse =>
  new Misuse(printable(wrong), `see: syncstorm ${verb.name} --help`);
