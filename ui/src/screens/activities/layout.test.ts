import { expect, it } from 'vitest';
import { dayOfIndex, headingAt, itemsBetween, layOut, scrollTo, topOf } from './layout';

const sizes = { heading: 30, row: 40 };
const layout = layOut(
  [
    { day: '2026-11-20', entries: 2 },
    { day: '2026-11-19', entries: 0 },
    { day: '2026-11-18', entries: 3 },
  ],
  sizes,
);

it('knows the whole height at once', () => {
  expect(layout.height).toBe(2 * 30 + 5 * 40);
  expect(layout.entries).toBe(5);
  expect(topOf(layout, 0)).toBe(30);
  expect(topOf(layout, 2)).toBe(110 + 30);
  expect(dayOfIndex(layout, 4)?.day).toBe('2026-11-18');
  expect(layOut([], sizes)).toMatchObject({ height: 0, entries: 0 });
});

it('gives what is seen and no more', () => {
  const seen = itemsBetween(layout, 75, 145);
  expect(seen.map((item) => (item.item === 'row' ? item.index : item.day))).toEqual([1, '2026-11-18', 2]);
  expect(itemsBetween(layout, 0, 30).filter((item) => item.item === 'row')).toEqual([]);
  expect(itemsBetween(layOut([], sizes), 0, 500)).toEqual([]);
});

it('gives every row once over many days', () => {
  const days = Array.from({ length: 3000 }, (_, index) => ({ day: `day ${index}`, entries: 1 + (index % 5) }));
  const large = layOut(days, sizes);
  const rows: number[] = [];
  for (let top = 0; top < large.height; top += 700) {
    for (const item of itemsBetween(large, top, top + 700)) {
      if (item.item === 'row' && rows.at(-1) !== item.index) rows.push(item.index);
    }
  }
  expect(rows).toEqual(Array.from({ length: large.entries }, (_, index) => index));
  expect(itemsBetween(large, 200_000, 200_700).length).toBeLessThan(30);
});

it('keeps the heading of the day until the next pushes it away', () => {
  expect(headingAt(layout, 10)).toEqual({ day: '2026-11-20', push: 0 });
  expect(headingAt(layout, 95)).toEqual({ day: '2026-11-20', push: -15 });
  expect(headingAt(layout, 110)).toEqual({ day: '2026-11-18', push: 0 });
  expect(headingAt(layOut([], sizes), 0)).toBeUndefined();
});

it('scrolls just far enough', () => {
  expect(scrollTo(layout, 0, 100, 120)).toBe(0);
  expect(scrollTo(layout, 4, 0, 120)).toBe(260 - 120);
  expect(scrollTo(layout, 2, 100, 120)).toBe(100);
});
