import { expect, it } from 'vitest';
import { paceTicks, timeTicks, valueTicks } from './ticks';

it('marks round moments', () => {
  expect(timeTicks(0, 2700, 6)).toEqual([0, 600, 1200, 1800, 2400]);
  expect(timeTicks(0, 7200, 4)).toEqual([0, 1800, 3600, 5400, 7200]);
  expect(timeTicks(130, 190, 4)).toEqual([135, 150, 165, 180]);
  expect(timeTicks(0, 0, 4)).toEqual([0]);
  expect(timeTicks(0, 90_000, 4)).toEqual([0, 25_200, 50_400, 75_600]);
});

it('marks round numbers', () => {
  expect(valueTicks(92, 176, 3)).toEqual([100, 125, 150, 175]);
  expect(valueTicks(0, 311, 3)).toEqual([0, 100, 200, 300]);
  expect(valueTicks(0.1, 0.45, 4)).toEqual([0.1, 0.2, 0.3, 0.4]);
  expect(valueTicks(5, 5, 3)).toEqual([]);
});

it('marks round paces', () => {
  expect(paceTicks(278, 392, 3)).toEqual([300, 360]);
});
