/** The version of this package, read from its own manifest wherever it is installed. */
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {assert} from '../sim/assert.ts';

/** As in `0.1.0`. The manifest is some folders up: one more in a build than in the sources. */
export function version(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (folder !== dirname(folder)) {
    const found = versionIn(join(folder, 'package.json'));
    if (found !== null) return found;
    folder = dirname(folder);
  }
  assert(false, 'the manifest of this package is above its modules');
}

function versionIn(manifest: string): string | null {
  let text: string;
  try {
    text = readFileSync(manifest, 'utf8');
  } catch {
    return null;
  }
  const content = JSON.parse(text) as {readonly name?: unknown; readonly version?: unknown};
  return content.name === 'syncstorm' ? String(content.version) : null;
}
