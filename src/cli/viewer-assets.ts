/** The viewer of a finding's page, as the build made it: its script and style, and the hashes by which a page lets them run. */
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ReportAssets} from '../report/html/data.ts';
import {Misuse} from './misuse.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
/** Beside the compiled code; and, for this module run from its source, where the build puts it. */
const FOLDERS = [join(HERE, '../report/viewer'), join(HERE, '../../dist/src/report/viewer')];

/** Reads the viewer from the first of the folders that has it. Throws {@link Misuse} if none does. */
export function viewerAssets(folders: readonly string[] = FOLDERS): ReportAssets {
  for (const folder of folders) {
    const script = textOf(join(folder, 'viewer.js'));
    const style = textOf(join(folder, 'viewer.css'));
    if (script !== null && style !== null) return hashed(script, style);
  }
  throw new Misuse('the viewer of reports is not built', 'npm run build');
}

/** A script and a style with the sources that a Content-Security-Policy names them by. */
export const hashed = (script: string, style: string): ReportAssets => ({
  script,
  scriptHash: hashOf(script),
  style,
  styleHash: hashOf(style),
});

const hashOf = (text: string): string =>
  `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;

/** Null: there is no such file; anything else that keeps it from being read is thrown. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
