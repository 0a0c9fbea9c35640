/**
 * How tests run under c8 so that the numbers are exact: types are blanked out, not compiled away, so every byte keeps
 * its place; the sources are loaded by Node itself; threads, because a worker process is killed before it has written
 * its coverage. Compiled by vite, or run in processes, unreached lines would be shown as reached, or nothing at all.
 */
import {defineConfig} from 'vitest/config';
import base from './vitest.config.ts';

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    pool: 'threads',
    setupFiles: ['test/fixtures/uncounted-children.ts'],
    execArgv: ['--import', 'ts-blank-space/register'],
    server: {deps: {external: [/\/(src|scenarios)\//]}},
  },
});
