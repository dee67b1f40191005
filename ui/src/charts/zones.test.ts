import { expect, it } from 'vitest';
import { bars } from './zones';

it('makes bars whose longest is whole', () => {
  const made = bars([
    { zone: 1, low: null, high: 114, seconds: 300 },
    { zone: 2, low: 114, high: 133, seconds: 600 },
    { zone: 3, low: 133, high: null, seconds: 100 },
  ]);
  expect(made.map((bar) => bar.length)).toEqual([0.5, 1, 1 / 6]);
  expect(made.map((bar) => bar.share)).toEqual([0.3, 0.6, 0.1]);
  expect(made[0]?.strength).toBeCloseTo(0.3);
  expect(made[2]?.strength).toBeCloseTo(1);
});

it('divides by nothing', () => {
  expect(bars([{ zone: 1, low: null, high: null, seconds: 0 }])[0]).toMatchObject({ length: 0, share: 0, strength: 1 });
});
