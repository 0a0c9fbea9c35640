/** The real process as an `Io`: its streams, its clock, its signals. */
import {randomBytes} from 'node:crypto';
import type {WriteStream} from 'node:tty';
import type {Io, Screen} from './io.ts';

const INTERRUPTED = 130;
const COLUMNS = 80;

/** The process's own streams, working directory, environment, clock and signals. */
export function processIo(): Io {
  return {
    out: screen(process.stdout),
    err: screen(process.stderr),
    cwd: process.cwd(),
    env: process.env,
    wallClock: () => performance.now(),
    entropy: () => randomBytes(8).toString('hex'),
    onInterrupt,
  };
}

function screen(stream: WriteStream): Screen {
  // a reader that went away (`| head`) is no error of ours
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  return {
    write: text => void stream.write(text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY && stream.columns > 0 ? stream.columns : COLUMNS;
    },
  };
}

/** The first signal asks to finish; the second one ends the process at once. */
function onInterrupt(act: () => void): () => void {
  let asked = false;
  const heard = (): void => {
    if (asked) process.exit(INTERRUPTED);
    asked = true;
    act();
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return () => {
    process.off('SIGINT', heard);
    process.off('SIGTERM', heard);
  };
}
