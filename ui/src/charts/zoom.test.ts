import { expect, it } from 'vitest';
import { isWhole, moved, revealing, within, zoomed } from './zoom';

const whole = { from: 0, to: 1000 };

it('zooms around the moment under the pointer', () => {
  expect(zoomed(whole, whole, 250, 0.5)).toEqual({ from: 125, to: 625 });
  expect(zoomed({ from: 125, to: 625 }, whole, 250, 2)).toEqual(whole);
  expect(zoomed({ from: 900, to: 1000 }, whole, 1000, 5)).toEqual({ from: 500, to: 1000 });
});

it('never shows more than the whole nor less than can be read', () => {
  expect(within({ from: -50, to: 5000 }, whole)).toEqual(whole);
  expect(within({ from: 500, to: 501 }, whole)).toEqual({ from: 490.5, to: 510.5 });
  expect(zoomed({ from: 0, to: 4 }, { from: 0, to: 4 }, 2, 0.1)).toEqual({ from: 0, to: 4 });
});

it('moves along and stops at the ends', () => {
  expect(moved({ from: 100, to: 200 }, whole, 50)).toEqual({ from: 150, to: 250 });
  expect(moved({ from: 100, to: 200 }, whole, -500)).toEqual({ from: 0, to: 100 });
  expect(revealing({ from: 100, to: 200 }, whole, 230)).toEqual({ from: 130, to: 230 });
  expect(revealing({ from: 100, to: 200 }, whole, 150)).toEqual({ from: 100, to: 200 });
});

it('knows the whole', () => {
  expect(isWhole(whole, whole)).toBe(true);
  expect(isWhole({ from: 0, to: 900 }, whole)).toBe(false);
});
