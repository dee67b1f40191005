import { afterEach, describe, expect, it } from 'vitest';
import type { Body, BloodPressure, Measurement, Owner } from '../ipc/bindings';
import { locale } from '../text/index';
import { bodyCharts, cellsOf, columnsOf, counts, meanPair, pairsOf, pressureCharts } from './measured';

const metric = { language: 'en', tag: 'en-GB', units: 'metric' } as const;
afterEach(() => locale.set(metric));
locale.set(metric);

const day = 86_400_000;
const start = Date.UTC(2026, 9, 1, 6, 30);
const wall = (back: number) => (start + back * day) / 1000;
const base = { utc_offset: 0, more: [] };

function weighIn(after: number, weight: number | null, other: Partial<Body> = {}): Measurement {
  const body: Body = {
    ...base,
    time: new Date(start + after * day).toISOString(),
    weight,
    percent_fat: null,
    percent_hydration: null,
    bone_mass: null,
    muscle_mass: null,
    bmi: null,
    visceral_fat_rating: null,
    metabolic_age: null,
    physique_rating: null,
    basal_met: null,
    active_met: null,
    ...other,
  };
  return { account: 'scale', key: `w${after}`, measured: { kind: 'body', ...body }, owner: 'certain', gone: null };
}

function cuff(after: number, systolic: number, diastolic: number, pulse: number | null = 60): Measurement {
  const time = new Date(start + after * day).toISOString();
  const pressure: BloodPressure = { ...base, time, systolic, diastolic, heart_rate: pulse };
  const measured = { kind: 'blood_pressure' as const, ...pressure };
  return { account: 'cuff', key: `p${after}`, measured, owner: 'certain', gone: null };
}

describe('what is drawn', () => {
  it('is the person’s own, and what is still there', () => {
    const of = (owner: Owner, gone: string | null = null) => counts({ ...weighIn(0, 70), owner, gone });
    expect([of('certain'), of('mine'), of('doubtful'), of('not_mine')]).toEqual([true, true, false, false]);
    expect(of('certain', '2026-10-05T00:00:00Z')).toBe(false);
    const charts = bodyCharts([weighIn(0, 70), { ...weighIn(1, 93.1), owner: 'doubtful' }, weighIn(2, 71)], 0);
    expect(charts[0]?.points.map(({ value }) => value)).toEqual([70, 71]);
  });

  it('has a chart for each value that was measured, and the weight first', () => {
    const charts = bodyCharts([weighIn(0, 70, { percent_fat: 18, bone_mass: 3.1 }), weighIn(1, 71)], 0);
    expect(charts.map(({ id }) => id)).toEqual(['weight', 'percent_fat', 'bone_mass']);
    expect(bodyCharts([weighIn(0, null)], 0)).toEqual([]);
  });

  it('begins with the period, while its moving mean knows the days before', () => {
    const [weight] = bodyCharts(
      Array.from({ length: 12 }, (_, index) => weighIn(index, 70 + index)),
      wall(6) - 3600,
    );
    expect(weight?.points).toHaveLength(6);
    expect(weight?.mean).toEqual([73, 74, 75, 76, 77, 78]);
  });

  it('keeps no chart for what was measured before the period alone', () => {
    const measured = [weighIn(0, 70, { percent_fat: 18 }), weighIn(20, 71)];
    expect(bodyCharts(measured, wall(10)).map(({ id }) => id)).toEqual(['weight']);
  });

  it('leaves room above and below, and its ticks are round in the reader’s unit', () => {
    locale.set({ language: 'en', tag: 'en-US', units: 'imperial' });
    const [weight] = bodyCharts([weighIn(0, 70), weighIn(1, 75)], 0);
    expect(weight?.range.low).toBeLessThan(70);
    expect(weight?.range.high).toBeGreaterThan(75);
    expect(weight?.ticks.length).toBeGreaterThan(1);
    for (const tick of weight?.ticks ?? []) expect(weight?.label(tick)).toMatch(/^1\d\d(\.5|\.0)?$/);
    expect(weight?.summary.replaceAll('\u00a0', ' ')).toBe(
      'Weight: 2 values from Oct 1, 2026 to Oct 2, 2026. First 154.3 lb, last 165.3 lb, lowest 154.3 lb, highest 165.3 lb',
    );
  });

  it('says one value as one', () => {
    const [weight] = bodyCharts([weighIn(0, 70)], 0);
    expect(weight?.summary).toBe('Weight: one value, 70.0 kg, 1 Oct 2026'.replace(' kg', '\u00a0kg'));
  });
});

describe('blood pressure', () => {
  const readings = [cuff(0, 120, 80), cuff(0.6, 130, 84, null), cuff(1, 125, 79, 64)];

  it('is drawn as pairs, with the pulses that there are', () => {
    const [pressure, pulse] = pressureCharts(readings, 0, 90);
    expect(pressure?.points.map(({ value, below }) => [value, below])).toEqual([
      [120, 80],
      [130, 84],
      [125, 79],
    ]);
    expect(pressure?.timed).toBe(true);
    expect(pulse?.points.map(({ value }) => value)).toEqual([60, 64]);
    expect(pressureCharts([cuff(0, 120, 80, null)], 0, 90)).toHaveLength(1);
    expect(pressureCharts([], 0, 90)).toEqual([]);
  });

  it('says what one dot stands for once there are many', () => {
    const [pressure] = pressureCharts(readings, 0, 2);
    expect(pressure?.points).toHaveLength(2);
    expect(pressure?.note).toBe('mean of each day');
    expect(pressure?.timed).toBe(false);
  });

  it('has a mean over the readings themselves', () => {
    expect(meanPair(pairsOf(readings))).toEqual({ systolic: 125, diastolic: 81 });
  });
});

describe('the table', () => {
  it('has the columns that have values', () => {
    const ids = (measurements: Measurement[], kind: 'body' | 'blood_pressure') =>
      columnsOf(measurements, kind).map(({ id }) => id);
    expect(ids([weighIn(0, 70, { muscle_mass: 55, bmi: 22 }), cuff(0, 120, 80)], 'body')).toEqual([
      'weight',
      'muscle_mass',
      'bmi',
    ]);
    expect(ids([cuff(0, 120, 80, null)], 'blood_pressure')).toEqual(['blood_pressure']);
  });

  it('writes a dash for what is missing, and says what is to be known', () => {
    const all = [weighIn(0, 70.04, { percent_fat: 18.25 }), { ...weighIn(1, 93.1), owner: 'doubtful' as const }];
    const columns = columnsOf(all, 'body');
    const cells = all.map((one) => cellsOf(one, columns).map((cell) => cell.replaceAll('\u00a0', ' ')));
    expect(cells[0]?.slice(1)).toEqual(['70.0 kg', '18.3 %', '']);
    expect(cells[1]?.slice(1)).toEqual(['93.1 kg', '–', 'Whose is it?']);
    expect(cells[0]?.[0]).toMatch(/1 Oct 2026.*06:30/);
  });

  it('tells the wall clock where it was measured', () => {
    const [weight] = [weighIn(0, 70)];
    const there = { ...weight, measured: { ...weight.measured, utc_offset: 2 * 3600 } };
    expect(cellsOf(there, [])[0]).toMatch(/08:30/);
  });
});
