import { expect, it } from 'vitest';
import { tabulate } from './tabulate';

it('makes rows of means, and says where nothing is known', () => {
  const seconds = Array.from({ length: 120 }, (_, index) => index);
  const values = seconds.map((second) => (second < 30 ? 100 : second < 60 ? null : 140));
  const rows = tabulate(seconds, [values], 0, 120, 4);
  expect(rows).toEqual([
    { second: 0, values: [100] },
    { second: 30, values: [null] },
    { second: 60, values: [140] },
    { second: 90, values: [140] },
  ]);
  expect(tabulate([], [], 0, 0, 5)).toEqual([]);
});

it('never makes more rows than asked for', () => {
  const seconds = Array.from({ length: 7200 }, (_, index) => index);
  expect(tabulate(seconds, [seconds], 0, 7200, 40).length).toBeLessThanOrEqual(40);
});
