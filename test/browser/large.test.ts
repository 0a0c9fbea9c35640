/** Ten thousand events stay fluid: the page is there soon, and a step costs what is in sight, not what is in the trace. */
import type {Page} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {aPage} from '../report/findings.ts';
import {Desk} from './browser.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await Desk.open();
});
afterAll(async () => {
  await desk.close();
});

const STEPS = 100;

/** Shows every event of a finding. */
async function whole(count: number): Promise<Page> {
  const {page} = await desk.show(aPage(count));
  await page.click('#scope-all');
  await page.click('.kinds summary');
  await page.getByRole('button', {name: 'Show every kind'}).click();
  await page.keyboard.press('Escape');
  return page;
}

/** Work in ms of one step, the median of many from the middle of the run: what the key sets off, its frame, and layout. */
const stepping = (page: Page): Promise<number> =>
  page.evaluate(async steps => {
    const scrubber = document.querySelector<HTMLInputElement>('#scrubber');
    const rows = document.querySelector<HTMLElement>('.rows');
    if (scrubber === null || rows === null) throw new Error('nothing to step through');
    scrubber.value = String(Math.trunc(Number(scrubber.max) / 2));
    scrubber.dispatchEvent(new Event('input'));
    let work = 0;
    const timed = (act: () => void): void => {
      const began = performance.now();
      act();
      work += performance.now() - began;
    };
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = act => ask(time => timed(() => act(time)));
    const works: number[] = [];
    for (let step = 0; step < steps; step += 1) {
      work = 0;
      timed(() => rows.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true})));
      await new Promise(resolve => ask(resolve));
      timed(() => document.body.getBoundingClientRect());
      works.push(work);
    }
    return works.sort((a, b) => a - b)[Math.trunc(steps / 2)] ?? Infinity;
  }, STEPS);

test('10,000 events: first paint, and a hundred steps', async () => {
  const large = await whole(10_000);
  const painted = await large.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
  );
  expect(await large.locator('#tally').innerText()).toBe('10,000 events');
  const drawn = await large.locator('.row').count();
  expect(drawn).toBeLessThan(120);
  const work = await stepping(large);
  await large.context().close();
  const small = await whole(300);
  const least = await stepping(small);
  await small.context().close();
  expect(painted).toBeLessThan(3_000);
  expect(work).toBeLessThan(33);
  expect(work).toBeLessThan(3 * least + 1);
}, 60_000);
