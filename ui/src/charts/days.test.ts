import { describe, expect, it } from 'vitest';
import {
  DAY,
  daily,
  dayTicks,
  longestStep,
  movingMean,
  nearest,
  pairsWithin,
  withGaps,
  type Pair,
  type Point,
} from './days';

const start = Date.UTC(2026, 0, 5) / 1000;
const on = (day: number, value: number, hour = 7): Point => ({ at: start + day * DAY + hour * 3600, value });
const everyDay = (count: number) => Array.from({ length: count }, (_, day) => on(day, 70 + day));

describe('one point a day', () => {
  it('is the mean of what was weighed on it, at noon', () => {
    expect(daily([on(0, 70), on(0, 72, 20), on(2, 71)])).toEqual([
      { at: start + DAY / 2, value: 71 },
      { at: start + 2.5 * DAY, value: 71 },
    ]);
  });

  it('of nothing is nothing', () => expect(daily([])).toEqual([]));
});

describe('the moving mean', () => {
  it('begins with the seventh point and then moves along', () => {
    expect(movingMean(everyDay(9), 7)).toEqual([null, null, null, null, null, null, 73, 74, 75]);
  });

  it('counts points, not days', () => {
    const everyOther = Array.from({ length: 8 }, (_, index) => on(index * 2, index));
    expect(movingMean(everyOther, 7).slice(5)).toEqual([null, 3, 4]);
  });

  it('begins anew after a gap, so that no mean reaches over it', () => {
    const points = [...everyDay(8), ...everyDay(8).map(({ at, value }) => ({ at: at + 60 * DAY, value: value + 10 }))];
    const means = movingMean(points, 7);
    expect(means.slice(6, 8)).toEqual([73, 74]);
    expect(means.slice(8, 14)).toEqual([null, null, null, null, null, null]);
    expect(means[14]).toBe(83);
  });
});

describe('a line', () => {
  it('breaks off where nothing was measured for long', () => {
    const points = [on(0, 1), on(1, 2), on(40, 3), on(41, 4)];
    const { x, columns } = withGaps(
      points,
      points.map(({ value }) => value),
    );
    expect(columns[0]).toEqual([1, 2, null, 3, 4]);
    expect(x).toHaveLength(5);
    expect([...x].sort((a, b) => a - b)).toEqual(x);
  });

  it('holds for those who step on a scale once a month', () => {
    const monthly = Array.from({ length: 12 }, (_, month) => on(month * 30, month));
    expect(longestStep(monthly)).toBe(120 * DAY);
    expect(withGaps(monthly, []).x).toHaveLength(12);
  });

  it('of one point has no gap', () => expect(withGaps([on(0, 1)], [1])).toEqual({ x: [on(0, 1).at], columns: [[1]] }));
});

describe('pairs', () => {
  const pair = (day: number, hour: number, systolic: number, pulse: number | null): Pair => ({
    at: on(day, 0, hour).at,
    systolic,
    diastolic: systolic - 40,
    pulse,
  });
  const twiceADay = Array.from({ length: 28 }, (_, index) =>
    pair(index >> 1, index % 2 === 0 ? 7 : 21, 120 + (index % 2) * 10, index % 2 === 0 ? 60 : null),
  );

  it('stay as they are where there is room', () => {
    expect(pairsWithin(twiceADay, 28)).toEqual({ step: 'reading', pairs: twiceADay });
  });

  it('are put together by day, then by week, and a missing pulse counts nothing', () => {
    const byDay = pairsWithin(twiceADay, 14);
    expect(byDay.step).toBe('day');
    expect(byDay.pairs[0]).toEqual({ at: on(0, 0, 14).at, systolic: 125, diastolic: 85, pulse: 60 });
    const byWeek = pairsWithin(twiceADay, 13);
    expect(byWeek.step).toBe('week');
    expect(byWeek.pairs).toHaveLength(2);
  });

  it('by month are the last word', () => {
    const years = Array.from({ length: 3650 }, (_, day) => pair(day, 7, 120, null));
    const { step, pairs } = pairsWithin(years, 20);
    expect(step).toBe('month');
    expect(pairs.length).toBeGreaterThan(110);
    expect(pairs.every(({ pulse }) => pulse === null)).toBe(true);
  });
});

describe('the nearest point', () => {
  const points = everyDay(3);
  it('is found on both sides', () => {
    expect(nearest(points, points[1]?.at ?? 0, 0)).toBe(1);
    expect(nearest(points, (points[1]?.at ?? 0) + 3600, DAY)).toBe(1);
    expect(nearest(points, (points[1]?.at ?? 0) - 3600, DAY)).toBe(1);
    expect(nearest(points, (points[2]?.at ?? 0) + 3600, DAY)).toBe(2);
  });
  it('may lie too far away', () => {
    expect(nearest(points, start - DAY, DAY)).toBe(-1);
    expect(nearest([], start, DAY)).toBe(-1);
  });
});

describe('ticks of a calendar', () => {
  const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);
  it('are Mondays in a month', () => {
    const ticks = dayTicks(start, start + 30 * DAY, 6);
    expect(ticks.map(({ at }) => day(at))).toEqual([
      '2026-01-05',
      '2026-01-12',
      '2026-01-19',
      '2026-01-26',
      '2026-02-02',
    ]);
  });
  it('are firsts of months in a year, and January is a year', () => {
    const ticks = dayTicks(start, start + 365 * DAY, 7);
    expect(ticks.map(({ at }) => day(at).slice(5))).toEqual(['03-01', '05-01', '07-01', '09-01', '11-01', '01-01']);
    expect(ticks.map(({ part }) => part)).toEqual(['month', 'month', 'month', 'month', 'month', 'year']);
  });
  it.each([30, 45, 365, 1095, 3650, 20_000])('are not too many in %d days', (days) => {
    const ticks = dayTicks(start, start + days * DAY, 8);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(9);
  });
});
