import { describe, expect, it } from 'vitest';
import { downsample, indexFrom } from './downsample';

const seconds = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('downsample', () => {
  it('keeps every point where they fit', () => {
    const points = downsample(seconds(5), [1, 2, 3, 2, 1], 0, 4, 100);
    expect(points).toEqual({ x: [0, 1, 2, 3, 4], y: [1, 2, 3, 2, 1] });
  });

  it('loses no peak and no trough', () => {
    const values = Array.from({ length: 7200 }, (_, index) => 150 + Math.sin(index / 50) * 5);
    values[3123] = 311;
    values[3124] = 4;
    const points = downsample(seconds(7200), values, 0, 7199, 400);
    expect(points.x.length).toBeLessThanOrEqual(802);
    expect(points.y).toContain(311);
    expect(points.y).toContain(4);
    for (let index = 1; index < points.x.length; index += 1) {
      expect(points.x[index]).toBeGreaterThan(points.x[index - 1] as number);
    }
  });

  it('leaves a gap a gap, also one that spans empty columns', () => {
    const at = [...seconds(600), 600, ...Array.from({ length: 600 }, (_, index) => 3600 + index)];
    const values = at.map((second) => (second === 600 ? null : 100 + (second % 7)));
    const points = downsample(at, values, 0, 4199, 100);
    const gap = points.y.indexOf(null);
    expect(gap).toBeGreaterThan(0);
    expect(points.x[gap - 1]).toBeLessThan(600);
    expect(points.x[gap + 1]).toBeGreaterThanOrEqual(3600);
    expect(points.y.filter((value) => value === null)).toHaveLength(1);
  });

  it('takes a value that comes every other second for whole', () => {
    const values = seconds(100).map((second) => (second % 2 === 0 ? 90 : null));
    expect(downsample(seconds(100), values, 0, 99, 1000).y).not.toContain(null);
  });

  it('goes on to the edges of a narrow part', () => {
    const values = seconds(1000).map((second) => second);
    const points = downsample(seconds(1000), values, 400.5, 410.5, 300);
    expect(points.x[0]).toBe(400);
    expect(points.x.at(-1)).toBe(411);
  });

  it('is empty for nothing', () => {
    expect(downsample([], [], 0, 0, 100)).toEqual({ x: [], y: [] });
    expect(downsample([0, 1], [null, null], 0, 1, 100)).toEqual({ x: [], y: [] });
  });
});

it('finds where a second would stand', () => {
  expect(indexFrom([0, 2, 4], 3)).toBe(2);
  expect(indexFrom([0, 2, 4], 4)).toBe(2);
  expect(indexFrom([0, 2, 4], 5)).toBe(3);
});
