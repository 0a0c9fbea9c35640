/** The page of a finding in a real browser: it renders, steps, scrubs, filters, copies, and has no network to ask. */
import type {BrowserContextOptions, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {parseTrace} from '../../src/sim/events.ts';
import {aPage} from '../report/findings.ts';
import {cursorOf, Desk, type Opened} from './browser.ts';

const finding = aPage(240);
const {events} = parseTrace(finding.examined.trace);
const {slice} = finding.examined.explanation;
const quiet = new Set(['sql', 'probe', 'timer']);
const inSlice = slice.filter(n => !quiet.has(events[n - 1]?.k ?? ''));

let desk: Desk;
let shared: Opened;
beforeAll(async () => {
  desk = await Desk.open();
  shared = await desk.show(finding);
});
afterAll(async () => {
  await desk.close();
});

/** Opens the sample anew, does something, and sees that the page did nothing it must not. */
async function opened(
  act: (page: Page) => Promise<void>,
  how?: {options?: BrowserContextOptions; before?: string},
): Promise<void> {
  const own = how === undefined ? null : await desk.show(finding, how.options, how.before);
  const {page, requests, complaints} = own ?? shared;
  if (own === null) await page.reload();
  await act(page);
  expect(requests).toEqual([]);
  expect(complaints).toEqual([]);
  await own?.page.context().close();
}

const text = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText();
const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

/** How many pixels of the drawing are not empty. */
const inked = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.ink');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let index = 3; index < pixels.length; index += 4) if ((pixels[index] ?? 0) > 0) count += 1;
    return count;
  });

describe('the page', () => {
  test('opens from disk at the violation, in the causal slice', () =>
    opened(async page => {
      expect(await page.title()).toBe('VFS-3/pull/skipped/client · Syncstorm');
      expect(await text(page, 'h1')).toContain('VFS-3/pull/skipped/client');
      expect(await text(page, '.claim')).toBe('VFS-3 a client whose cursor is past an item has applied it');
      expect(await text(page, '.facts')).toContain(
        '4 steps from 82 steps (2 operations, 1 fault, 1 fate, 4 nodes)',
      );
      expect(await page.locator('.heads .head b').allInnerTexts()).toEqual(['s1', 'c1', 'c2', 'c3']);
      expect(await text(page, '#tally')).toBe(`${inSlice.length} of ${slice.length} in the slice`);
      expect(await page.locator('.row:visible').count()).toBe(inSlice.length);
      expect(await cursorOf(page)).toBe(240);
      expect(await inked(page)).toBeGreaterThan(2_000);
    }));

  test('shows all events, and says how many', () =>
    opened(async page => {
      await page.click('#scope-all');
      const all = events.filter(({k}) => !quiet.has(k)).length;
      expect(await text(page, '#tally')).toBe(`${all} of 240 events`);
      await page.click('.kinds summary');
      await page.getByRole('button', {name: 'Show every kind'}).click();
      expect(await text(page, '#tally')).toBe('240 events');
      await page.keyboard.press('a');
      expect(await text(page, '#tally')).toBe(`${slice.length} in the slice`);
    }));

  test('puts what was expected beside what was there, with the difference', () =>
    opened(async page => {
      expect(await page.locator('#verdict code').innerText()).toBe('$.cursor');
      const cells = await page.locator('#verdict .line').allInnerTexts();
      expect(cells.map(cell => cell.replaceAll(/\s+/g, ' ').trim())).toEqual([
        '−cursor"2026-01-01T00:00:18.200Z"',
        '+cursor"2026-01-01T00:00:11.050Z"',
        'items2 members',
        'items2 members',
        'item1"read"',
        'item1"read"',
        '',
        '+item3"read"',
        '−item2"write"',
        '',
        'queue["edit of k1"]',
        'queue["edit of k1"]',
      ]);
    }));

  test('tells in words what is wrong with a page that holds no finding', async () => {
    const {page, requests} = await desk.show(
      finding,
      {},
      "JSON.parse = () => { throw new Error('cut off <b>'); };",
    );
    expect(await page.getByRole('alert').innerText()).toBe('This report cannot be shown: cut off <b>');
    expect(requests).toEqual([]);
    await page.context().close();
  });
});

describe('the drawing', () => {
  /** Whether anything is drawn near the point at a share of the way between two columns, and of that between two rows. */
  const isInked = (
    page: Page,
    at: {columns: readonly [string, string]; across: number; rows: readonly [string, string]; down: number},
  ): Promise<boolean> =>
    page.evaluate(({columns, across, rows, down}) => {
      const between = ([a = 0, b = 0]: number[], share: number): number => a + (b - a) * share;
      const heads = [...document.querySelectorAll('.heads .head')];
      const x = columns.map(id => {
        const box = heads.find(head => head.querySelector('b')?.textContent === id)?.getBoundingClientRect();
        return (box?.left ?? 0) + (box?.width ?? 0) / 2;
      });
      const y = rows.map(id => {
        const box = document.getElementById(id)?.getBoundingClientRect();
        return (box?.top ?? 0) + (box?.height ?? 0) / 2;
      });
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.ink');
      const box = canvas?.getBoundingClientRect();
      const [left, top] = [between(x, across) - (box?.left ?? 0), between(y, down) - (box?.top ?? 0)];
      // read from a copy: the browser would have something to say about reading the drawing itself
      const copy = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      if (canvas === null || copy === null) return false;
      copy.drawImage(canvas, 4 - left, 4 - top);
      const pixels = copy.getImageData(0, 0, 9, 9).data;
      return pixels.some((value, index) => index % 4 === 3 && value > 40);
    }, at);

  const event = (n: number | undefined): string => `event-${n}`;

  test('has an arrow from where a message was sent to where it arrived, and nothing beside it', () =>
    opened(async page => {
      const sent = events.findLast(({k}) => k === 'send');
      const arrived = events.findLast(({k}) => k === 'arrive');
      const rows = [event(sent?.n), event(arrived?.n)] as const;
      const columns = ['c2', 's1'] as const;
      for (const share of [0.3, 0.7, 0.9]) {
        expect(await isInked(page, {columns, across: share, rows, down: share})).toBe(true);
      }
      expect(await isInked(page, {columns, across: 0.3, rows, down: 1.5})).toBe(false);
      expect(await isInked(page, {columns, across: 0.7, rows, down: -0.5})).toBe(false);
    }));

  test('has a message that is lost end on its way', () =>
    opened(async page => {
      await page.keyboard.press('a');
      const fate = events.find(
        ({k, at, ...values}) =>
          k === 'fate' && at === 'c2' && 'act' in values && values.act === 'lose-request',
      );
      const sent = events[(fate?.n ?? 0) - 2];
      await page.keyboard.press('Home');
      await expect
        .poll(() => page.locator(`#${event(sent?.n)} .badge`).innerText())
        .toBe('lost: lose-request');
      const rows = [event(sent?.n), event(fate?.n)] as const;
      const columns = ['c2', 's1'] as const;
      expect(await isInked(page, {columns, across: 0.3, rows, down: 0.27})).toBe(true);
      expect(await isInked(page, {columns, across: 0.62, rows, down: 0.56})).toBe(true);
      expect(await isInked(page, {columns, across: 0.82, rows, down: 0.74})).toBe(false);
    }));
});

describe('stepping', () => {
  test('by keys: one event, a page, to both ends, to the violation', () =>
    opened(async page => {
      const at = async (key: string): Promise<number> => {
        await page.keyboard.press(key);
        return cursorOf(page);
      };
      const last = inSlice.length - 1;
      expect(await at('k')).toBe(inSlice[last - 1]);
      expect(await at('ArrowUp')).toBe(inSlice[last - 2]);
      expect(await at('ArrowLeft')).toBe(inSlice[last - 3]);
      expect(await at('j')).toBe(inSlice[last - 2]);
      expect(await at('ArrowDown')).toBe(inSlice[last - 1]);
      expect(await at('Home')).toBe(inSlice[0]);
      expect(await at('k')).toBe(inSlice[0]);
      expect(await at('End')).toBe(240);
      expect(await at('j')).toBe(240);
      await page.keyboard.press('a');
      expect(await at('Home')).toBe(1);
      const below = await at('PageDown');
      expect(below).toBeGreaterThan(10);
      expect(below).toBeLessThan(60);
      expect(await at('PageUp')).toBe(1);
      expect(await at('v')).toBe(240);
    }));

  test('keeps the cursor in sight, and draws what is there', () =>
    opened(async page => {
      await page.keyboard.press('a');
      for (const key of ['Home', 'PageDown', 'PageDown', 'End', 'PageUp', 'v']) {
        await page.keyboard.press(key);
        const [row, scroller] = [
          await page.locator('.row.chosen').boundingBox(),
          await page.locator('.scroller').boundingBox(),
        ];
        const heads = await page.locator('.heads').boundingBox();
        expect(row?.y ?? 0).toBeGreaterThanOrEqual((heads?.y ?? 0) + (heads?.height ?? 0) - 1);
        expect((row?.y ?? 0) + (row?.height ?? 0)).toBeLessThanOrEqual(
          (scroller?.y ?? 0) + (scroller?.height ?? 0) + 1,
        );
      }
    }));

  test('by scrubbing, and by clicking a row', () =>
    opened(async page => {
      await page.locator('#scrubber').fill('3');
      expect(await cursorOf(page)).toBe(inSlice[3]);
      expect(await text(page, '#where')).toContain(`4 / ${inSlice.length} · event ${inSlice[3]} ·`);
      const slider = await page.locator('#scrubber').boundingBox();
      await page.mouse.click(
        (slider?.x ?? 0) + (slider?.width ?? 0) - 2,
        (slider?.y ?? 0) + (slider?.height ?? 0) / 2,
      );
      expect(await cursorOf(page)).toBe(240);
      await page.locator('.row:visible').nth(2).click();
      expect(await cursorOf(page)).toBe(inSlice[2]);
      await page.click('#to-violation');
      expect(await cursorOf(page)).toBe(240);
    }));

  test('takes the panel along: the state, what changed in it, and what a message carried', () =>
    opened(async page => {
      const answer = events.findLast(({k}) => k === 'receive');
      await page.click('#scope-all');
      await page.locator('#text-filter').fill('receive');
      await page.locator('.row:visible').last().click();
      expect(await cursorOf(page)).toBe(answer?.n);
      await expect.poll(() => text(page, '#panel header')).toContain('receive ← api 200');
      expect(await page.locator('.body[open] summary').innerText()).toContain('Answer body');
      expect(await page.locator('.body[open] pre').innerText()).toContain('"hasMore": false');
      // the step that it is part of ends three events later
      const left = (answer?.n ?? 0) + 3;
      expect(finding.examined.film.frames.some(({node, event}) => node === 'c2' && event === left)).toBe(
        true,
      );
      expect(await text(page, '#state .caption')).toBe(
        `after event ${left}; since event 185: 5 changed, 2 removed`,
      );
      expect(await page.locator('#state .line.changed').allInnerTexts()).toHaveLength(5);
      expect(await page.locator('#state .line.removed').allInnerTexts()).toHaveLength(2);
      expect(await page.locator('#state .line.changed').first().innerText()).toMatch(
        /lifecycle\s*"pulling" → "idle"/,
      );
      await page.selectOption('#state-node', 's1');
      await expect.poll(() => text(page, '#state')).toContain('rows in the feed');
    }));
});

describe('filters', () => {
  test('by node: its events and its column go, and come back', () =>
    opened(async page => {
      const own = inSlice.filter(n => events[n - 1]?.at === 'c2').length;
      await page.uncheck('[data-filter="node c2"]');
      expect(await page.locator('.heads .head b').allInnerTexts()).toEqual(['s1', 'c1', 'c3']);
      expect(await page.locator('.row:visible').count()).toBe(inSlice.length - own);
      await page.click('#to-violation');
      expect(await cursorOf(page)).toBe(240);
      expect(await page.isChecked('[data-filter="node c2"]')).toBe(true);
    }));

  test('by kind, with counts', () =>
    opened(async page => {
      await page.click('#scope-all');
      await page.click('.kinds summary');
      const count = (kind: string): number => events.filter(({k}) => k === kind).length;
      const box = page.locator('label:has([data-filter="kind commit"])');
      expect(await box.innerText()).toMatch(new RegExp(`commit\\s+${count('commit')}$`));
      const before = events.filter(({k}) => !quiet.has(k)).length;
      await page.uncheck('[data-filter="kind commit"]');
      expect(await text(page, '#tally')).toBe(`${before - count('commit')} of 240 events`);
      await page.check('[data-filter="kind sql"]');
      expect(await text(page, '#tally')).toBe(`${before - count('commit') + count('sql')} of 240 events`);
    }));

  test('by text, and say so where nothing fits', () =>
    opened(async page => {
      await page.keyboard.press('a');
      await page.keyboard.press('/');
      await page.keyboard.type('TAMPER:pull-empty');
      const tampered = events.filter(event => event.k === 'receive' && event.act.startsWith('tamper'));
      expect(await page.locator('.row:visible').count()).toBe(tampered.length);
      expect(await page.locator('.row:visible .badge').first().innerText()).toBe('tamper:pull-empty-promise');
      const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({id}) => id));
      expect(ids).toEqual([...new Set(ids)]);
      await page.locator('#text-filter').fill('no such thing');
      expect(await page.locator('.row:visible').count()).toBe(0);
      expect(await page.locator('.nothing').isVisible()).toBe(true);
      await page.keyboard.press('Escape');
      await page.keyboard.press('v');
      expect(await cursorOf(page)).toBe(240);
      expect(await page.inputValue('#text-filter')).toBe('');
    }));
});

describe('copying', () => {
  const buttons = [
    ['copy-command', finding.commands.replay],
    ['copy-plan', `${JSON.stringify(finding.examined.minimal, null, 2)}\n`],
    ['copy-test', finding.test],
  ] as const;

  test('puts the command, the plan and the test on the clipboard, and says so', () =>
    opened(async page => {
      for (const [id, wanted] of buttons) {
        await page.click(`#${id}`);
        await expect.poll(() => text(page, `#${id}`)).toBe('Copied ✓');
        expect(await clipboard(page)).toBe(wanted);
      }
    }));

  test('does without the clipboard where there is none', () =>
    opened(
      async page => {
        for (const [id, wanted] of buttons) {
          await page.click(`#${id}`);
          await expect.poll(() => text(page, `#${id}`)).toBe('Copied ✓');
          const copied = await page.evaluate(() => (window as unknown as {kept: Clipboard}).kept.readText());
          expect(copied).toBe(wanted);
        }
      },
      {
        before:
          "window.kept = navigator.clipboard; Object.defineProperty(navigator, 'clipboard', {value: undefined});",
      },
    ));

  test('says so where the browser does not let it', () =>
    opened(
      async page => {
        await page.click('#copy-plan');
        await expect.poll(() => text(page, '#copy-plan')).toBe('Not copied');
        expect(await page.getByRole('status').filter({hasText: 'does not let'}).count()).toBe(1);
      },
      {
        before:
          "Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false;",
      },
    ));
});

describe('what is told beside the diagram', () => {
  test('the curve, what is necessary, and where it became inevitable; a step leads to its event', () =>
    opened(async page => {
      const rows = await page.locator('.steps li').allInnerTexts();
      expect(rows.map(row => row.replaceAll(/\s+/g, ' '))).toEqual([
        'the world alone 5 % (2/40)',
        'o0 sync on c1 458 ms · 8 % (3/40) ● necessary',
        'f2 clock-jump-back on c3 700 ms · 8 % (3/40) not examined',
        'tamper: c1>api GET /v1/pull #1 res 50 % (20/40) ○ not necessary',
        'o-last edit on c2 900 ms · 100 % (40/40) ● necessary inevitable from here',
      ]);
      await page.getByRole('button', {name: 'o-last edit on c2'}).click();
      expect(await cursorOf(page)).toBe(events.find(event => event.k === 'op' && event.op === 'o-last')?.n);
    }));

  test('the nearest plan that passes, the kinds, the plan and the test', () =>
    opened(async page => {
      expect(await text(page, '#nearest')).toContain('The same plan without o-last edit on c2 passes.');
      expect(await page.locator('#nearest mark').allInnerTexts()).toEqual([
        '58,"k":"op","at":"c2","op":"o-last","kind":"edit","args":"null',
        '60,"k":"heal","at":"',
      ]);
      expect(await page.locator('#kinds tbody tr').allInnerTexts()).toEqual([
        'operation edit\t36\t● necessary',
        'fault crash\t2\tnot examined',
        'fate delay\t12\t○ not necessary',
      ]);
      expect(await page.locator('#plan caption').allInnerTexts()).toEqual([
        '2 operations',
        '1 fault',
        '1 fate; all else is calm',
        'World',
      ]);
      expect(await page.locator('#plan pre').textContent()).toBe(
        `${JSON.stringify(finding.examined.minimal, null, 2)}\n`,
      );
      expect(await page.locator('#reproduce details pre').textContent()).toBe(finding.test);
    }));

  test('the keys', () =>
    opened(async page => {
      await page.keyboard.press('?');
      expect(await page.locator('#keys').isVisible()).toBe(true);
      expect(await page.locator('#keys kbd').count()).toBe(14);
      await page.keyboard.press('?');
      expect(await page.locator('#keys').isVisible()).toBe(false);
    }));
});

describe('for everyone', () => {
  test('every control has a name, every list says where one is', () =>
    opened(async page => {
      const nameless = await page.evaluate(() =>
        [
          ...document.querySelectorAll<HTMLElement>(
            'button, input, select, summary, [role=listbox], [role=region], dialog',
          ),
        ]
          .filter(control => {
            const labels =
              'labels' in control ? [...((control.labels as NodeListOf<HTMLElement> | null) ?? [])] : [];
            const name =
              control.getAttribute('aria-label') ??
              [control, ...labels].map(({textContent}) => textContent).join('');
            return name.trim() === '';
          })
          .map(({outerHTML}) => outerHTML),
      );
      expect(nameless).toEqual([]);
      const list = page.getByRole('listbox', {name: 'Events'});
      expect(await list.getAttribute('aria-activedescendant')).toBe('event-240');
      const chosen = list.getByRole('option', {selected: true});
      expect(await chosen.getAttribute('aria-posinset')).toBe(String(inSlice.length));
      expect(await chosen.getAttribute('aria-setsize')).toBe(String(inSlice.length));
      expect(await page.locator('#scrubber').getAttribute('aria-valuetext')).toContain('violation c2 VFS-3');
    }));

  test.each(['light', 'dark'] as const)('text stands out from its ground (%s)', colorScheme =>
    opened(
      async page => {
        await page.keyboard.press('a');
        await page.keyboard.press('Home');
        expect(await page.evaluate(faintTexts)).toEqual([]);
      },
      {options: {colorScheme}},
    ),
  );

  test.each([1280, 800])('nothing is cut off at %i px', width =>
    opened(
      async page => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide).toBeLessThanOrEqual(width);
        for (const id of ['#copy-test', '#scope-all', '#scrubber', '#state']) {
          const box = await page.locator(id).boundingBox();
          expect((box?.x ?? width) + (box?.width ?? 0), id).toBeLessThanOrEqual(width);
        }
      },
      {options: {viewport: {width, height: 900}}},
    ),
  );
});

/** Texts whose contrast with what is behind them is below 4.5, as `ratio: text`. Runs in the page. */
function faintTexts(): string[] {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = channels(colour).map(value => {
      const part = value / 255;
      return part <= 0.039_28 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)';
    const {backgroundColor} = getComputedStyle(element);
    return (channels(backgroundColor)[3] ?? 1) < 1 ? ground(element.parentElement) : backgroundColor;
  };
  const faint = new Set<string>();
  for (const element of document.querySelectorAll<HTMLElement>('#page *')) {
    const own = [...element.childNodes].some(
      ({nodeType, textContent}) => nodeType === 3 && (textContent ?? '').trim() !== '',
    );
    if (!own || !element.checkVisibility() || element.closest('.unseen, :disabled') !== null) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.add(`${ratio.toFixed(2)}: ${element.className} ${element.textContent}`);
  }
  return [...faint];
}
