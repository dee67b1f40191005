// Dates, times, durations and quantities as people of this locale write them, all by Intl. Quantities come in SI units.

import type { Time } from '../ipc/bindings';
import { t } from './index';
import { locale } from './locale.svelte';

/** A number and its unit apart, for headline numbers and axes. */
export type Figure = { value: string; unit: string };

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.ListFormat>();

/** Formatters are dear to make; each is made once for each locale. */
function cached<F extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.ListFormat>(
  name: string,
  options: object,
  make: (tag: string) => F,
): F {
  const key = `${locale.value.tag} ${name} ${JSON.stringify(options)}`;
  const known = cache.get(key);
  if (known !== undefined) return known as F;
  const made = make(locale.value.tag);
  cache.set(key, made);
  return made;
}

const numberFormat = (options: Intl.NumberFormatOptions) =>
  cached('number', options, (tag) => new Intl.NumberFormat(tag, options));
const dateFormat = (options: Intl.DateTimeFormatOptions) =>
  cached('date', options, (tag) => new Intl.DateTimeFormat(tag, options));

// ---- numbers

/** A plain number with at most, and exactly where `fixed`, so many decimals. */
export function number(value: number, decimals = 0, fixed = false): string {
  return numberFormat({ maximumFractionDigits: decimals, minimumFractionDigits: fixed ? decimals : 0 }).format(value);
}

export function list(parts: string[]): string {
  return cached('list', {}, (tag) => new Intl.ListFormat(tag, { type: 'conjunction' })).format(parts);
}

/** A size in bytes: "12 kB", "3.4 MB". */
export function bytes(value: number): string {
  const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = Math.min(steps.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const amount = value / 1000 ** step;
  return numberFormat({
    style: 'unit',
    unit: steps[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: step < 2 || amount >= 100 ? 0 : 1,
  }).format(amount);
}

// ---- durations

/** A duration as a clock: "45:00", "1:02:03". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A span in its largest whole unit: "45 min", "3 hr", "14 days". */
export function span(seconds: number, display: 'short' | 'long' = 'short'): string {
  const [unit, size] = (
    seconds >= 86_400
      ? ['day', 86_400]
      : seconds >= 3600
        ? ['hour', 3600]
        : seconds >= 60
          ? ['minute', 60]
          : ['second', 1]
  ) as [string, number];
  return numberFormat({ style: 'unit', unit, unitDisplay: display, maximumFractionDigits: 1 }).format(seconds / size);
}

// ---- quantities

function inUnit(value: number, unit: string, decimals: number): Figure {
  const parts = numberFormat({
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: decimals,
    minimumFractionDigits: decimals,
  }).formatToParts(value);
  const of = (wanted: (type: string) => boolean) =>
    parts
      .filter((part) => wanted(part.type))
      .map((part) => part.value)
      .join('')
      .trim();
  return { value: of((type) => type !== 'unit' && type !== 'literal'), unit: of((type) => type === 'unit') };
}

/** A figure as one string: "22.4 km", and "5:22 /km" where the unit says per what. */
export function joined(figure: Figure): string {
  return figure.unit === '' ? figure.value : `${figure.value}\u00a0${figure.unit}`;
}

export function distance(metres: number): Figure {
  if (locale.value.units === 'imperial') return inUnit(metres / 1609.344, 'mile', metres < 160_934 ? 1 : 0);
  return metres < 1000 ? inUnit(metres, 'meter', 0) : inUnit(metres / 1000, 'kilometer', metres < 100_000 ? 1 : 0);
}

export function elevation(metres: number): Figure {
  return locale.value.units === 'imperial' ? inUnit(metres / 0.3048, 'foot', 0) : inUnit(metres, 'meter', 0);
}

export function weight(kilograms: number): Figure {
  return locale.value.units === 'imperial'
    ? inUnit(kilograms / 0.45359237, 'pound', 1)
    : inUnit(kilograms, 'kilogram', 1);
}

/** By how much something changed: "+0.4 kg", "−0.8 kg". */
export function change(figure: (value: number) => Figure, from: number, to: number): Figure {
  const { value, unit } = figure(Math.abs(to - from));
  const nothing = value === figure(0).value;
  return { value: nothing ? value : `${to > from ? '+' : '−'}${value}`, unit };
}

export function percent(value: number): Figure {
  return { value: number(value, 1, true), unit: t('common.unit.percent') };
}

/** Both pressures in mmHg: "128/82". */
export function pressure(systolic: number, diastolic: number): Figure {
  return { value: `${number(systolic)}/${number(diastolic)}`, unit: t('common.unit.mmhg') };
}

export function temperature(celsius: number): Figure {
  return locale.value.units === 'imperial'
    ? inUnit((celsius * 9) / 5 + 32, 'fahrenheit', 0)
    : inUnit(celsius, 'celsius', 0);
}

export function power(watts: number): Figure {
  return { value: number(watts), unit: t('common.unit.watt') };
}

export function heartRate(beats: number): Figure {
  return { value: number(beats), unit: t('common.unit.bpm') };
}

export function energy(kilocalories: number): Figure {
  return { value: number(kilocalories), unit: t('common.unit.kcal') };
}

/** Turns of a crank or strokes of an oar in a minute; steps count twice, as runners are used to. */
export function cadence(value: number, sport: string): Figure {
  if (sport === 'running' || sport === 'walking' || sport === 'hiking')
    return { value: number(value * 2), unit: t('common.unit.steps') };
  if (sport === 'rowing' || sport === 'swimming') return { value: number(value), unit: t('common.unit.strokes') };
  return { value: number(value), unit: t('common.unit.rpm') };
}

/** The distance that a pace of this sport is told for, in metres, and its unit; undefined where speed is told. */
function paceOf(sport: string): { metres: number; unit: string } | undefined {
  const imperial = locale.value.units === 'imperial';
  switch (sport) {
    case 'running':
    case 'walking':
    case 'hiking':
      return imperial
        ? { metres: 1609.344, unit: t('common.unit.perMile') }
        : { metres: 1000, unit: t('common.unit.perKm') };
    case 'swimming':
      return imperial
        ? { metres: 91.44, unit: t('common.unit.per100yd') }
        : { metres: 100, unit: t('common.unit.per100m') };
    case 'rowing':
      return { metres: 500, unit: t('common.unit.per500m') };
    default:
      return undefined;
  }
}

/** Whether people of this sport speak of minutes for a distance rather than of speed. */
export function usesPace(sport: string): boolean {
  return paceOf(sport) !== undefined;
}

/** Speed, or pace where the sport uses that. */
export function speed(metresPerSecond: number, sport = ''): Figure {
  const pace = paceOf(sport);
  if (pace !== undefined) {
    return { value: metresPerSecond > 0.1 ? duration(pace.metres / metresPerSecond) : '–', unit: pace.unit };
  }
  return locale.value.units === 'imperial'
    ? inUnit((metresPerSecond * 3600) / 1609.344, 'mile-per-hour', 1)
    : inUnit(metresPerSecond * 3.6, 'kilometer-per-hour', 1);
}

// ---- days and clock times

const dayLength = 86_400_000;

/** Shifts a time so that UTC's fields read as the wall clock where it happened; the computer's own zone where that is unknown. */
function wall(time: Time, offset: number | null): Date {
  const date = new Date(time);
  return new Date(date.getTime() + (offset === null ? -date.getTimezoneOffset() * 60_000 : offset * 1000));
}

/** Seconds since 1970 by the wall clock where it happened: days begin at multiples of 86,400. */
export function wallSeconds(time: Time, offset: number | null = null): number {
  return wall(time, offset).getTime() / 1000;
}

const wallParts = {
  day: { day: 'numeric', month: 'short' },
  month: { month: 'short' },
  year: { year: 'numeric' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
} as const;

/** A moment of `wallSeconds`: "12 Oct", "Oct", "2026", "12 Oct 2026", "12 Oct 2026 07:04". */
export function onWall(seconds: number, part: keyof typeof wallParts | 'moment'): string {
  if (part === 'moment') {
    const time = dateFormat({ timeStyle: 'short', timeZone: 'UTC' }).format(seconds * 1000);
    return t('common.dayAndTime', { day: onWall(seconds, 'date'), time });
  }
  return dateFormat({ ...wallParts[part], timeZone: 'UTC' }).format(seconds * 1000);
}

/** The local day of a time, "2026-11-20". */
export function dayOf(time: Time, offset: number | null = null): string {
  return wall(time, offset).toISOString().slice(0, 10);
}

/** Inside a sentence the names are written small. "Today", "Yesterday", "12 October", "3 May 2024" for a day such as "2026-10-12". */
export function day(isoDay: string, now: Date, place: 'alone' | 'sentence' = 'alone'): string {
  const today = Date.parse(dayOf(now.toISOString()));
  const then = Date.parse(isoDay);
  if (Number.isNaN(then)) return isoDay;
  const days = Math.round((then - today) / dayLength);
  if (days === 0) return place === 'alone' ? t('common.today') : t('common.todayInside');
  if (days === -1) return place === 'alone' ? t('common.yesterday') : t('common.yesterdayInside');
  if (days === 1) return place === 'alone' ? t('common.tomorrow') : t('common.tomorrowInside');
  const options: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long', timeZone: 'UTC' };
  if (new Date(then).getUTCFullYear() !== new Date(today).getUTCFullYear()) options.year = 'numeric';
  return dateFormat(options).format(then);
}

/** "12 October 2026", whatever today is. */
export function fullDate(time: Time, offset: number | null = null): string {
  return dateFormat({ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(wall(time, offset));
}

/** The clock time, "07:52". */
export function clock(time: Time, offset: number | null = null): string {
  return dateFormat({ timeStyle: 'short', timeZone: 'UTC' }).format(wall(time, offset));
}

/** "Today 07:52", "12 October 07:52". */
export function dayAndClock(
  time: Time,
  now: Date,
  offset: number | null = null,
  place: 'alone' | 'sentence' = 'alone',
): string {
  return t('common.dayAndTime', { day: day(dayOf(time, offset), now, place), time: clock(time, offset) });
}

/** The clock time where the time lies today, else day and clock time: for "trying again at …". */
export function when(time: Time, now: Date): string {
  return dayOf(time) === dayOf(now.toISOString()) ? clock(time) : dayAndClock(time, now, null, 'sentence');
}

/** "12 minutes ago", "in 3 hours". */
export function relative(time: Time, now: Date): string {
  const seconds = Math.round((new Date(time).getTime() - now.getTime()) / 1000);
  const format = cached('relative', {}, (tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }));
  const size = Math.abs(seconds);
  if (size < 60) return format.format(0, 'second');
  if (size < 3600) return format.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.trunc(seconds / 3600), 'hour');
  return format.format(Math.trunc(seconds / 86_400), 'day');
}
