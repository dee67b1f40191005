// Which few numbers say most about a sport. Values stay in SI units; `figureOf` words them.

import type { ActivityPreview, EntryLine, PreviewSet } from '../../ipc/bindings';
import * as format from '../../text/format';
import { t, type TextKey } from '../../text/index';

export type NumberName =
  | 'timer'
  | 'distance'
  | 'avg_speed'
  | 'avg_power'
  | 'avg_heart_rate'
  | 'max_heart_rate'
  | 'avg_cadence'
  | 'calories'
  | 'ascent'
  | 'lifted'
  | 'sets';
export type Known = Partial<Record<NumberName, number | null>>;
export type HeadlineNumber = { name: NumberName; value: number };

/** No more than this many. */
export const MOST_NUMBERS = 5;

/** In the order of what people of a sport ask first; what is not known makes room for the next. */
const rules: { sports: readonly string[]; names: readonly NumberName[] }[] = [
  {
    sports: ['cycling', 'e_biking'],
    names: ['timer', 'distance', 'avg_power', 'avg_heart_rate', 'calories', 'avg_speed', 'ascent'],
  },
  {
    sports: ['running', 'walking'],
    names: ['distance', 'timer', 'avg_speed', 'avg_heart_rate', 'ascent', 'calories', 'avg_cadence'],
  },
  {
    sports: ['hiking', 'mountaineering', 'snowshoeing'],
    names: ['timer', 'distance', 'ascent', 'avg_heart_rate', 'calories'],
  },
  { sports: ['rowing'], names: ['distance', 'timer', 'avg_speed', 'avg_power', 'avg_heart_rate', 'calories'] },
  { sports: ['swimming'], names: ['distance', 'timer', 'avg_speed', 'avg_heart_rate', 'calories'] },
  {
    sports: ['training', 'fitness_equipment', 'hiit', 'boxing'],
    names: ['timer', 'lifted', 'sets', 'avg_heart_rate', 'max_heart_rate', 'calories'],
  },
];
const otherwise: readonly NumberName[] = [
  'timer',
  'distance',
  'avg_speed',
  'avg_power',
  'avg_heart_rate',
  'calories',
  'ascent',
];

/** The one number beside the duration in a list. */
const primary: { sports: readonly string[]; names: readonly NumberName[] }[] = [
  { sports: ['cycling', 'e_biking'], names: ['avg_power', 'distance', 'avg_heart_rate'] },
  { sports: ['running', 'walking', 'hiking', 'swimming', 'rowing'], names: ['distance', 'avg_heart_rate'] },
];
const primaryOtherwise: readonly NumberName[] = ['distance', 'avg_heart_rate', 'calories'];

function firstOf(names: readonly NumberName[], known: Known, most: number): HeadlineNumber[] {
  const numbers: HeadlineNumber[] = [];
  for (const name of names) {
    const value = known[name];
    if (value === null || value === undefined || !(value > 0) || numbers.length === most) continue;
    numbers.push({ name, value });
  }
  return numbers;
}

const namesFor = (table: typeof rules, sport: string, fallback: readonly NumberName[]) =>
  table.find((rule) => rule.sports.includes(sport))?.names ?? fallback;

/** At most five numbers of an activity. */
export function numbersOf(activity: ActivityPreview): HeadlineNumber[] {
  const { totals } = activity;
  const known: Known = {
    timer: activity.timer,
    distance: totals.distance,
    avg_speed: totals.avg_speed,
    avg_power: totals.avg_power,
    avg_heart_rate: totals.avg_heart_rate,
    max_heart_rate: totals.max_heart_rate,
    avg_cadence: totals.avg_cadence,
    calories: totals.calories,
    // A few metres are noise.
    ascent: (totals.ascent ?? 0) >= 10 ? totals.ascent : null,
    lifted: lifted(activity.sets),
    sets: activity.sets.filter((set) => !set.rest).length,
  };
  return firstOf(namesFor(rules, activity.sport, otherwise), known, MOST_NUMBERS);
}

/** The same from what the list knows, while the samples are on their way. */
export function numbersOfLine(line: EntryLine): HeadlineNumber[] {
  const known: Known = { ...line.headline, timer: durationOf(line) };
  return firstOf(namesFor(rules, line.entry.sport ?? '', otherwise), known, MOST_NUMBERS);
}

/** The number of an activity's row in the list; undefined where there is nothing to say. */
export function primaryOf(line: EntryLine): HeadlineNumber | undefined {
  return firstOf(namesFor(primary, line.entry.sport ?? '', primaryOtherwise), line.headline ?? {}, 1)[0];
}

/** Seconds that an entry took; null for a measurement. */
export function durationOf(line: EntryLine): number | null {
  if (line.entry.kind !== 'activity') return null;
  const span = (Date.parse(line.entry.span.end) - Date.parse(line.entry.span.start)) / 1000;
  return line.headline?.timer ?? (span > 0 ? span : null);
}

/** Kilograms that were moved over all sets; null where no weight is known. */
export function lifted(sets: readonly PreviewSet[]): number | null {
  let sum = 0;
  for (const set of sets) if (!set.rest) sum += (set.weight ?? 0) * (set.repetitions ?? 0) * (set.implements ?? 1);
  return sum > 0 ? sum : null;
}

export function figureOf({ name, value }: HeadlineNumber, sport: string): format.Figure {
  switch (name) {
    case 'timer':
      return { value: format.duration(value), unit: '' };
    case 'distance':
      return format.distance(value);
    case 'avg_speed':
      return format.speed(value, sport);
    case 'avg_power':
      return format.power(value);
    case 'avg_heart_rate':
    case 'max_heart_rate':
      return format.heartRate(value);
    case 'avg_cadence':
      return format.cadence(value, sport);
    case 'calories':
      return format.energy(value);
    case 'ascent':
      return format.elevation(value);
    case 'lifted': {
      const figure = format.weight(value);
      return { ...figure, value: figure.value.replace(/[.,]\d$/, '') };
    }
    case 'sets':
      return { value: format.number(value), unit: '' };
  }
}

export function nameOf(name: NumberName, sport: string): string {
  const key: TextKey =
    name === 'avg_speed' && format.usesPace(sport) ? 'activities.number.pace' : `activities.number.${name}`;
  return t(key);
}
