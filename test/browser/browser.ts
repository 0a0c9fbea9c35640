/** A real browser for the tests of reports: pages are opened from disk, with the network cut, and all they try is told. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {chromium, type Browser, type BrowserContextOptions, type Page} from 'playwright-core';
import {hashed} from '../../src/cli/viewer-assets.ts';
import type {ReportAssets, ReportData} from '../../src/report/html/data.ts';
import {reportPage} from '../../src/report/html/page.ts';

const ROOT = join(import.meta.dirname, '../..');
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** An opened report, and what it did that a report must not. */
export interface Opened {
  readonly page: Page;
  /** Addresses it asked for, but its own. */
  readonly requests: string[];
  /** What it wrote to the console, dialogs that it opened, errors that it let escape. */
  readonly complaints: string[];
}

/** The viewer as `npm run build:viewer` makes it, from the sources as they are. */
function builtViewer(folder: string): ReportAssets {
  const {scripts} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [tool = '', ...flags] = (scripts['build:viewer'] ?? '').split(' ');
  const here = flags.map(flag => (flag.startsWith('--outdir=') ? `--outdir=${folder}` : flag));
  execFileSync(join(ROOT, 'node_modules/.bin', tool), here, {cwd: ROOT, stdio: 'pipe'});
  return hashed(
    readFileSync(join(folder, 'viewer.js'), 'utf8'),
    readFileSync(join(folder, 'viewer.css'), 'utf8'),
  );
}

export class Desk {
  readonly #folder = mkdtempSync(join(tmpdir(), 'syncstorm-browser-'));
  readonly #assets = builtViewer(this.#folder);
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Starts a browser with a profile of its own. Throws if there is none: these tests are never skipped. */
  static async open(): Promise<Desk> {
    const executablePath = BROWSERS.find(path => existsSync(path));
    if (executablePath === undefined) {
      throw new Error(`no browser at ${BROWSERS.join(' or ')}: apt-get install chromium (.ci/run does it)`);
    }
    return new Desk(await chromium.launch({executablePath, args: ARGUMENTS.split(' ')}));
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  /** Writes the page of a finding to disk and opens it from there. `before` runs in the page before its own script. */
  async show(data: ReportData, options: BrowserContextOptions = {}, before = ''): Promise<Opened> {
    const file = join(this.#folder, `report-${Math.trunc(performance.now() * 1_000)}.html`);
    writeFileSync(file, reportPage(data, this.#assets));
    const context = await this.#browser.newContext({
      viewport: {width: 1280, height: 800},
      permissions: ['clipboard-read', 'clipboard-write'],
      offline: true,
      ...options,
    });
    const address = pathToFileURL(file).href;
    const opened: Opened = {page: await context.newPage(), requests: [], complaints: []};
    const {page, requests, complaints} = opened;
    page.on('request', request => {
      if (request.url() !== address) requests.push(request.url());
    });
    page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', error => complaints.push(`error: ${error.message}`));
    page.on('dialog', dialog => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    if (before !== '') await page.addInitScript(before);
    await page.goto(address);
    await page.waitForSelector('#tally, .broken');
    return opened;
  }
}

/** The number of the event that the cursor is at. */
export const cursorOf = async (page: Page): Promise<number> =>
  Number((await page.locator('.row.chosen').getAttribute('id'))?.replace('event-', ''));
