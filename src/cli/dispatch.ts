/** From arguments to an exit code: finds the verb, lets it act, and turns whatever goes wrong into words and a code. */
import {printable} from '../report/printable.ts';
import {recordHead} from '../report/record.ts';
import {UnreadableError, UsageError} from '../sim/assert.ts';
import {readArgs, type Verb} from './args.ts';
import {EXIT} from './exit.ts';
import {overview, verbHelp, verbRecord} from './help.ts';
import type {Io} from './io.ts';
import {Misuse} from './misuse.ts';
import {suggestion} from './nearest.ts';
import {Session} from './session.ts';
import {VERBS} from './verbs.ts';
import {version} from './version.ts';

/** The session of an invocation; `argv` is what follows the program's name. */
export const openSession = (argv: readonly string[], io: Io): Session =>
  new Session(io, argv.includes('--json'));

/** Carries out one invocation and gives its exit code. Never rejects. */
export async function main(
  argv: readonly string[],
  io: Io,
  session = openSession(argv, io),
): Promise<number> {
  try {
    return await dispatch(argv, session);
  } catch (error) {
    return refuse(error, argv, session);
  }
}

async function dispatch(argv: readonly string[], session: Session): Promise<number> {
  const [first, ...rest] = argv.filter((word, index) => word !== '--json' || index > 0);
  if (first === undefined) throw new Misuse('no verb is given', `verbs: ${verbNames().join(', ')}, help`);
  if (first === '--version') return tell([version()], {version: version()}, session);
  if (first === 'help' || first === '--help' || first === '-h') return help(rest, session);
  const verb = find(first);
  const args = readArgs(verb, rest);
  if (args.values['help'] !== undefined) return help([verb.name], session);
  return verb.act(args, session);
}

/** `help`, `help <verb>`. */
function help(argv: readonly string[], session: Session): number {
  const [name, extra] = argv.filter(word => word !== '--json');
  if (extra !== undefined)
    throw new Misuse(`help takes one verb, not also "${printable(extra)}"`, 'see: syncstorm help');
  if (name === undefined)
    return tell(overview(VERBS, session.paint), {verbs: VERBS.map(verbRecord)}, session);
  const verb = find(name);
  return tell(verbHelp(verb, session.paint), {verbs: [verbRecord(verb)]}, session);
}

function tell(lines: readonly string[], record: Readonly<Record<string, unknown>>, session: Session): number {
  if (!session.json) session.say(lines);
  session.emit({...recordHead('help', null, 'ok', 0, session.elapsedMs), ...record});
  return EXIT.ok;
}

function find(name: string): Verb {
  const verb = VERBS.find(candidate => candidate.name === name);
  if (verb !== undefined) return verb;
  throw new Misuse(
    `there is no verb "${printable(name)}"`,
    `${suggestion(name, [...verbNames(), 'help'], 'verbs')}; see: syncstorm help`,
  );
}

const verbNames = (): string[] => VERBS.map(({name}) => name);

/** Says what went wrong, and gives the code that scripts can tell it by. */
export function refuse(error: unknown, argv: readonly string[], session: Session): number {
  const [exit, lines] = explain(error, session);
  for (const line of lines) session.log(line);
  session.emit({
    ...recordHead(printable(argv[0] ?? ''), null, 'inconclusive', 0, session.elapsedMs),
    error: {exit, message: lines.join('\n')},
  });
  return exit;
}

function explain(error: unknown, session: Session): [exit: number, lines: readonly string[]] {
  if (error instanceof UsageError) {
    const remedy = error instanceof Misuse ? error.remedy : 'see: syncstorm help';
    return [EXIT.usage, [`syncstorm: ${printable(error.message)}`, remedy]];
  }
  if (error instanceof UnreadableError) {
    return [
      EXIT.unreadable,
      [`syncstorm: ${printable(error.message)}`, 'what is stored is never guessed at: repair or remove it'],
    ];
  }
  return [EXIT.internal, internalError(error, session.running)];
}

/** The words for what should never happen; `running` is the command that was being carried out, if any. */
function internalError(error: unknown, running: string | null): string[] {
  const trail = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return [
    'syncstorm: internal error: this is a mistake in the harness or in the adapter of the system, not a finding',
    ...trail.split('\n').slice(0, 8).map(printable),
    running === null
      ? 'please report it with these lines'
      : 'please report it with these lines and this command:',
    ...(running === null ? [] : [running]),
  ];
}
