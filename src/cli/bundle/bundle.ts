/** The folder of a finding: everything that a person needs to understand it, written as a whole and read back. */
import {existsSync, readFileSync} from 'node:fs';
import {join, relative, resolve, sep} from 'node:path';
import {failureMarkdown, type FindingCommands} from '../../report/failure-markdown.ts';
import type {ReportAssets} from '../../report/html/data.ts';
import {reportPage} from '../../report/html/page.ts';
import {printable} from '../../report/printable.ts';
import {reproTest} from '../../report/repro-test.ts';
import {UnreadableError} from '../../sim/assert.ts';
import {parseTrace} from '../../sim/events.ts';
import type {Examined} from '../../sim/explanation.ts';
import {explainCommand, replayCommand, runCommand, shellWord} from '../command.ts';
import {readStored} from '../files.ts';
import {isRegistered} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import {ORIGINAL_FILE, PLAN_FILE, readStoredRun, storedText} from '../stored-run.ts';
import {shownFrom} from '../system-folder.ts';
import {version} from '../version.ts';
import {viewerAssets} from '../viewer-assets.ts';
import {failureOf, parseFailure, plainViolation, parseFilm, type Failure} from './failure-file.ts';
import {withoutSecrets, type Environment} from './secrets.ts';
import {writeTogether, type Files} from './together.ts';
import {unzipped, zipped} from './zipped.ts';

/** Written last: where it is, all the others are. */
export const FAILURE_FILE = 'failure.json';
const TRACE_FILE = 'trace.jsonl.gz';
const FILM_FILE = 'film.json.gz';
const TEST_FILE = 'repro.test.ts';
const CONFIG_FILE = 'vitest.config.js';
const REPORT_FILE = 'REPORT.md';
const PAGE_FILE = 'index.html';

const TEST_CONFIG = `// So that the test beside it runs wherever this folder is, whatever the project around it has its tests in.
export default {test: {dir: import.meta.dirname, include: ['${TEST_FILE}']}};
`;

/** What the command line knows of a finding beside what was found out about it. */
export interface About {
  /** The system as the user named it: the name of a registered one, or a path from `cwd`. */
  readonly given: string;
  readonly cwd: string;
  readonly env: Environment;
  /** The viewer of the page, if it is not the one that was built. */
  readonly viewer?: () => ReportAssets;
}

type Whereabouts = Omit<About, 'env'>;

/** What writing left: the names of the files in the folder, and what a person should be told. */
export interface Written {
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** A bundle as it was read. */
export interface Bundle {
  readonly examined: Examined;
  readonly failure: Failure;
}

/** Writes the bundle of a finding into a folder, in place of what is there of an earlier one. Throws {@link Misuse}. */
export function writeBundle(path: string, examined: Examined, about: About): Written {
  const folder = resolve(about.cwd, path);
  const plain = {...examined, violation: plainViolation(examined.violation)};
  const clean = withoutSecrets(plain, about.env);
  const commands = commandsFor(folder, clean, about);
  const {node} = process.versions;
  const failure = failureOf(clean, about.given, commands, {syncstorm: version(), node});
  const notes: string[] = [];
  const files = new Map<string, string | Uint8Array>([
    ...planFiles(clean, commands, node),
    [TRACE_FILE, zipped(`${clean.trace.join('\n')}\n`)],
    [FILM_FILE, zipped(JSON.stringify(clean.film))],
    ...reportFiles(folder, clean, commands, about, notes),
    [FAILURE_FILE, `${JSON.stringify(failure, null, 2)}\n`],
  ]);
  writeTogether(folder, files, FAILURE_FILE, [PAGE_FILE]);
  return {files: [...files.keys()], notes};
}

/** Both plans, each with what `replay` compares and a person wants to know. `node`: the version of Node that ran them. */
function planFiles(examined: Examined, commands: FindingCommands, node: string): Files {
  const {claim, sentence, message, signature} = examined.violation;
  const notes = {claim, sentence, message, command: commands.run, replay: commands.replay, node};
  const {minimal, digest, size, original, originalDigest, originalSize} = examined;
  return new Map([
    [PLAN_FILE, storedText({plan: minimal, digest, signature}, {...notes, steps: size.steps})],
    [
      ORIGINAL_FILE,
      storedText({plan: original, digest: originalDigest, signature}, {...notes, steps: originalSize.steps}),
    ],
  ]);
}

/** What people read: made from the data alone, so it can be made again. */
function reportFiles(
  folder: string,
  examined: Examined,
  commands: FindingCommands,
  {given, cwd, viewer = viewerAssets}: Whereabouts,
  notes: string[],
): Files {
  const {minimal: plan, violation} = examined;
  const module = isRegistered(given) ? null : specifierOf(folder, resolve(cwd, given));
  const test = reproTest({plan, violation, module, command: commands.test});
  const files = new Map([
    [TEST_FILE, test],
    [CONFIG_FILE, TEST_CONFIG],
    [REPORT_FILE, failureMarkdown(examined, commands)],
  ]);
  try {
    files.set(PAGE_FILE, reportPage({examined, commands, test}, viewer()));
  } catch (error) {
    // the code was compiled without the viewer: all else is worth having, and the page can be made later
    if (!(error instanceof Misuse)) throw error;
    const again = `npx syncstorm report ${shellWord(shownFrom(folder, cwd))}`;
    notes.push(`no ${PAGE_FILE}: ${error.message}; ${error.remedy}, then: ${again}`);
  }
  return files;
}

function commandsFor(folder: string, {original}: Examined, {given, cwd}: Whereabouts): FindingCommands {
  const shown = shownFrom(folder, cwd);
  const own = isRegistered(given);
  const system = own ? null : given;
  return {
    run: runCommand(given, original.seed, original.variant),
    replay: replayCommand(shown, system),
    explain: explainCommand(shown, system),
    // what comes with this package is tested as it was built
    test: `${own ? 'npm run build && ' : ''}npx vitest run --config ${shellWord(join(shown, CONFIG_FILE))}`,
  };
}

/** How a module in `folder` imports the file at `path`. */
function specifierOf(folder: string, path: string): string {
  const way = relative(folder, path).split(sep).join('/');
  return way.startsWith('.') ? way : `./${way}`;
}

/** Whether the folder holds a whole bundle: all its data, of one and the same finding. */
export function isComplete(folder: string): boolean {
  if (![FAILURE_FILE, TRACE_FILE, FILM_FILE].every(name => existsSync(join(folder, name)))) return false;
  try {
    const {signature, minimal, original} = readFailure(folder);
    const plan = readStoredRun(join(folder, PLAN_FILE), PLAN_FILE);
    const found = readStoredRun(join(folder, ORIGINAL_FILE), ORIGINAL_FILE);
    return plan.signature === signature && plan.digest === minimal.digest && found.digest === original.digest;
  } catch (error) {
    if (error instanceof UnreadableError) return false;
    throw error;
  }
}

/** Reads a bundle back. Throws {@link UnreadableError} where a part of it is missing or does not fit. */
export function readBundle(folder: string): Bundle {
  const failure = readFailure(folder);
  const at = (name: string): string => join(folder, name);
  const {minimal, original} = failure;
  const trace = textOf(at(TRACE_FILE))
    .split('\n')
    .filter(line => line !== '');
  parseTrace(trace, printable(at(TRACE_FILE)));
  return {
    failure,
    examined: {
      original: readStoredRun(at(ORIGINAL_FILE), at(ORIGINAL_FILE)).plan,
      originalDigest: original.digest,
      originalSize: original.size,
      minimal: readStoredRun(at(PLAN_FILE), at(PLAN_FILE)).plan,
      digest: minimal.digest,
      size: minimal.size,
      violation: failure.violation,
      locallyMinimal: minimal.locallyMinimal,
      runs: minimal.runs,
      explanation: failure.explanation,
      trace,
      film: parseFilm(textOf(at(FILM_FILE)), printable(at(FILM_FILE))),
    },
  };
}

function readFailure(folder: string): Failure {
  const path = join(folder, FAILURE_FILE);
  return parseFailure(readStored(path, path), printable(path));
}

function textOf(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new UnreadableError(`${printable(path)}: cannot be read`);
  }
  return unzipped(bytes, printable(path));
}

/**
 * Makes the report, the page and the test of a bundle again from its data, and all commands in it for where the folder
 * is now: it may have been copied. Throws {@link UnreadableError}, {@link Misuse}.
 */
export function rewriteReports(path: string, {cwd, viewer}: Pick<About, 'cwd' | 'viewer'>): Written {
  const folder = resolve(cwd, path);
  const {examined, failure} = readBundle(folder);
  const about = {given: failure.given, cwd, ...(viewer === undefined ? {} : {viewer})};
  const commands = commandsFor(folder, examined, about);
  const notes: string[] = [];
  const files = new Map([
    ...planFiles(examined, commands, failure.node),
    ...reportFiles(folder, examined, commands, about, notes),
    [FAILURE_FILE, `${JSON.stringify({...failure, commands}, null, 2)}\n`],
  ]);
  writeTogether(folder, files, FAILURE_FILE);
  return {files: [...files.keys()], notes};
}
