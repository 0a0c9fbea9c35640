/** `explore`: a small scope of a system to its end, every history in every order of arrival. */
import {exploreLines, exploreRecord, exploreStatus, exploreVerdict} from '../report/explore.ts';
import {printable} from '../report/printable.ts';
import {recordHead} from '../report/record.ts';
import {Explorer, type BrokenLaw} from '../sim/explore/explore.ts';
import {LARGEST, type ScopeSize} from '../sim/explore/scope.ts';
import type {Args, Verb} from './args.ts';
import {exploreCommand} from './command.ts';
import {exitOf} from './exit.ts';
import {Live} from './live.ts';
import {checkVariant, loadSystem, registered} from './load-system.ts';
import {Misuse} from './misuse.ts';
import type {Session} from './session.ts';
import {durationOf, textOf} from './values.ts';
import {version} from './version.ts';

const DEFAULT_SCOPE = '3x4';
/** After so many histories it looks at the clock, and whether it was interrupted. */
const SLICE = 64;

export const explore: Verb = {
  name: 'explore',
  summary: 'every history of a small scope, in every order of arrival',
  operands: [{name: 'system', required: true, about: 'a name, or a path to a module that exports one'}],
  flags: {
    scope: {
      value: 'DxN',
      about: `up to D devices that write up to N operations together; ${DEFAULT_SCOPE} unless told`,
    },
    variant: {value: 'NAME', about: 'a variant of the system (see list)'},
    for: {value: '60s', about: 'stop after so long; what is not exhausted then is inconclusive'},
  },
  notes: [
    'A history is who wrote what after which, and what each operation does; the smallest come first.',
    'What is left out because it stands for the same as something that is not is told, and why that is sound.',
  ],
  act,
};

async function act(args: Args, session: Session): Promise<number> {
  const size = scopeOf(textOf(args, 'scope') ?? DEFAULT_SCOPE);
  const named = await loadSystem(args.operands[0] ?? '', session.io.cwd);
  const variant = checkVariant(named, textOf(args, 'variant') ?? 'default');
  const limitMs = durationOf(args, 'for') ?? Number.POSITIVE_INFINITY;
  const {name} = named.system;
  const scope = named.system.smallScope?.(variant);
  if (scope === undefined) throw new Misuse(`${name} offers no small scope to explore`, remedy());
  const commandFor = (within: ScopeSize): string => exploreCommand(named.given, textFor(within), variant);
  session.running = commandFor(size);
  const what = `${size.devices} devices x ${size.operations} operations`;
  session.say(
    `syncstorm ${version()}  explore ${printable(name)}  variant ${printable(variant)}  ${what}  node ${process.versions.node}`,
  );
  const explorer = new Explorer(scope, size);
  const startedAt = session.io.wallClock();
  await goThrough(explorer, startedAt, limitMs, session);
  const elapsedMs = session.io.wallClock() - startedAt;
  session.running = null;
  const facts = {
    system: name,
    variant,
    explored: explorer.result(),
    symmetries: scope.symmetries,
    elapsedMs,
    commandOf: ({smallest}: BrokenLaw) =>
      commandFor({devices: smallest.devices, operations: smallest.operations.length}),
  };
  const verdict = exploreVerdict(facts.explored);
  session.say(['', ...exploreLines(facts, session.paint, session.width)]);
  session.emit({
    ...recordHead('explore', name, verdict, facts.explored.histories, elapsedMs),
    ...exploreRecord(facts),
  });
  return exitOf(verdict);
}

/** Explores until nothing is left, the time is up, or somebody interrupts. */
async function goThrough(
  explorer: Explorer,
  startedAt: number,
  limitMs: number,
  {io}: Session,
): Promise<void> {
  const live = new Live(io);
  let interrupted = false;
  const release = io.onInterrupt(() => (interrupted = true));
  try {
    while (!interrupted && slice(explorer)) {
      const elapsedMs = io.wallClock() - startedAt;
      if (elapsedMs >= limitMs) break;
      const {histories, orders, brokenLaws} = explorer;
      live.show(width => exploreStatus(histories, orders, brokenLaws, elapsedMs, width));
      await new Promise(resolve => setImmediate(resolve)); // lets a signal in
    }
  } finally {
    release();
    live.clear();
  }
}

/** Judges some more histories. False if none is left. */
function slice(explorer: Explorer): boolean {
  for (let done = 0; done < SLICE; done += 1) {
    if (!explorer.step()) return false;
  }
  return true;
}

function scopeOf(text: string): ScopeSize {
  const [, devices, operations] = /^([0-9]{1,3})x([0-9]{1,3})$/.exec(text) ?? [];
  const size = {devices: Number(devices), operations: Number(operations)};
  const fits = (value: number, largest: number): boolean => value >= 1 && value <= largest;
  if (fits(size.devices, LARGEST.devices) && fits(size.operations, LARGEST.operations)) return size;
  throw new Misuse(
    `--scope takes devices x operations, from 1x1 to ${textFor(LARGEST)}, got "${printable(text)}"`,
    `as in: --scope ${DEFAULT_SCOPE}`,
  );
}

const textFor = ({devices, operations}: ScopeSize): string => `${devices}x${operations}`;

function remedy(): string {
  const able = registered().filter(({system}) => system.smallScope !== undefined);
  const names = able.map(({given}) => given).join(', ');
  const own = 'give your own system a smallScope';
  return names === '' ? own : `${own}, or explore one of: ${names}`;
}
