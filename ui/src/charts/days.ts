// Values over days: one point a day, their moving mean, where a line breaks off, pairs put together, ticks of a calendar.
// Moments are seconds by the wall clock (`format.wallSeconds`), so that days begin at multiples of 86,400.

export const DAY = 86_400;

export type Point = { at: number; value: number };
/** A blood pressure, or the mean of several. */
export type Pair = { at: number; systolic: number; diastolic: number; pulse: number | null };

/** The mean of each day's values, at noon. Moments increase. */
export function daily(points: readonly Point[]): Point[] {
  return grouped(points, dayOf).map((of) => ({
    at: noonOf(of[0]?.at ?? 0),
    value: meanOf(of.map((point) => point.value)),
  }));
}

/** At each point the mean of it and the ones before it, `count` in all; null before there are so many, and anew after a gap. */
export function movingMean(points: readonly Point[], count: number): (number | null)[] {
  const longest = longestStep(points);
  let run = 0;
  return points.map((point, index) => {
    const before = points[index - 1];
    run = before !== undefined && point.at - before.at > longest ? 1 : run + 1;
    if (run < count) return null;
    return meanOf(points.slice(index - count + 1, index + 1).map((one) => one.value));
  });
}

/** A line goes on over steps that are not much longer than usual: at least two weeks, in seconds. */
export function longestStep(points: readonly { at: number }[]): number {
  const steps = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? point.at));
  steps.sort((a, b) => a - b);
  return Math.max(14 * DAY, 4 * (steps[Math.floor(steps.length / 2)] ?? 0));
}

/** The same points with a moment without a value in the middle of each gap: lines break off there. */
export function withGaps<Values extends readonly (number | null)[]>(
  points: readonly { at: number }[],
  ...columns: Values[]
): { x: number[]; columns: (number | null)[][] } {
  const longest = longestStep(points);
  const x: number[] = [];
  const wide: (number | null)[][] = columns.map(() => []);
  points.forEach(({ at }, index) => {
    const before = points[index - 1];
    if (before !== undefined && at - before.at > longest) {
      x.push((before.at + at) / 2);
      for (const column of wide) column.push(null);
    }
    x.push(at);
    columns.forEach((column, place) => wide[place]?.push(column[index] ?? null));
  });
  return { x, columns: wide };
}

export type Step = 'reading' | 'day' | 'week' | 'month';
const steps: readonly Step[] = ['reading', 'day', 'week', 'month'];
/** Half of the time that one pair stands for, in seconds. */
export const halfOf: Record<Step, number> = { reading: DAY / 2, day: DAY / 2, week: 3.5 * DAY, month: 15 * DAY };

/** Pairs, put together by day, week or month as far as it takes to be no more than `most`. */
export function pairsWithin(pairs: readonly Pair[], most: number): { step: Step; pairs: Pair[] } {
  for (const step of steps) {
    const together = pairsBy(pairs, step);
    if (together.length <= most || step === 'month') return { step, pairs: together };
  }
  return { step: 'reading', pairs: [...pairs] };
}

function pairsBy(pairs: readonly Pair[], step: Step): Pair[] {
  if (step === 'reading') return [...pairs];
  return grouped(pairs, partOf[step]).map((of) => {
    const pulses = of.flatMap(({ pulse }) => (pulse === null ? [] : [pulse]));
    return {
      at: meanOf(of.map(({ at }) => at)),
      systolic: meanOf(of.map(({ systolic }) => systolic)),
      diastolic: meanOf(of.map(({ diastolic }) => diastolic)),
      pulse: pulses.length > 0 ? meanOf(pulses) : null,
    };
  });
}

const dayOf = (at: number) => Math.floor(at / DAY);
const noonOf = (at: number) => (dayOf(at) + 0.5) * DAY;
const partOf: Record<Exclude<Step, 'reading'>, (at: number) => number> = {
  day: dayOf,
  // 1 January 1970 was a Thursday; weeks begin on Mondays.
  week: (at) => Math.floor((dayOf(at) + 3) / 7),
  month: (at) => {
    const date = new Date(at * 1000);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  },
};

/** Neighbours that lie in the same part of the calendar. */
function grouped<T extends { at: number }>(points: readonly T[], part: (at: number) => number): T[][] {
  const groups: T[][] = [];
  let last = Number.NaN;
  for (const point of points) {
    const now = part(point.at);
    if (now === last) groups.at(-1)?.push(point);
    else groups.push([point]);
    last = now;
  }
  return groups;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The point closest to a moment, no further away than `reach`; -1 where there is none. Moments increase. */
export function nearest(points: readonly { at: number }[], at: number, reach: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const away = (index: number) => Math.abs((points[index]?.at ?? Infinity) - at);
  const best = away(low) < away(low - 1) ? low : low - 1;
  return away(best) <= reach ? best : -1;
}

export type DayTick = { at: number; part: 'day' | 'month' | 'year' };
const daySteps = [1, 2, 7, 14];
const monthSteps = [1, 2, 3, 6, 12, 24, 60, 120];

/** Round days, firsts of months or of years from one moment to another, at most so many. A January is said by its year. */
export function dayTicks(from: number, to: number, most: number): DayTick[] {
  const days = daySteps.find((step) => (to - from) / DAY / step <= most);
  if (days !== undefined) return ticksOfDays(from, to, days);
  const months = monthSteps.find((step) => (to - from) / (30.44 * DAY) / step <= most) ?? 240;
  const ticks = ticksOfMonths(from, to, months);
  // The first of one month alone says little of where the others are.
  return ticks.length < 2 ? ticksOfDays(from, to, 28) : ticks;
}

function ticksOfDays(from: number, to: number, step: number): DayTick[] {
  const ticks: DayTick[] = [];
  // Weeks are counted from a Monday.
  const first = Math.ceil((from / DAY + 3) / step) * step - 3;
  for (let day = first; day * DAY <= to; day += step) ticks.push({ at: day * DAY, part: 'day' });
  return ticks;
}

function ticksOfMonths(from: number, to: number, step: number): DayTick[] {
  const ticks: DayTick[] = [];
  const start = new Date(from * 1000);
  const first = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth() + 1) / step) * step;
  for (let month = first; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12) / 1000;
    if (at > to) return ticks;
    ticks.push({ at, part: month % 12 === 0 ? 'year' : 'month' });
  }
}
