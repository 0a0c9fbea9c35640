/** The positions of a shard: which seeds of a campaign are its own, and which of them are done. */

/** One part of a campaign's seeds: seed `i` belongs to it if `i % of === index - 1`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** All of a campaign. */
export const WHOLE: Shard = {index: 1, of: 1};

/** From the first number up to but without the second. */
export type Range = readonly [number, number];

/** The number of the campaign's seed that a shard has at a position. */
export const seedIndex = ({index, of}: Shard, position: number): number => position * of + index - 1;

/** How many of the campaign's seeds `0` to `seeds - 1` are a shard's. */
export const positionsOf = ({index, of}: Shard, seeds: number): number =>
  Math.max(0, Math.ceil((seeds - index + 1) / of));

/** How many positions ranges hold. */
export const countRanges = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from, 0);

/** Rising disjoint ranges with one more, which may overlap or touch others. */
export function withRange(ranges: readonly Range[], [from, to]: Range): Range[] {
  if (from >= to) return [...ranges];
  const apart = ranges.filter(range => range[1] < from || range[0] > to);
  const near = ranges.filter(range => range[1] >= from && range[0] <= to);
  const joined: Range = [
    Math.min(from, ...near.map(range => range[0])),
    Math.max(to, ...near.map(range => range[1])),
  ];
  return [...apart, joined].sort((a, b) => a[0] - b[0]);
}

/** Rising disjoint ranges without what another range holds of them. */
export function withoutRange(ranges: readonly Range[], [from, to]: Range): Range[] {
  if (from >= to) return [...ranges];
  return ranges.flatMap(([start, end]): Range[] =>
    [[start, Math.min(end, from)] as const, [Math.max(start, to), end] as const].filter(
      range => range[0] < range[1],
    ),
  );
}

/** The first range of positions that none of the rising disjoint ranges holds; its end is where the next one begins. */
export function firstGap(ranges: readonly Range[]): Range {
  let from = 0;
  for (const [start, end] of ranges) {
    if (start > from) return [from, start];
    from = end;
  }
  return [from, Number.MAX_SAFE_INTEGER];
}
