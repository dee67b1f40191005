// Fewer points for the same picture: of each pixel column only the lowest and the highest value stay, so that no peak is lost.

export type Values = readonly (number | null)[];
export type Points = { x: number[]; y: (number | null)[] };

/**
 * A value that is missing between two that lie no further apart than this (seconds) is no gap: some devices send a quantity
 * only every other second.
 */
export const BRIDGE_SECONDS = 3;

/** The first index whose second is not before `second`; the length where there is none. `seconds` increase strictly. */
export function indexFrom(seconds: readonly number[], second: number): number {
  let low = 0;
  let high = seconds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((seconds[middle] as number) < second) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The points to draw of `values` from the second `from` to `to` in so many pixel columns, with one more value at each side
 * so that lines go on to the edge. Gaps longer than BRIDGE_SECONDS stay gaps (null).
 */
export function downsample(
  seconds: readonly number[],
  values: Values,
  from: number,
  to: number,
  columns: number,
): Points {
  const first = valueBefore(values, indexFrom(seconds, from));
  const last = valueAfter(values, indexFrom(seconds, to));
  const points: Points = { x: [], y: [] };
  const perColumn = (to - from) / Math.max(1, columns);
  // Two points for each column is all that can be seen.
  const everyPoint = last - first <= columns * 2 || !(perColumn > 0);
  let column = Number.NaN;
  let lowest = -1;
  let highest = -1;
  let lastIndex = -1;

  const put = (index: number) => {
    const second = seconds[index] as number;
    points.x.push(second);
    points.y.push(values[index] as number);
  };
  const close = () => {
    if (lowest < 0) return;
    put(Math.min(lowest, highest));
    if (lowest !== highest) put(Math.max(lowest, highest));
    lowest = highest = -1;
  };

  for (let index = first; index <= last && index < values.length; index += 1) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    const second = seconds[index] as number;
    if (lastIndex >= 0 && isGap(seconds, lastIndex, index)) {
      close();
      // The moment just after the last value stands for the gap, as long as it is before the next one.
      points.x.push(((seconds[lastIndex] as number) + (seconds[lastIndex + 1] as number)) / 2);
      points.y.push(null);
      column = Number.NaN;
    }
    lastIndex = index;
    if (everyPoint) {
      put(index);
      continue;
    }
    const here = Math.floor((second - from) / perColumn);
    if (here !== column) {
      close();
      column = here;
      lowest = highest = index;
    } else {
      if (value < (values[lowest] as number)) lowest = index;
      if (value > (values[highest] as number)) highest = index;
    }
  }
  close();
  return points;
}

/** Whether something is missing between two values that are neighbours but for missing ones. */
function isGap(seconds: readonly number[], before: number, after: number): boolean {
  return after - before > 1 && (seconds[after] as number) - (seconds[before] as number) > BRIDGE_SECONDS;
}

function valueBefore(values: Values, index: number): number {
  for (let at = Math.min(index, values.length) - 1; at >= 0 && at >= index - 4; at -= 1)
    if (values[at] !== null) return at;
  return Math.min(index, values.length);
}

function valueAfter(values: Values, index: number): number {
  for (let at = index; at < values.length && at <= index + 4; at += 1) if (values[at] !== null) return at;
  return Math.min(index, values.length - 1);
}
