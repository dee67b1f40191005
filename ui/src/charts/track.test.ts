import { expect, it } from 'vitest';
import type { Position } from './crosshair';
import { fit, pathOf, place, simplified } from './track';

it('fits a track into its box, north up', () => {
  const box = fit(
    [
      [0, 0],
      [100, 50],
    ],
    220,
    300,
    10,
  );
  expect(box.scale).toBe(2);
  expect(box.height).toBe(120);
  expect(place(box, [0, 0])).toEqual([10, 110]);
  expect(place(box, [100, 50])).toEqual([210, 10]);
});

it('keeps a tall track below the highest', () => {
  const box = fit(
    [
      [0, 0],
      [10, 1000],
    ],
    300,
    200,
    10,
  );
  expect(box.height).toBe(200);
  expect(place(box, [10, 1000])[1]).toBeCloseTo(10);
});

it('leaves out what no eye could see, and keeps corners', () => {
  const line: Position[] = Array.from({ length: 100 }, (_, index) => [index, index === 50 ? 20 : 0]);
  const kept = simplified(line, 0.5);
  expect(kept).toContainEqual([50, 20]);
  expect(kept.length).toBeLessThan(8);
  const circle: Position[] = Array.from({ length: 5000 }, (_, index) => [
    100 * Math.cos(index / 800),
    100 * Math.sin(index / 800),
  ]);
  expect(simplified(circle, 0.4).length).toBeLessThan(120);
});

it('lifts the pen at a gap', () => {
  const box = fit(
    [
      [0, 0],
      [10, 10],
    ],
    30,
    30,
    10,
  );
  const path = pathOf([[0, 0], [5, 0], null, [5, 5], [10, 10]], box);
  expect(path.match(/M/g)).toHaveLength(2);
  expect(pathOf([null, [1, 1]], box)).toBe('');
});
