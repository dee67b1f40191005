import { expect, it } from 'vitest';
import { momentFrom, positionAt, valueAt } from './crosshair';

const seconds = [0, 1, 2, 3, 10, 60, 61];
const values = [100, 101, null, 103, null, 160, 161];

it('reads the closest value, and none inside of a gap', () => {
  expect(valueAt(seconds, values, 1.2)).toBe(101);
  expect(valueAt(seconds, values, 2.2)).toBe(103);
  expect(valueAt(seconds, values, 30)).toBeNull();
  expect(valueAt(seconds, values, 59)).toBe(160);
  expect(valueAt([], [], 3)).toBeNull();
});

it('steps from one recorded moment to another', () => {
  expect(momentFrom(seconds, 1, 1)).toBe(2);
  expect(momentFrom(seconds, 3, 1)).toBe(10);
  expect(momentFrom(seconds, 61, 10)).toBe(61);
  expect(momentFrom(seconds, 2, -60)).toBe(0);
});

it('finds the place on the track between two points', () => {
  const track = { points: [[0, 0], [10, 20], null, [30, 40]] as [number, number][], seconds: [0, 10, 11, 50] };
  expect(positionAt(track, 5)).toEqual([5, 10]);
  expect(positionAt(track, 10)).toEqual([10, 20]);
  expect(positionAt(track, 30)).toBeNull();
  expect(positionAt(track, 90)).toBeNull();
});
