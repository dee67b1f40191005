import { expect, it } from 'vitest';
import { diligent, measuredLines, measurementsOf, usual } from './measurements';

const now = new Date('2026-11-21T10:00:00Z');

it('is the same each time', () => {
  expect(measuredLines(now, usual)).toEqual(measuredLines(now, usual));
});

it('has three years, two that may be somebody else’s and one that is gone', () => {
  const lines = measuredLines(now, usual);
  const weights = lines.filter(({ entry }) => entry.kind === 'body');
  expect(weights.length).toBeGreaterThan(700);
  expect(lines.length - weights.length).toBeGreaterThan(300);
  expect(lines.filter(({ entry }) => entry.owner === 'doubtful')).toHaveLength(2);
  expect(lines.filter(({ gone }) => gone !== null)).toHaveLength(1);
  const starts = lines.map(({ entry }) => entry.span.start);
  expect([...starts].sort().reverse()).toEqual(starts);
});

it('answers by period and kind, the oldest first', () => {
  const lines = measuredLines(now, usual);
  const query = { account: 'withings', kind: 'body' as const, from: '2026-10-01T00:00:00Z', until: null };
  const found = measurementsOf(lines, query);
  expect(found.length).toBeGreaterThan(30);
  expect(found.every(({ measured }) => measured.kind === 'body' && measured.time >= '2026-10-01')).toBe(true);
  expect((found[0]?.measured.time ?? '') < (found.at(-1)?.measured.time ?? '')).toBe(true);
  expect(measurementsOf(lines, { ...query, account: 'elsewhere' })).toEqual([]);
});

it('can be ten years of every day', () => expect(measuredLines(now, diligent).length).toBeGreaterThan(6000));
