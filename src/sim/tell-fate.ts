/** Traces a fate that is not calm, by the name under which a plan gives it. */
import type {Core} from './core.ts';
import type {Identity} from './identity.ts';
import type {Life} from './life.ts';
import type {Fate} from './plan.ts';

/** `node`: whose message or statement it is. */
export function tellFate(core: Core, node: string, key: Identity, {act, arg = 0}: Fate): void {
  if (act === undefined) return;
  // which lie it is shows where the answer is received: naming it in a plan does not make it another run
  core.event('fate', node, key.text, act.startsWith('tamper:') ? 'tamper' : act, arg);
}

/** The fate of the next statement of a line, traced. */
export function statementFate(core: Core, life: Life, line: string): Fate {
  const key = core.weather.line(line).next(life.owner);
  const fate = core.weather.statement(key);
  tellFate(core, life.id, key, fate);
  return fate;
}
