import { expect, it } from 'vitest';
import { demoLines } from './activities';
import { demoPreview } from './preview';

it('says the same of an activity in the list and in its preview, and its samples bear it out', () => {
  const lines = demoLines(new Date('2026-11-20T18:42:00Z'), 40).filter((line) => line.entry.kind === 'activity');
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) {
    const { item } = demoPreview(line);
    if (item?.item !== 'activity') throw new Error('an activity without a preview');
    const { totals, timer, series } = item.activity;
    const { avg_heart_rate, avg_power, avg_speed, calories, distance } = totals;
    expect(line.headline).toMatchObject({ avg_heart_rate, avg_power, avg_speed, calories, distance, timer });
    const power = series.traces.find((trace) => trace.quantity === 'power')?.values ?? [];
    if (avg_power === null) continue;
    const mean = power.reduce<number>((sum, value) => sum + (value ?? 0), 0) / power.length;
    expect(Math.abs(mean / avg_power - 1)).toBeLessThan(0.05);
  }
});
