/** Definitions of systems: what is refused. */
import {describe, expect, it} from 'vitest';
import {defineSystem, isSystem, UsageError, type SystemSpec} from '../../src/index.ts';

const spec: SystemSpec = {
  name: 'empty',
  summary: 'nothing at all',
  drawWorld: () => ({}),
  nodes: () => [],
  operations: {},
  size: {operations: [0, 0], stormMs: [1, 1]},
  settling: [],
  hazards: {},
  ledger: () => null,
  claims: [],
  goals: [],
};

const claim = {id: 'A', sentence: 'a', when: 'always' as const, check: () => null};
const operation = {weight: 1, role: 'a', draw: () => null, run: () => undefined};

describe('a system', () => {
  it('is what was defined, and is known as one', () => {
    const system = defineSystem(spec);
    expect(system).toEqual({...spec, kind: 'syncstorm.system'});
    expect(isSystem(system)).toBe(true);
    expect([null, 7, {}, spec].map(isSystem)).toEqual([false, false, false, false]);
  });

  it('may be a scenario of another, called after it', () => {
    expect(defineSystem({...spec, name: 'empty/full'}).name).toBe('empty/full');
  });

  it.each([
    ['a name in upper case', {name: 'Empty'}],
    ['no name', {name: ''}],
    ['a name that begins with a digit', {name: '1st'}],
    ['a name of 33 characters', {name: 'a'.repeat(33)}],
    ['a scenario without a name', {name: 'sync/'}],
    ['a scenario of a scenario', {name: 'sync/blobs/late'}],
    ['a scenario that climbs', {name: 'sync/..'}],
    ['two claims of one id', {claims: [claim, claim]}],
    ['a settling operation that there is not', {settling: ['sync']}],
    ['half a weight', {operations: {sync: {...operation, weight: 0.5}}}],
    ['a weight below zero', {operations: {sync: {...operation, weight: -1}}}],
  ])('is refused with %s', (_, change) => {
    expect(() => defineSystem({...spec, ...change})).toThrow(UsageError);
  });
});
