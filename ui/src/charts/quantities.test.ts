import { afterEach, expect, it } from 'vitest';
import { locale } from '../text/index';
import { averageOf, lookOf, peakOf, rangeOf } from './quantities';

afterEach(() => locale.set({ language: 'en', tag: 'en', units: 'metric' }));

it('tells the speed of runners as pace, with round paces on the axis', () => {
  const look = lookOf('speed', 'running');
  expect(look.isPace).toBe(true);
  expect(look.ticks({ low: 2.2, high: 3.6 }).map(look.label)).toEqual(['5:00', '6:00', '7:30']);
  expect(look.figure(1000 / 300)).toEqual({ value: '5:00', unit: '/km' });
});

it('has ticks that are round in the units shown', () => {
  expect(lookOf('speed', 'cycling').ticks({ low: 5, high: 10.5 }).map(lookOf('speed', 'cycling').label)).toEqual([
    '20',
    '30',
  ]);
  expect(
    lookOf('cadence', 'running')
      .ticks({ low: 75, high: 95 })
      .map((value) => value * 2),
  ).toEqual([160, 180]);
  locale.set({ language: 'en', tag: 'en-US', units: 'imperial' });
  const feet = lookOf('altitude', 'running');
  expect(feet.ticks({ low: 300, high: 360 }).map(feet.label)).toEqual(['1,000', '1,100']);
});

it('reaches over everything, with rest at the bottom of power', () => {
  expect(rangeOf('power', [100, null, 300])).toEqual({ low: 0, high: 316 });
  expect(rangeOf('cadence', [80, 90], [{ low: 70, high: 95 }])).toEqual({ low: 68, high: 97 });
  expect(rangeOf('heart_rate', [null])).toEqual({ low: 0, high: 1 });
});

it('averages over time, not over samples', () => {
  expect(averageOf([0, 1, 2, 7, 8], [100, 100, 200, null, 100])).toBeCloseTo((100 + 100 + 200 + 100) / 4);
  expect(averageOf([0, 5, 6], [100, 160, 160])).toBeCloseTo((500 + 160 + 160) / 7);
  expect(averageOf([], [])).toBeUndefined();
  expect(peakOf([0, 1, 2], [5, 9, null])).toEqual({ value: 9, second: 1 });
  expect(peakOf([0], [null])).toBeUndefined();
});
