/** The text of `help`: of all verbs, or of one; made from the same tables that arguments are read by. */
import {columns, indent} from '../report/columns.ts';
import type {Paint} from '../report/paint.ts';
import {SHARED_FLAGS, type Flag, type Verb} from './args.ts';

const EXIT_CODES: readonly (readonly string[])[] = [
  ['0', 'nothing found'],
  ['1', 'at least one violation'],
  ['2', 'usage or configuration error'],
  ['20', 'nondeterminism: same plan, other digest'],
  [
    '21',
    'inconclusive: nothing ran or not all, a required goal was not reached, or a known bug was not noticed',
  ],
  ['22', 'a plan, a corpus, a mutant or a result cannot be read'],
  ['70', 'internal error of the harness'],
];

/** What there is, and how to learn more of it. */
export function overview(verbs: readonly Verb[], paint: Paint): string[] {
  return [
    'syncstorm: deterministic simulation and fuzz testing for sync engines; a seed names a run for ever.',
    '',
    'usage: syncstorm <verb> [system] [flags]',
    '',
    ...indent(
      columns([
        ...verbs.map(verb => [paint.bold(usage(verb)), verb.summary]),
        [paint.bold('help [verb]'), 'this, or what a verb takes; also <verb> --help'],
        [paint.bold('--version'), 'the version of syncstorm'],
      ]),
    ),
    '',
    'exit codes',
    ...indent(columns(EXIT_CODES, ['right'])),
  ];
}

/** What one verb takes. */
export function verbHelp(verb: Verb, paint: Paint): string[] {
  const flags = Object.entries({...verb.flags, ...SHARED_FLAGS});
  return [
    `usage: syncstorm ${usage(verb)} [flags]`,
    '',
    verb.summary,
    '',
    ...indent(
      columns([
        ...verb.operands.map(({name, about}) => [paint.bold(name), about]),
        ...flags.map(([name, flag]) => [paint.bold(flagText(name, flag)), flag.about]),
      ]),
    ),
    '',
    ...verb.notes,
  ];
}

/** The same as plain data, for `--json`. */
export const verbRecord = (verb: Verb): Readonly<Record<string, unknown>> => ({
  name: verb.name,
  summary: verb.summary,
  operands: verb.operands,
  flags: {...verb.flags, ...SHARED_FLAGS},
});

const usage = (verb: Verb): string =>
  [
    verb.name,
    ...verb.operands.map(
      ({name, required, many}) => (required ? `<${name}>` : `[${name}]`) + (many === true ? '…' : ''),
    ),
  ].join(' ');

const flagText = (name: string, flag: Flag): string =>
  flag.value === undefined ? `--${name}` : `--${name} ${flag.value}`;
