/** What can be listed of a system is listed. */
import {expect, test} from 'vitest';
import {catalogueEntry, catalogueLines} from '../../src/report/catalogue.ts';
import {plain} from '../../src/report/paint.ts';
import {aSystem} from './samples.ts';

const entry = catalogueEntry(
  aSystem(),
  [{id: 'delay', summary: 'a message takes long'}],
  [{id: 'page-skipped', claim: 'VFS-3', note: 'a page is passed over', canary: true}],
  [aSystem(), {name: 'sample/blobs', summary: 'files too'}, {name: 'samples/other', summary: 'not of it'}],
);

test('an entry holds everything there is to know of a system', () => {
  expect(entry).toEqual({
    name: 'sample',
    summary: 'a system for reports to be made of',
    scenarios: [{id: 'blobs', summary: 'files too'}],
    variants: ['default', 'soften'],
    operations: [
      {id: 'edit', role: 'client', weight: 3},
      {id: 'heal', role: 'client', weight: 0},
    ],
    claims: [
      {id: 'VFS-3', when: 'always', sentence: 'what is passed is applied'},
      {id: 'VFS-A', when: 'attempt', sentence: 'a failed attempt changes nothing'},
    ],
    hazards: [
      {id: 'delay', roles: ['client', 'server'], summary: 'a message takes long'},
      {id: 'crash', roles: ['client'], summary: ''},
    ],
    tampers: ['regressed-cursor'],
    goals: ['crash seen', 'page applied'],
    mutants: [{id: 'page-skipped', claim: 'VFS-3', note: 'a page is passed over', canary: true}],
  });
});

test('in full, or counted', () => {
  const full = catalogueLines(entry, true, plain).join('\n');
  for (const part of [
    'blobs  files too',
    'soften',
    'settling only',
    'VFS-A  attempt',
    'client server  a message',
    'tamper:regressed',
    'crash seen',
    'page-skipped  VFS-3  a page is passed over (canary)',
  ]) {
    expect(full).toContain(part);
  }
  expect(catalogueLines(entry, false, plain)).toEqual([
    'sample  a system for reports to be made of',
    '  1 scenario, 2 variants, 2 operations, 2 claims, 2 hazards, 1 tamper, 2 goals, 1 mutant',
  ]);
});
