/** Runs so many seeds of VFS and prints a line each: seed, verdict or signature, digest. Started as a process of its own. */
import {vfs} from '../../dist/scenarios/vfs/system.js';
import {run, seedAt} from '../../dist/src/index.js';

const [base, count] = process.argv.slice(2);
for (let index = 0; index < Number(count); index += 1) {
  const {plan, violation, digest} = await run(vfs, {seed: seedAt(base, index)});
  process.stdout.write(`${plan.seed} ${violation?.signature ?? 'ok'} ${digest}\n`);
}
