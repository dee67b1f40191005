// Round values for axes.

const secondSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600];

/** Round moments from `from` to `to` (seconds), at most so many. */
export function timeTicks(from: number, to: number, most: number): number[] {
  return stepped(from, to, stepOf(secondSteps, (to - from) / Math.max(1, most)));
}

/** Round numbers from `low` to `high`, about so many. */
export function valueTicks(low: number, high: number, most: number): number[] {
  const wanted = (high - low) / Math.max(1, most);
  if (!(wanted > 0)) return [];
  const size = 10 ** Math.floor(Math.log10(wanted));
  const steps = size >= 10 ? [1, 2, 2.5, 5, 10] : [1, 2, 5, 10];
  // One more than asked for is better than half as many.
  const step = steps.map((factor) => factor * size).find((one) => one >= wanted * 0.8) ?? size * 10;
  return stepped(low, high, step);
}

/** Round paces (seconds for a distance) from `fast` to `slow`, at most so many. */
export function paceTicks(fast: number, slow: number, most: number): number[] {
  return stepped(fast, slow, stepOf([5, 10, 15, 30, 60, 120, 300, 600], (slow - fast) / Math.max(1, most)));
}

function stepOf(steps: readonly number[], wanted: number): number {
  return steps.find((step) => step >= wanted) ?? Math.ceil(wanted / 3600) * 3600;
}

function stepped(from: number, to: number, step: number): number[] {
  if (!(step > 0) || !Number.isFinite(from) || !Number.isFinite(to)) return [];
  const ticks: number[] = [];
  // Counted rather than added up, so that 0.1 + 0.2 is no trouble.
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index += 1) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return ticks;
}
