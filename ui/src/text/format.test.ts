import { beforeEach, describe, expect, it } from 'vitest';
import * as format from './format';
import { locale } from './locale.svelte';

const now = new Date('2026-11-20T12:00:00Z');
const plain = (text: string) => text.replaceAll(/\s/g, ' ');

beforeEach(() => locale.set({ language: 'en', tag: 'en-GB', units: 'metric' }));

describe('durations', () => {
  it.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [2700, '45:00'],
    [3723, '1:02:03'],
    [-5, '0:00'],
  ])('%d s is %s', (seconds, text) => expect(format.duration(seconds)).toBe(text));
});

describe('quantities', () => {
  it('are metric', () => {
    expect(format.distance(22_380)).toEqual({ value: '22.4', unit: 'km' });
    expect(format.distance(800)).toEqual({ value: '800', unit: 'm' });
    expect(format.weight(71.44)).toEqual({ value: '71.4', unit: 'kg' });
    expect(format.speed(8.3, 'cycling')).toEqual({ value: '29.9', unit: 'km/h' });
    expect(format.speed(3.1056, 'running')).toEqual({ value: '5:22', unit: '/km' });
    expect(format.speed(1.25, 'swimming')).toEqual({ value: '1:20', unit: '/100 m' });
    expect(format.speed(0, 'running').value).toBe('–');
  });

  it('are imperial', () => {
    locale.set({ language: 'en', tag: 'en-US', units: 'imperial' });
    expect(format.distance(22_380)).toEqual({ value: '13.9', unit: 'mi' });
    expect(format.weight(71.4)).toEqual({ value: '157.4', unit: 'lb' });
    expect(format.elevation(100)).toEqual({ value: '328', unit: 'ft' });
    expect(format.speed(8.3, 'cycling')).toEqual({ value: '18.6', unit: 'mph' });
    expect(format.speed(2.68224, 'running')).toEqual({ value: '10:00', unit: '/mi' });
    expect(format.speed(4, 'rowing')).toEqual({ value: '2:05', unit: '/500 m' });
  });

  it('are written as the language writes numbers', () => {
    locale.set({ language: 'de', tag: 'de-DE', units: 'metric' });
    expect(format.distance(22_380)).toEqual({ value: '22,4', unit: 'km' });
    expect(plain(format.bytes(48_371_200))).toBe('48,4 MB');
  });

  it('double the steps of a runner and not the turns of a crank', () => {
    expect(format.cadence(84, 'running')).toEqual({ value: '168', unit: 'spm' });
    expect(format.cadence(86, 'cycling')).toEqual({ value: '86', unit: 'rpm' });
  });

  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [12_345, '12 kB'],
    [3_400_000, '3.4 MB'],
    [5e14, '500 TB'],
  ])('%d bytes are %s', (bytes, text) => expect(plain(format.bytes(bytes))).toBe(text));
});

describe('days and times', () => {
  it('have names near today, a month in this year, a year before', () => {
    expect(format.day('2026-11-20', now)).toBe('Today');
    expect(format.day('2026-11-19', now)).toBe('Yesterday');
    expect(format.day('2026-11-21', now)).toBe('Tomorrow');
    expect(format.day('2026-10-12', now)).toBe('12 October');
    expect(format.day('2024-05-03', now)).toBe('3 May 2024');
    expect(format.day('nonsense', now)).toBe('nonsense');
  });

  it('are written small inside a sentence', () => {
    expect(format.when('2026-11-21T08:00:00Z', now)).toMatch(/^tomorrow \d\d:00$/);
    expect(format.when('2026-11-20T14:30:00Z', now)).toMatch(/^\d\d:30$/);
  });

  it('are told by the clock of where it happened', () => {
    // 23:30 in Lisbon is already the next day in Tokyo.
    expect(format.dayOf('2026-11-19T23:30:00Z', 0)).toBe('2026-11-19');
    expect(format.dayOf('2026-11-19T23:30:00Z', 9 * 3600)).toBe('2026-11-20');
    expect(format.clock('2026-11-19T23:30:00Z', 9 * 3600)).toBe('08:30');
  });

  it('follow the habits of a region', () => {
    locale.set({ language: 'en', tag: 'en-US', units: 'imperial' });
    expect(plain(format.clock('2026-11-19T15:05:00Z', 0))).toBe('3:05 PM');
    expect(format.day('2026-10-12', now)).toBe('October 12');
  });

  it.each([
    ['2026-11-20T11:59:40Z', 'now', 'this second|now'],
    ['2026-11-20T11:48:00Z', 'minutes', '12 minutes ago'],
    ['2026-11-20T09:00:00Z', 'hours', '3 hours ago'],
    ['2026-11-18T09:00:00Z', 'days', '2 days ago'],
    ['2026-11-20T14:00:00Z', 'ahead', 'in 2 hours'],
  ])('%s is relative (%s)', (time, _, expected) => {
    expect(format.relative(time, now)).toMatch(new RegExp(`^(${expected})$`));
  });
});

describe('spans', () => {
  it('use the largest unit that fits', () => {
    expect(plain(format.span(2700))).toMatch(/^45 mins?$/);
    expect(plain(format.span(86_400 * 14, 'long'))).toBe('14 days');
  });
});
