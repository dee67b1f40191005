// Values over time as rows of a table, for those who rather read than look.

import { indexFrom, type Values } from './downsample';

export type TableRow = { second: number; values: (number | null)[] };

const steps = [10, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Means of each trace over equal parts of the time, in at most so many rows; a part without values has null. */
export function tabulate(
  seconds: readonly number[],
  traces: readonly Values[],
  from: number,
  to: number,
  most: number,
): TableRow[] {
  if (!(to > from)) return [];
  const step = steps.find((one) => (to - from) / one <= most) ?? Math.ceil((to - from) / most / 3600) * 3600;
  const rows: TableRow[] = [];
  for (let second = Math.floor(from / step) * step; second < to; second += step) {
    const [first, end] = [indexFrom(seconds, second), indexFrom(seconds, second + step)];
    rows.push({ second, values: traces.map((values) => mean(values, first, end)) });
  }
  return rows;
}

function mean(values: Values, first: number, end: number): number | null {
  let sum = 0;
  let count = 0;
  for (let index = first; index < end; index += 1) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    sum += value;
    count += 1;
  }
  return count > 0 ? sum / count : null;
}
