#!/usr/bin/env node
/** The program `vfs-migrate`: gives the migration its file, its clock, its streams and its exit code. */
import {HELP, Misuse, readArguments} from './arguments.ts';
import {carryOut} from './commands.ts';
import {FileError} from './sqlite-file.ts';

const EXIT = {ok: 0, refused: 1, usage: 2, unreadable: 22, internal: 70} as const;

async function main(argv: readonly string[]): Promise<number> {
  const invocation = readArguments(argv);
  if (invocation === null) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const {command, file, json} = invocation;
  const {ok, lines, data} = await carryOut(invocation, () => Date.now());
  if (json)
    process.stdout.write(`${JSON.stringify({schema: 'vfs-migrate/1', command, file, ok, ...data})}\n`);
  else (ok ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  return ok ? EXIT.ok : EXIT.refused;
}

function tell(error: unknown): number {
  if (error instanceof Misuse) {
    process.stderr.write(`vfs-migrate: ${error.message}\nvfs-migrate --help says more\n`);
    return EXIT.usage;
  }
  if (error instanceof FileError) {
    process.stderr.write(`vfs-migrate: ${error.message}\n`);
    return EXIT.unreadable;
  }
  process.stderr.write(
    `vfs-migrate: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.internal;
}

process.exitCode = await main(process.argv.slice(2)).catch(tell);
