import { expect, it } from 'vitest';
import { rowsInView } from './long-table';

it('draws what is seen of 11,000 lines and a little more', () => {
  expect(rowsInView(11_000, 30, 0, 400)).toEqual({ first: 0, end: 22 });
  expect(rowsInView(11_000, 30, 150_000, 400)).toEqual({ first: 4992, end: 5022 });
  expect(rowsInView(11_000, 30, 11_000 * 30 - 400, 400)).toEqual({ first: 10_978, end: 11_000 });
});

it('draws no line that is not there', () => {
  expect(rowsInView(0, 30, 0, 400)).toEqual({ first: 0, end: 0 });
  expect(rowsInView(3, 30, 0, 400)).toEqual({ first: 0, end: 3 });
  // Fewer lines than before, and the box not scrolled back yet.
  expect(rowsInView(3, 30, 9000, 400)).toEqual({ first: 3, end: 3 });
});
