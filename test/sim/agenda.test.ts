/** The agenda: what is next, what is passed over, and what was held back. */
import {fc, test} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';
import {Agenda, type Happening} from '../../src/sim/agenda.ts';
import {AssertionError} from '../../src/sim/assert.ts';

const nothing = (): void => undefined;

/** Takes everything, as the names under which it was entered. */
function taken(agenda: Agenda, names: ReadonlyMap<Happening, string>): string[] {
  const order: string[] = [];
  for (let next = agenda.next(); next !== null; next = agenda.next()) {
    order.push(`${agenda.now} ${names.get(next) ?? '?'}`);
  }
  return order;
}

function entered(agenda: Agenda, entries: readonly (readonly [name: string, delayMs: number])[]) {
  const names = new Map<Happening, string>();
  const byName = new Map<string, Happening>();
  for (const [name, delayMs] of entries) {
    const happening = agenda.add(delayMs, null, 'world', nothing);
    names.set(happening, name);
    byName.set(name, happening);
  }
  return {names, of: (name: string) => byName.get(name) as Happening};
}

describe('the agenda', () => {
  it('takes happenings by time, and those of one time as they were entered', () => {
    const agenda = new Agenda();
    const {names} = entered(agenda, [
      ['c', 5],
      ['a', 0],
      ['d', 5],
      ['b', 0],
      ['e', 5],
    ]);
    expect(taken(agenda, names)).toEqual(['0 a', '0 b', '5 c', '5 d', '5 e']);
    expect(agenda.now).toBe(5);
    expect(agenda.size).toBe(0);
  });

  it('counts delays from the time of the happening that is at hand', () => {
    const agenda = new Agenda();
    agenda.add(7, null, 'world', nothing);
    agenda.next();
    const late = agenda.add(3, null, 'world', nothing);
    expect([late.at, late.due]).toEqual([10, 10]);
  });

  it('passes over what was cancelled, and moves time only to what it takes', () => {
    const agenda = new Agenda();
    const {names, of} = entered(agenda, [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    of('a').cancelled = true;
    of('c').cancelled = true;
    expect(taken(agenda, names)).toEqual(['2 b']);
    expect(agenda.now).toBe(2);
  });

  it('puts back what was held before everything else that is due, in the order in which it was due', () => {
    const agenda = new Agenda();
    const {names, of} = entered(agenda, [
      ['end', 100],
      ['late', 100],
      ['second', 60],
      ['first', 50],
    ]);
    const held = [agenda.next(), agenda.next()];
    expect(held).toEqual([of('first'), of('second')]);
    agenda.next();
    for (const happening of held.reverse()) agenda.resume(happening as Happening);
    expect(taken(agenda, names)).toEqual(['100 first', '100 second', '100 late']);
  });

  it('puts back something that was cancelled while it was held as nothing', () => {
    const agenda = new Agenda();
    const {names, of} = entered(agenda, [['a', 1]]);
    agenda.next();
    of('a').cancelled = true;
    agenda.resume(of('a'));
    expect(taken(agenda, names)).toEqual([]);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a delay of %s', delayMs => {
    expect(() => new Agenda().add(delayMs, null, 'world', nothing)).toThrow(AssertionError);
  });

  it('refuses to put back what is not due yet', () => {
    const agenda = new Agenda();
    const happening = agenda.add(1, null, 'world', nothing);
    expect(() => agenda.resume(happening)).toThrow(AssertionError);
  });

  const step = fc.oneof(
    {weight: 3, arbitrary: fc.record({kind: fc.constant('add' as const), delayMs: fc.nat(20)})},
    {weight: 2, arbitrary: fc.record({kind: fc.constant('take' as const)})},
    {weight: 1, arbitrary: fc.record({kind: fc.constant('cancel' as const), which: fc.nat()})},
  );

  test.prop([fc.array(step, {maxLength: 200})])('is a sorted array', steps => {
    const agenda = new Agenda();
    let sorted: Happening[] = [];
    for (const {kind, ...rest} of steps) {
      if (kind === 'add') {
        const {delayMs} = rest as {delayMs: number};
        sorted.push(agenda.add(delayMs, null, 'world', nothing));
        sorted.sort((a, b) => a.at - b.at || a.order - b.order);
      } else if (kind === 'cancel') {
        const happening = sorted[(rest as {which: number}).which % Math.max(1, sorted.length)];
        if (happening !== undefined) happening.cancelled = true;
      } else {
        sorted = sorted.filter(({cancelled}) => !cancelled);
        const expected = sorted.shift() ?? null;
        expect(agenda.next()).toBe(expected);
        if (expected !== null) expect(agenda.now).toBe(expected.at);
      }
    }
  });
});
