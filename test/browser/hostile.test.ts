/** A finding in which every text is an attack: the page shows it all as text, and nothing of it runs, asks or hides. */
import type {Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {aPage} from '../report/findings.ts';
import {attacked} from './attacks.ts';
import {cursorOf, Desk} from './browser.ts';

const hostile = attacked(aPage(110));

let desk: Desk;
beforeAll(async () => {
  desk = await Desk.open();
});
afterAll(async () => {
  await desk.close();
});

/** Uses everything that puts text of the run somewhere. */
async function useAll(page: Page): Promise<void> {
  await page.keyboard.press('a');
  await page.click('.kinds summary');
  await page.getByRole('button', {name: 'Show every kind'}).click();
  await page.keyboard.press('Home');
  // every event once, with its panel
  await page.evaluate(async () => {
    for (let step = 0; step < 110; step += 1) {
      document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true}));
      await new Promise(resolve => requestAnimationFrame(resolve));
    }
  });
  expect(await cursorOf(page)).toBe(110);
  for (const button of await page.locator('.go').all()) await button.click();
  await page.locator('#scrubber').fill('5');
  await page.locator('#state-node').selectOption({index: 2});
  for (const id of ['#copy-command', '#copy-plan', '#copy-test']) await page.click(id);
  for (const summary of await page.locator('.folded summary').all()) await summary.click();
  await page.locator('#text-filter').fill('<script>');
  await page.keyboard.press('Escape');
  await page.keyboard.press('v');
}

test('nothing of a hostile finding runs, opens, or asks for anything', async () => {
  const {page, requests, complaints} = await desk.show(hostile);
  await useAll(page);
  expect(await page.evaluate(() => 'attacked' in window)).toBe(false);
  expect(complaints).toEqual([]);
  expect(requests).toEqual([]);
  expect(new URL(page.url()).protocol).toBe('file:');
  // the elements are those that the viewer makes, and no attribute of any is a handler or an address
  const foreign = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter(
        element =>
          ['IMG', 'IFRAME', 'LINK', 'BASE', 'OBJECT', 'EMBED', 'FORM', 'A'].includes(element.tagName) ||
          [...element.attributes].some(({name}) => /^on|^(src|href|srcdoc|action)$/.test(name)),
      ).length,
  );
  expect(foreign).toBe(0);
  expect(await page.locator('script').count()).toBe(3);
  expect(await page.locator('meta').count()).toBe(5);
  expect(await page.locator('style').count()).toBe(1);
  await page.context().close();
}, 30_000);

test('its texts are there to be read, and what cannot be seen is made visible', async () => {
  const {page} = await desk.show(hostile);
  const said = await page.locator('body').innerText();
  expect(said).toContain('c2 is past an item that it has not applied');
  expect(said).toMatch(/<script>|onerror|<\/script>|<svg/);
  await page.keyboard.press('a');
  const all = await page.evaluate(() => document.getElementById('page')?.textContent ?? '');
  // eslint-disable-next-line no-control-regex -- finding control characters is what this is for
  expect(all).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
  expect(all.isWellFormed()).toBe(true);
  expect(await page.locator('#plan').innerText()).toMatch(/\\u2028|\\u202e|\\ud800|\\x1b/);
  await page.context().close();
}, 30_000);

test('the policy stops a script that got in all the same', async () => {
  const {page, complaints} = await desk.show(hostile);
  await page.evaluate(() => {
    const script = document.createElement('script');
    try {
      script.textContent = 'window.attacked = "element"';
      document.body.append(script);
    } catch {
      // trusted types refuse the text itself
    }
    const image = document.createElement('img');
    image.setAttribute('src', 'http://attack.example/pixel.png');
    document.body.append(image);
    try {
      document.body.insertAdjacentHTML('beforeend', '<p id="got-in">markup</p>');
    } catch {
      // and so here
    }
  });
  await page.waitForTimeout(50);
  expect(await page.evaluate(() => 'attacked' in window)).toBe(false);
  expect(await page.locator('#got-in').count()).toBe(0);
  expect(complaints.filter(text => text.includes('Content Security Policy')).length).toBeGreaterThan(0);
  await page.context().close();
}, 30_000);
