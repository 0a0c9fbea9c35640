/** `list`: which systems there are, and what can be run, met and claimed in each. */
import {catalogueEntry, catalogueLines} from '../report/catalogue.ts';
import {recordHead} from '../report/record.ts';
import {HAZARDS} from '../sim/hazards.ts';
import type {Args, Verb} from './args.ts';
import {EXIT} from './exit.ts';
import {loadSystem, registered} from './load-system.ts';
import {ownMutants} from './mutants/choice.ts';
import {SCENARIO_FLAG, systemText} from './scenario.ts';
import type {Session} from './session.ts';

export const list: Verb = {
  name: 'list',
  summary: 'systems, scenarios, variants, operations, claims, hazards, tampers, goals, mutants',
  operands: [{name: 'system', required: false, about: 'a name, or a path to a module that exports one'}],
  flags: {...SCENARIO_FLAG},
  notes: ['Without a system: one line each. With one: everything there is to know of it.'],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const given = systemText(args, args.operands[0]);
  const named = given === undefined ? registered() : [await loadSystem(given, session.io.cwd)];
  const entries = named.map(one =>
    catalogueEntry(
      one.system,
      HAZARDS,
      ownMutants(one, session.io.cwd).map(({mutant}) => mutant),
      registered().map(({system}) => system),
    ),
  );
  const all = entries.flatMap(entry => catalogueLines(entry, given !== undefined, session.paint));
  if (!session.json) session.say(all);
  const name = given === undefined ? null : (entries[0]?.name ?? null);
  session.emit({...recordHead('list', name, 'ok', 0, session.elapsedMs), systems: entries});
  return EXIT.ok;
}
