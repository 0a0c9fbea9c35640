/** Reads the arguments of `vfs-migrate`; whatever does not fit is told with what to do instead. */
import {parseArgs} from 'node:util';

export class Misuse extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Misuse';
  }
}

const COMMANDS = ['preflight', 'snapshot', 'up', 'verify', 'rollback'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Invocation {
  readonly command: Command;
  readonly file: string;
  /** Null where the command goes without one. */
  readonly snapshot: string | null;
  /** The version to stop at: 24 to 27. */
  readonly to: number;
  readonly json: boolean;
}

export const HELP = `vfs-migrate: the flattening migration v024 -> v025 -> v026 -> v027 of a VFS server's SQLite file

  vfs-migrate preflight FILE [--snapshot SNAPSHOT]   counts and schema version before the chain; changes nothing
  vfs-migrate snapshot  FILE --snapshot SNAPSHOT     copies FILE to SNAPSHOT, which must not exist yet
  vfs-migrate up        FILE --snapshot SNAPSHOT     runs the steps that are not recorded yet, in order
                        [--to VERSION]               stops after v0VERSION (24 to 27)
  vfs-migrate verify    FILE                         schema version, dropped tables, parity; changes nothing
  vfs-migrate rollback  FILE --snapshot SNAPSHOT     puts SNAPSHOT in the place of FILE

  --json   one object on stdout
  --help   this text

Servers must not write FILE meanwhile. Each step and its version record reach FILE together or not at all: a
command that is cut short is simply given again. A step that a guard refuses has changed nothing; stop the
rollout, and roll back. After a rollback, start the servers as restored, so that clients that are ahead of the
snapshot start over from it.

exit codes: 0 done, 1 refused by a guard or found violations, 2 wrong usage, 22 unreadable or unwritable file, 70 internal error
`;

/** Null if help was asked for. Throws {@link Misuse}. */
export function readArguments(argv: readonly string[]): Invocation | null {
  const {values, positionals} = parsed(argv);
  if (values.help === true) return null;
  const [command, file, ...more] = positionals;
  if (command === undefined) throw new Misuse(`no command is given: ${COMMANDS.join(', ')}`);
  if (!isCommand(command)) throw new Misuse(`there is no command "${command}": ${COMMANDS.join(', ')}`);
  if (file === undefined) throw new Misuse(`${command} needs the FILE to work on`);
  if (more.length > 0) throw new Misuse(`${command} takes one FILE, and got "${more.join(' ')}" beside it`);
  const takesSnapshot = command !== 'verify';
  if (values.snapshot !== undefined && !takesSnapshot) throw new Misuse(`${command} takes no --snapshot`);
  if (values.snapshot === undefined && takesSnapshot && command !== 'preflight') {
    throw new Misuse(`${command} needs --snapshot SNAPSHOT`);
  }
  if (values.to !== undefined && command !== 'up') throw new Misuse(`${command} takes no --to`);
  return {
    command,
    file,
    snapshot: values.snapshot ?? null,
    to: versionOf(values.to),
    json: values.json === true,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        snapshot: {type: 'string'},
        to: {type: 'string'},
        json: {type: 'boolean'},
        help: {type: 'boolean', short: 'h'},
      },
    });
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error));
  }
}

const isCommand = (text: string): text is Command => (COMMANDS as readonly string[]).includes(text);

function versionOf(text: string | undefined): number {
  if (text === undefined) return 27;
  if (!/^v?0?2[4-7]$/.test(text)) throw new Misuse(`--to takes 24, 25, 26 or 27, got "${text}"`);
  return Number(text.slice(-2));
}
