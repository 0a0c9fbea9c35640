/** The program `npm run bench`: takes the rows, prints their table, and keeps a full set of figures as JSON. */
import {parseArgs} from 'node:util';
import {writeWhole} from '../src/cli/files.ts';
import {bench, ROWS} from './bench.ts';
import {tableOf} from './table.ts';

const REPORT = 'reports/bench.json';
const USAGE = `usage: node dist/bench/main.js [--only ROW] [--quick] [--json]
  --only ROW  take one row: ${ROWS.map(({name}) => name).join(', ')}
  --quick     see that everything works; the figures mean nothing
  --json      print one object in place of the table
A full set of figures is also kept in ${REPORT}.`;

const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** Resolves to the exit code: 2 for arguments that cannot be used; a figure that is not reached is no failure. */
async function main(argv: readonly string[]): Promise<number> {
  const options = readArgs(argv);
  const rows = options === null ? [] : ROWS.filter(({name}) => (options.only ?? name) === name);
  if (options === null || options.help || rows.length === 0) {
    log(USAGE);
    return options?.help === true ? 0 : 2;
  }
  const report = await bench(rows, options.quick ? 'quick' : 'full', ({name}) => log(`${name} …`));
  const text = `${JSON.stringify(report, null, 2)}\n`;
  process.stdout.write(options.json ? text : `${tableOf(report.rows).join('\n')}\n`);
  if (options.quick || rows.length < ROWS.length) return 0;
  writeWhole(REPORT, text);
  log(`kept in ${REPORT}`);
  return 0;
}

interface Options {
  readonly only: string | undefined;
  readonly quick: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** Null where the arguments are not understood. */
function readArgs(argv: readonly string[]): Options | null {
  const flag = {type: 'boolean', default: false} as const;
  try {
    const {values} = parseArgs({
      args: [...argv],
      options: {only: {type: 'string'}, quick: flag, json: flag, help: flag},
    });
    return {only: values.only, quick: values.quick, json: values.json, help: values.help};
  } catch {
    return null;
  }
}

process.exitCode = await main(process.argv.slice(2));
