/** The benchmark works: every row can be taken, its table and its JSON have their shape. The figures are not looked at. */
import {describe, expect, it} from 'vitest';
import {bench, ROWS} from '../bench/bench.ts';
import {mapSpread, spreadOf} from '../bench/measure.ts';
import {tableOf} from '../bench/table.ts';

describe('the benchmark', () => {
  it('takes every row and shows it', async () => {
    const heard: string[] = [];
    const report = await bench(ROWS, 'quick', ({name}) => heard.push(name));
    const names = ROWS.map(({name}) => name);
    expect(heard).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    expect(report.rows.map(({name}) => name)).toEqual(names);
    expect(report).toMatchObject({schema: 'syncstorm.bench/1', size: 'quick', node: process.version});
    for (const {median, low, high, samples, reach, reached} of report.rows) {
      expect([median, low, high].every(Number.isFinite)).toBe(true);
      expect(low <= median && median <= high).toBe(true);
      expect(samples).toBeGreaterThan(0);
      expect(reached).toBe(reach.at === 'least' ? median >= reach.value : median <= reach.value);
    }
    expect(report.rows.find(({name}) => name === 'determinism')).toMatchObject({median: 0, reached: true});
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);

    const [headings, ...lines] = tableOf(report.rows);
    expect(headings).toMatch(/^row +measured +from +to +reach$/);
    const heads = lines.filter(line => !line.startsWith(' '));
    expect(heads.map(line => line.split(' ')[0])).toEqual(names);
    for (const line of heads) expect(line).toMatch(/ (>=|<=) [\d.,]+ {2}(NOT REACHED|reached)$/);
  }, 60_000);

  it('takes the middle of its samples, and turns a spread around where the measure falls', () => {
    expect(spreadOf([3, 1, 2])).toEqual({median: 2, low: 1, high: 3, samples: 3});
    expect(spreadOf([4, 1, 2, 3])).toEqual({median: 2.5, low: 1, high: 4, samples: 4});
    expect(mapSpread(spreadOf([2, 4, 8]), value => 8 / value)).toEqual({
      median: 2,
      low: 1,
      high: 4,
      samples: 3,
    });
  });
});
