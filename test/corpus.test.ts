/** The corpus: every stored plan still gives what is expected of it, and still meets what it met. It comes before all other tests. */
import {describe, expect, test} from 'vitest';
import {readEntry} from '../src/cli/corpus/file.ts';
import {replayFile} from '../src/cli/corpus/replay.ts';
import {registered} from '../src/cli/load-system.ts';
import {folderOfSystem, jsonFilesIn} from '../src/cli/system-folder.ts';
import {join} from 'node:path';

const LONGEST_TITLE = 120;

/** The story of a file; that it cannot be read is the test's to say. */
function noteOf(path: string): string {
  try {
    return readEntry(path, path).note.slice(0, LONGEST_TITLE);
  } catch {
    return 'unreadable';
  }
}

for (const named of registered()) {
  const folder = folderOfSystem(named, 'corpus', process.cwd());
  const files = jsonFilesIn(folder.path);

  describe(`the corpus of ${named.system.name}`, () => {
    test('has something in it', () => {
      expect(files.length).toBeGreaterThanOrEqual(10);
    });

    for (const name of files) {
      test(`${named.system.name} ${name}: ${noteOf(join(folder.path, name))}`, async () => {
        const {state, problem} = await replayFile(named.system, folder, name);
        expect({state, problem}).toEqual({state: 'ok', problem: null});
      });
    }
  });
}
