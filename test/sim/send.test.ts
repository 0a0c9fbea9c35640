/** One-way messages: lost, repeated, overtaken. */
import {describe, expect, it} from 'vitest';
import {play, type Play, type Script} from './toys/stage.ts';

const receive: Script = (host, say) => host.net.receive((body, from) => say(`${from}: ${String(body)}`));

const sending =
  (...bodies: readonly string[]): Script =>
  host => {
    bodies.forEach((body, index) => host.clock.after(100 * (index + 1), () => host.net.send('b', body)));
  };

const fates: NonNullable<Play['fates']> = {
  'a>b send #1': {delayMs: 10},
  'a>b send #2': {delayMs: 10},
  'a>b send #3': {delayMs: 10},
};

const staged = (rest: Partial<Play> = {}): Play => ({
  nodes: {b: receive, a: sending('one', 'two', 'three')},
  ...rest,
  fates: {...fates, ...rest.fates},
});

const ALL = ['110 b a: one', '210 b a: two', '310 b a: three'];

describe('a one-way message', () => {
  it('arrives once, with its sender', async () => {
    const {outcome, said} = await play(staged());
    expect([outcome.verdict, said]).toEqual(['ok', ALL]);
  });

  it('may be lost', async () => {
    const {outcome, said} = await play(staged({fates: {'a>b send #2': {delayMs: 10, act: 'lose-request'}}}));
    expect(said).toEqual([ALL[0], ALL[2]]);
    expect(outcome.hazards['lose-request']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('may arrive twice', async () => {
    const {outcome, said} = await play(
      staged({fates: {'a>b send #2': {delayMs: 10, act: 'duplicate', arg: 150}}}),
    );
    expect(said).toEqual([...ALL, '360 b a: two']);
    expect(outcome.hazards['duplicate']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('may be overtaken', async () => {
    const {outcome, said} = await play(
      staged({fates: {'a>b send #1': {delayMs: 150, act: 'reorder', arg: 140}}}),
    );
    expect(said).toEqual([ALL[1], '250 b a: one', ALL[2]]);
    expect(outcome.hazards['reorder']?.effective).toBe(1);
  });

  it('that overtakes nobody was not reordered', async () => {
    const {outcome, said} = await play(
      staged({fates: {'a>b send #1': {delayMs: 60, act: 'reorder', arg: 50}}}),
    );
    expect(said).toEqual(['160 b a: one', ALL[1], ALL[2]]);
    expect(outcome.hazards['reorder']).toEqual({offered: 1, delivered: 1, effective: 0});
  });

  it('is lost to a partition, to a node that is down, and to one that does not receive', async () => {
    const cut = await play(staged({faults: [{kind: 'partition', on: 'b', at: 150, lasts: 100}]}));
    expect(cut.said).toEqual([ALL[0], ALL[2]]);
    const down = await play(staged({faults: [{kind: 'crash', on: 'b', at: 150, lasts: 100, arg: 0}]}));
    expect(down.said).toEqual([ALL[0], ALL[2]]);
    const deaf = await play(staged({nodes: {b: () => undefined, a: sending('one')}}));
    expect([deaf.outcome.verdict, deaf.said]).toEqual(['ok', []]);
  });

  it('to nobody is nothing', async () => {
    const {outcome, said} = await play(staged({nodes: {a: sending('one')}}));
    expect([outcome.verdict, said]).toEqual(['ok', []]);
  });

  it('is text as UTF-8 would carry it, or a copy of bytes', async () => {
    const seen: unknown[] = [];
    await play({
      nodes: {
        b: host => host.net.receive(body => seen.push(body)),
        a: host => {
          const bytes = Buffer.from([1, 2]);
          host.net.send('b', bytes);
          bytes.fill(9);
          host.clock.after(100, () => host.net.send('b', 'a\ud800'));
        },
      },
    });
    expect(seen).toEqual([new Uint8Array([1, 2]), 'a\ufffd']);
  });
});
