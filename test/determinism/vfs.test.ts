/** The same seeds in two processes, one of them somewhere else in the world: the same verdicts and the same digests. */
import {beforeAll, expect, test} from 'vitest';
import {inTwoPlaces, type Lines} from './two-places.ts';

const SEEDS = 200;
const BASE = 'determinism';

let here: Lines = [];
let elsewhere: Lines = [];

beforeAll(async () => {
  [here, elsewhere] = await inTwoPlaces('vfs', BASE, SEEDS);
}, 120_000);

test(`${SEEDS} seeds of VFS give equal digests in two processes, one with another time zone and locale`, () => {
  expect(here).toHaveLength(SEEDS);
  expect(elsewhere).toEqual(here);
  expect(new Set(here.map(line => line.split(' ')[2])).size).toBe(SEEDS);
});

test(`the fixed ${SEEDS} seeds of VFS find nothing`, () => {
  expect(here.filter(line => line.split(' ')[1] !== 'ok')).toEqual([]);
});
