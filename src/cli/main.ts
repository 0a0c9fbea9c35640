#!/usr/bin/env node
/** The program `syncstorm`: gives the command line its process, and the process its exit code. */
import {main, openSession, refuse} from './dispatch.ts';
import {processIo} from './process-io.ts';

const argv = process.argv.slice(2);
const io = processIo();
const session = openSession(argv, io);

/** Ends the process when everything written has left it; open handles of a system must not keep it alive. */
function leave(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

const fail = (error: unknown): void => leave(refuse(error, argv, session));
// with nothing left to wait for, a promise that never settles would end the process without a word
const stall = (): void => fail(new Error('nothing is left to happen, and there is no verdict'));

process.on('uncaughtException', error => {
  // while a run is on, the simulator listens too: then it is a finding about a node, and not ours to end on
  if (process.listenerCount('uncaughtException') === 1) fail(error);
});
process.on('beforeExit', stall);
void main(argv, io, session).then(code => {
  process.off('beforeExit', stall);
  leave(code);
});
