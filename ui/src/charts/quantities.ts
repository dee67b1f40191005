// How each quantity is shown: its colour, its words, its scale. Values come in SI units.

import type { Quantity } from '../ipc/bindings';
import * as format from '../text/format';
import { locale, t, type TextKey } from '../text/index';
import { paceTicks, valueTicks } from './ticks';

export type Range = { low: number; high: number };

export type Look = {
  quantity: Quantity;
  /** The token of its colour. */
  colour: string;
  name: TextKey;
  /** A value with its unit, "148 bpm". */
  figure: (value: number) => format.Figure;
  /** The label of a tick: the value alone. */
  label: (value: number) => string;
  /** Round values for the axis, in SI units. */
  ticks: (range: Range) => number[];
  /** Whether this is speed told as pace: the highest value is the fastest. */
  isPace: boolean;
};

const mostTicks = 3;

const colours: Record<Quantity, string> = {
  heart_rate: '--heart-rate',
  power: '--power',
  cadence: '--cadence',
  speed: '--speed',
  resistance: '--resistance',
  altitude: '--elevation',
  temperature: '--warn',
};

/** The order in which charts stand under each other. */
export const chartOrder: readonly Quantity[] = [
  'heart_rate',
  'power',
  'speed',
  'cadence',
  'resistance',
  'altitude',
  'temperature',
];

export function lookOf(quantity: Quantity, sport: string): Look {
  const isPace = quantity === 'speed' && format.usesPace(sport);
  const figure = figureOf(quantity, sport);
  const { shown, stored } = displayed(quantity, sport);
  return {
    quantity,
    colour: colours[quantity],
    name: isPace ? 'activities.quantity.pace' : `activities.quantity.${quantity}`,
    figure,
    label: quantity === 'speed' && !isPace ? (value) => format.number(shown(value), 1) : (value) => figure(value).value,
    ticks: isPace
      ? ({ low, high }) => ticksOfPace(low, high, metresOfPace(sport))
      : ({ low, high }) => valueTicks(shown(low), shown(high), mostTicks).map(stored),
    isPace,
  };
}

function figureOf(quantity: Quantity, sport: string): (value: number) => format.Figure {
  switch (quantity) {
    case 'heart_rate':
      return format.heartRate;
    case 'power':
      return format.power;
    case 'cadence':
      return (value) => format.cadence(value, sport);
    case 'speed':
      return (value) => format.speed(value, sport);
    case 'resistance':
      return (value) => ({ value: format.number(value), unit: t('common.unit.percent') });
    case 'altitude':
      return format.elevation;
    case 'temperature':
      return format.temperature;
  }
}

/** Between SI units and those that people of this locale read, so that ticks are round in the latter. */
function displayed(
  quantity: Quantity,
  sport: string,
): { shown: (value: number) => number; stored: (value: number) => number } {
  const imperial = locale.value.units === 'imperial';
  const times = (factor: number) => ({
    shown: (value: number) => value * factor,
    stored: (value: number) => value / factor,
  });
  if (quantity === 'speed') return times(imperial ? 3600 / 1609.344 : 3.6);
  if (quantity === 'altitude') return times(imperial ? 1 / 0.3048 : 1);
  if (quantity === 'cadence') return times(sport === 'running' || sport === 'walking' || sport === 'hiking' ? 2 : 1);
  if (quantity === 'temperature' && imperial) {
    return { shown: (value) => (value * 9) / 5 + 32, stored: (value) => ((value - 32) * 5) / 9 };
  }
  return times(1);
}

/** Metres that a pace of this sport is told for. */
function metresOfPace(sport: string): number {
  const imperial = locale.value.units === 'imperial';
  if (sport === 'rowing') return 500;
  if (sport === 'swimming') return imperial ? 91.44 : 100;
  return imperial ? 1609.344 : 1000;
}

function ticksOfPace(low: number, high: number, metres: number): number[] {
  // Standing still is no pace.
  const slowest = metres / Math.max(low, high / 4);
  // Paces crowd towards the slow end of an axis of speed: each needs its room.
  const room = (high - low) / mostTicks;
  const kept: number[] = [];
  for (const seconds of paceTicks(metres / high, slowest, 2 * mostTicks)) {
    const tick = metres / seconds;
    if ((kept.at(-1) ?? Infinity) - tick >= room) kept.push(tick);
  }
  return kept;
}

/** From which to which value a chart reaches: all that is in it and its targets, with some air, from 0 where that means rest. */
export function rangeOf(quantity: Quantity, values: readonly (number | null)[], bands: readonly Range[] = []): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  for (const band of bands) {
    low = Math.min(low, band.low);
    high = Math.max(high, band.high);
  }
  if (low > high) return { low: 0, high: 1 };
  const air = Math.max((high - low) * 0.08, quantity === 'altitude' ? 5 : quantity === 'speed' ? 0.1 : 2);
  return {
    low:
      quantity === 'power'
        ? 0
        : Math.max(quantity === 'altitude' || quantity === 'temperature' ? -Infinity : 0, low - air),
    high: high + air,
  };
}

/** The highest value and its moment; undefined where there is none. */
export function peakOf(
  seconds: readonly number[],
  values: readonly (number | null)[],
): { value: number; second: number } | undefined {
  let best = -1;
  values.forEach((value, index) => {
    if (value !== null && (best < 0 || value > (values[best] as number))) best = index;
  });
  const value = values[best];
  const second = seconds[best];
  return value === undefined || value === null || second === undefined ? undefined : { value, second };
}

/** The mean over time: a value counts until the next one, gaps count nothing. */
export function averageOf(seconds: readonly number[], values: readonly (number | null)[]): number | undefined {
  let sum = 0;
  let time = 0;
  values.forEach((value, index) => {
    if (value === null) return;
    const next = seconds[index + 1];
    const known = values[index + 1];
    const length = next === undefined || known === null ? 1 : Math.min(10, next - (seconds[index] as number));
    sum += value * length;
    time += length;
  });
  return time > 0 ? sum / time : undefined;
}
