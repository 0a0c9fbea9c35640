/** A command line in a box: a folder of its own, streams that are kept, a clock that the test moves. */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {main} from '../../src/cli/dispatch.ts';
import type {Io, Screen} from '../../src/cli/io.ts';

/** What one invocation left. */
export interface Left {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Options {
  readonly tty?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Interrupts at once. */
  readonly interrupt?: boolean;
  /** How far the clock moves with each reading, in ms. */
  readonly tickMs?: number;
}

export class Console {
  readonly folder = mkdtempSync(join(tmpdir(), 'syncstorm-cli-'));
  #now = 0;

  write(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text);
    return `./${name}`;
  }

  makeFolder(name: string): void {
    mkdirSync(join(this.folder, name), {recursive: true});
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** Carries out one invocation in this folder. */
  async run(argv: readonly string[], options: Options = {}): Promise<Left> {
    const [out, err] = [new Paper(options), new Paper(options)];
    const io: Io = {
      out,
      err,
      cwd: this.folder,
      env: options.env ?? {},
      wallClock: () => (this.#now += options.tickMs ?? 1),
      entropy: () => 'feedfacefeedface',
      onInterrupt: act => {
        if (options.interrupt === true) act();
        return () => undefined;
      },
    };
    const code = await main(argv, io);
    return {code, out: out.text, err: err.text};
  }

  remove(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}

class Paper implements Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor({tty = false, columns = 80}: Options) {
    this.isTTY = tty;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}
