/** The program of a worker thread: loads the system as the user named it, then carries out the jobs that it is sent. */
import {setFlagsFromString} from 'node:v8';
import {parentPort, workerData} from 'node:worker_threads';
import {assert} from '../../sim/assert.ts';
import {holdGuard} from '../../sim/guard.ts';
import type {System} from '../../sim/system.ts';
import {loadSystem} from '../load-system.ts';
import type {Job} from './executor.ts';
import {perform} from './perform.ts';
import {Signs, Slot} from './slot.ts';
import type {Post, WorkerTask} from './thread.ts';

// A collection of young objects takes about a millisecond, some thirty times a second. Where every core has a worker, the
// helpers that V8 wakes for it find none free, and the thread they help waits for them: without, two workers do 7 % more.
setFlagsFromString('--no-parallel-scavenge');

const task = workerData as WorkerTask;
const slot = new Slot(task.slot);
const signs = new Signs(task.signs);
assert(parentPort !== null, 'this module runs in a worker thread');
const port = parentPort;

const post = (message: Post): void => port.postMessage(message);

async function carryOut(system: System, job: Job): Promise<void> {
  try {
    const answer = await perform(system, job, {
      // looked at before every run, also by those that do not know of beats
      wallClock: () => {
        slot.beat();
        return performance.now();
      },
      at: done => slot.at(done),
      stopped: () => signs.isStopped,
      hurried: () => signs.isHurried,
    });
    post({kind: 'done', answer});
  } catch (error) {
    post({kind: 'broken', error: described(error)});
  }
}

const described = (error: unknown): {message: string; stack: string | undefined} =>
  error instanceof Error
    ? {message: error.message, stack: error.stack}
    : {message: String(error), stack: undefined};

try {
  const {system} = await loadSystem(task.given, task.cwd);
  // for good: putting it up takes longer than a short run, and between runs it lets everything through
  holdGuard();
  slot.ready();
  port.on('message', (job: Job) => void carryOut(system, job));
} catch (error) {
  post({kind: 'unloadable', error: described(error)});
}
