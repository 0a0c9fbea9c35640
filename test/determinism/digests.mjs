/** Runs so many seeds of a system and prints a line each: seed, verdict or signature, digest. Started as a process of its own. */
import {systems} from '../../dist/scenarios/registry.js';
import {run, seedAt} from '../../dist/src/index.js';

const [name, base, count] = process.argv.slice(2);
const system = systems.find(one => one.name === name);
for (let index = 0; index < Number(count); index += 1) {
  const {plan, violation, digest} = await run(system, {seed: seedAt(base, index)});
  process.stdout.write(`${plan.seed} ${violation?.signature ?? 'ok'} ${digest}\n`);
}
