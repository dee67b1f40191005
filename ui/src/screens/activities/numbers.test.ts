import { describe, expect, it } from 'vitest';
import type { ActivityPreview, EntryLine, Headline, Statistics } from '../../ipc/bindings';
import { durationOf, figureOf, lifted, nameOf, numbersOf, numbersOfLine, primaryOf } from './numbers';

const empty: Headline = {
  distance: null,
  timer: null,
  avg_power: null,
  avg_heart_rate: null,
  avg_speed: null,
  calories: null,
  weight: null,
  systolic: null,
  diastolic: null,
};
const line = (
  sport: string | null,
  headline: Partial<Headline> | null,
  kind: EntryLine['entry']['kind'] = 'activity',
): EntryLine => ({
  account: 'peloton',
  entry: {
    key: 'a',
    kind,
    span: { start: '2026-11-20T06:00:00Z', end: '2026-11-20T06:45:00Z' },
    revision: '1',
    recorded_by: 'source',
    title: '',
    sport,
    sub_sport: null,
    utc_offset: null,
    in_progress: false,
    arrived: null,
    owner: 'certain',
    measured: null,
  },
  headline: headline === null ? null : { ...empty, ...headline },
  gone: null,
  deliveries: [],
});
const activity = (sport: string, totals: Partial<Statistics>, more: Partial<ActivityPreview> = {}) =>
  ({ sport, timer: 1800, totals: totals as Statistics, sets: [], ...more }) as unknown as ActivityPreview;

describe('at most five numbers', () => {
  const everything = {
    distance: 9000,
    avg_speed: 5,
    avg_power: 180,
    avg_heart_rate: 140,
    max_heart_rate: 170,
    avg_cadence: 80,
    calories: 400,
    ascent: 120,
  };
  it.each([
    ['cycling', ['timer', 'distance', 'avg_power', 'avg_heart_rate', 'calories']],
    ['running', ['distance', 'timer', 'avg_speed', 'avg_heart_rate', 'ascent']],
    ['hiking', ['timer', 'distance', 'ascent', 'avg_heart_rate', 'calories']],
    ['rowing', ['distance', 'timer', 'avg_speed', 'avg_power', 'avg_heart_rate']],
    ['training', ['timer', 'avg_heart_rate', 'max_heart_rate', 'calories']],
    ['dance', ['timer', 'distance', 'avg_speed', 'avg_power', 'avg_heart_rate']],
  ])('of %s', (sport, names) => {
    expect(numbersOf(activity(sport, everything)).map((number) => number.name)).toEqual(names);
  });

  it('fills up with the next that is known', () => {
    const names = numbersOf(activity('cycling', { avg_heart_rate: 140, avg_speed: 8, ascent: 4 })).map(
      (number) => number.name,
    );
    expect(names).toEqual(['timer', 'avg_heart_rate', 'avg_speed']);
  });

  it('counts what was lifted', () => {
    const set = { start: 0, duration: 40, rest: false, name: null, repetitions: 10, weight: 12, implements: 2 };
    const sets = [set, { ...set, rest: true }, { ...set, weight: null }];
    expect(lifted(sets)).toBe(240);
    expect(numbersOf(activity('training', {}, { sets })).map((number) => number.value)).toEqual([1800, 240, 2]);
    expect(lifted([])).toBeNull();
  });
});

describe('a row of the list', () => {
  it('has one number that suits the sport', () => {
    expect(primaryOf(line('cycling', { avg_power: 182, distance: 9000 }))).toEqual({ name: 'avg_power', value: 182 });
    expect(primaryOf(line('cycling', { distance: 9000 }))).toEqual({ name: 'distance', value: 9000 });
    expect(primaryOf(line('running', { distance: 5600, avg_power: 300 }))).toEqual({ name: 'distance', value: 5600 });
    expect(primaryOf(line('training', null))).toBeUndefined();
  });

  it('knows its duration before it was fetched', () => {
    expect(durationOf(line('cycling', null))).toBe(2700);
    expect(durationOf(line('cycling', { timer: 2600 }))).toBe(2600);
    expect(durationOf(line(null, {}, 'body'))).toBeNull();
    expect(numbersOfLine(line('cycling', null))).toEqual([{ name: 'timer', value: 2700 }]);
  });
});

it('words numbers by sport', () => {
  expect(figureOf({ name: 'avg_speed', value: 1000 / 330 }, 'running')).toEqual({ value: '5:30', unit: '/km' });
  expect(nameOf('avg_speed', 'running')).toBe('avg pace');
  expect(nameOf('avg_speed', 'cycling')).toBe('avg speed');
  expect(figureOf({ name: 'lifted', value: 2400 }, 'training')).toEqual({ value: '2,400', unit: 'kg' });
});
