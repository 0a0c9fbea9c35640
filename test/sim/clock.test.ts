/** Clocks and timers of a node, right and wrong. */
import {describe, expect, it} from 'vitest';
import {NodeClock, EPOCH_MS} from '../../src/sim/clock.ts';
import {play, type Play, type PlayedFault, type Script} from './toys/stage.ts';

/** Says at every 100 ms of true time how far its clock is from it. */
const ticking: Script = async (host, say) => {
  for (let round = 1; round <= 5; round += 1) {
    await host.clock.sleep(100);
    say(String(host.clock.now() - EPOCH_MS - round * 100));
  }
};

/** Clocks of even position run ahead, those of odd position behind. */
const staged = (...faults: readonly PlayedFault[]): Play => ({nodes: {even: ticking, odd: ticking}, faults});

async function offsets(node: string, ...faults: readonly PlayedFault[]) {
  const {outcome, said} = await play(staged(...faults));
  const lines = said.filter(line => line.split(' ')[1] === node);
  expect(lines.map(line => line.split(' ')[0])).toEqual(['100', '200', '300', '400', '500']);
  return {offsets: lines.map(line => Number(line.split(' ')[2])), outcome};
}

describe("a node's clock", () => {
  it('is right unless told, and starts at 2026-01-01', async () => {
    expect(new Date(EPOCH_MS).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect((await offsets('even')).offsets).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    ['ahead', 'even', 5_000],
    ['behind', 'odd', -5_000],
  ])('may be %s for a while, and sleeps as ever', async (_, on, by) => {
    const seen = await offsets(on, {kind: 'clock-skew', on, at: 150, lasts: 200, arg: 5_000});
    expect(seen.offsets).toEqual([0, by, by, 0, 0]);
    expect(seen.outcome.hazards['clock-skew']).toEqual({offered: 1, delivered: 1, effective: 1});
  });

  it('of one node leaves that of another alone', async () => {
    const fault = {kind: 'clock-skew', on: 'even', at: 150, lasts: 200, arg: 5_000};
    expect((await offsets('odd', fault)).offsets).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    ['fast', 'even', 1],
    ['slow', 'odd', -1],
  ])('may run %s; what has drifted stays, in whole milliseconds', async (_, on, sign) => {
    const fault = {kind: 'clock-drift', on, at: 100, lasts: 250, arg: 150_000};
    expect((await offsets(on, fault)).offsets).toEqual(
      [0, 15, 30, 37, 37].map(by => (by === 0 ? 0 : by * sign)),
    );
  });

  it('drifts by the sum of two drifts while both last', async () => {
    const seen = await offsets(
      'even',
      {kind: 'clock-drift', on: 'even', at: 100, lasts: 300, arg: 100_000},
      {kind: 'clock-drift', on: 'even', at: 200, lasts: 100, arg: 100_000},
    );
    expect(seen.offsets).toEqual([0, 10, 30, 40, 40]);
  });

  it('may jump forward, or back, and stays there', async () => {
    const forward = await offsets('even', {
      kind: 'clock-jump-forward',
      on: 'even',
      at: 150,
      lasts: 1,
      arg: 7_000,
    });
    expect(forward.offsets).toEqual([0, 7_000, 7_000, 7_000, 7_000]);
    const back = await offsets('even', {kind: 'clock-jump-back', on: 'even', at: 150, lasts: 1, arg: 7_000});
    expect(back.offsets).toEqual([0, -7_000, -7_000, -7_000, -7_000]);
  });

  it('may stand still; then it is right again', async () => {
    const seen = await offsets('even', {kind: 'clock-freeze', on: 'even', at: 150, lasts: 200});
    expect(seen.offsets).toEqual([0, -50, -150, 0, 0]);
  });

  it('stands still until the last of two freezes ends', async () => {
    const seen = await offsets(
      'even',
      {kind: 'clock-freeze', on: 'even', at: 150, lasts: 100},
      {kind: 'clock-freeze', on: 'even', at: 220, lasts: 200},
    );
    expect(seen.offsets).toEqual([0, -50, -150, -250, 0]);
  });

  it('may be so coarse that many readings are equal', async () => {
    const seen = await offsets('even', {kind: 'equal-timestamps', on: 'even', at: 150, lasts: 300, arg: 250});
    expect(seen.offsets).toEqual([0, -200, -50, -150, 0]);
  });

  it('is as coarse as the coarser of two faults', () => {
    const clock = new NodeClock();
    clock.coarsen(1_000);
    clock.coarsen(10);
    expect(clock.read(1_234) - EPOCH_MS).toBe(1_000);
    clock.refine(1_000);
    expect(clock.read(1_234) - EPOCH_MS).toBe(1_230);
    clock.refine(10);
    expect(clock.read(1_234) - EPOCH_MS).toBe(1_234);
  });

  it('that nobody looked at was not faulty to any effect', async () => {
    const {outcome} = await play({
      nodes: {node: () => undefined},
      faults: [{kind: 'clock-skew', on: 'node', at: 10, lasts: 20, arg: 5_000}],
    });
    expect(outcome.hazards['clock-skew']).toEqual({offered: 1, delivered: 1, effective: 0});
  });

  it('is right again when the storm is over, but for jumps', async () => {
    const faults = [
      'clock-skew',
      'clock-drift',
      'clock-freeze',
      'equal-timestamps',
      'clock-jump-forward',
    ].map((kind, index) => ({kind, on: 'even', at: 100 + index, lasts: 90_000, arg: 2_000}));
    const {said} = await play({...staged(...faults), plan: {stormMs: 250}});
    // what drifted in 149 ms at 2,000 ppm is cut to nothing
    expect(said.filter(line => line.split(' ')[1] === 'even').slice(2)).toEqual([]);
    const settled = await play({
      ...staged(...faults),
      plan: {stormMs: 250},
      system: {
        claims: [
          {
            id: 'T',
            sentence: 'it is late',
            when: 'settled',
            check: s => (s.nowMs > 500 ? 'holds' : {code: 'e', message: 'e'}),
          },
        ],
      },
    });
    expect(settled.said.filter(line => line.split(' ')[1] === 'even').slice(2)).toEqual([
      '300 even 2000',
      '400 even 2000',
      '500 even 2000',
    ]);
  });

  it('is read in integers at every drift', () => {
    const clock = new NodeClock();
    let last = 0;
    for (let at = 0; at < 100_000; at += 37) {
      if (at % 1_000 === 0) clock.drift(at % 2_000 === 0 ? 123_457 : -98_765, at);
      const read = clock.read(at);
      expect(Number.isSafeInteger(read)).toBe(true);
      expect(read).toBeGreaterThanOrEqual(last);
      last = read;
    }
  });
});

describe('timers', () => {
  const said = async (script: Script) => (await play({nodes: {node: script}})).said;

  it('fire after their time, in order, once, and not when they are cancelled', async () => {
    const lines = await said((host, say) => {
      const cancelled = host.clock.after(20, () => say('never'));
      host.clock.after(10, () => {
        say('ten');
        cancelled();
      });
      const late = host.clock.after(5, () => say('five'));
      host.clock.after(30, () => {
        late();
        say('thirty');
      });
      host.clock.after(10, () => say('ten again'));
    });
    expect(lines).toEqual(['5 node five', '10 node ten', '10 node ten again', '30 node thirty']);
  });

  it.each([
    [0, 0],
    [-7, 0],
    [2.9, 2],
    [Number.NaN, 0],
  ])('of %s ms fire after %s', async (durationMs, atMs) => {
    const lines = await said(async (host, say) => {
      await host.clock.sleep(durationMs);
      say('up');
    });
    expect(lines).toEqual([`${atMs} node up`]);
  });

  it('that never end do not keep a run from ending', async () => {
    const {outcome} = await play({
      nodes: {node: host => void host.clock.sleep(Number.POSITIVE_INFINITY)},
      plan: {stormMs: 100},
    });
    expect([outcome.verdict, outcome.virtualMs]).toEqual(['ok', 100]);
  });
});
